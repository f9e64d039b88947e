/** The evaluation of each office over a semester or any period, as known on a date: charts with a table beside each, and files to keep. */
import { Button, Skeleton, TextInput } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { dateIn } from '#domain/case/clock-events.js';
import type { Text } from '#domain/event.js';
import {
  ageNames,
  figureNames,
  type OfficeEvidence,
  type SemesterReport,
  semesterOf,
  summed,
  type ToldFigures,
} from '#domain/report/semester.js';
import { answered, client, useRegister } from './api.js';
import { useWho } from './frame.js';
import { NetworkMap } from './network-map.js';
import { PageTitle, Trouble } from './trouble.js';
import { HOME_ZONE, useSpeech } from './words.js';

interface Evaluation extends Omit<SemesterReport, 'offices'> {
  readonly offices: readonly ToldFigures[];
  readonly names: { readonly [office: string]: string };
  readonly outcomes: { readonly [outcome: string]: Text };
  readonly evidence: readonly OfficeEvidence[];
}
type Asked = { readonly from: string; readonly to: string; readonly knownOn: string };

export function ReportsPage() {
  const { t, day, language } = useSpeech();
  const who = useWho();
  const [query, setQuery] = useSearchParams();
  const today = dateIn(HOME_ZONE, who.now);
  const usual = semesterOf(query.get('dari') ?? today);
  const asked: Asked = {
    from: query.get('dari') ?? usual.from,
    to: query.get('sampai') ?? usual.to,
    knownOn: query.get('diketahui') ?? today,
  };
  const change = (name: string) => (event: { readonly currentTarget: { readonly value: string } }) => {
    const changed = new URLSearchParams(query);
    if (event.currentTarget.value === '') changed.delete(name);
    else changed.set(name, event.currentTarget.value);
    setQuery(changed, { replace: true });
  };
  const { data, error, refetch } = useQuery({
    queryKey: ['semester', asked],
    queryFn: () => answered<Evaluation>(client.GET('/reports/semester', { params: { query: asked } })),
    placeholderData: (before) => before,
  });
  const file = new URLSearchParams({ ...asked, lang: language });
  return (
    <div className="report">
      <PageTitle
        aside={
          <div className="row no-print">
            {(['pdf', 'xlsx'] as const).map((format) => (
              <Button
                key={format}
                component="a"
                href={`/reports/semester/${format}?${file}`}
                download
                size="xs"
                variant="default"
                leftSection={<IconDownload size={15} aria-hidden />}
              >
                {format.toUpperCase()}
              </Button>
            ))}
          </div>
        }
      >
        {t('report.title')}
      </PageTitle>
      <div className="row filters no-print">
        <TextInput type="date" size="xs" lang={language} label={t('report.from')} value={asked.from} onChange={change('dari')} />
        <TextInput type="date" size="xs" lang={language} label={t('report.to')} value={asked.to} onChange={change('sampai')} />
        <TextInput
          type="date"
          size="xs"
          lang={language}
          label={t('history.date')}
          value={asked.knownOn}
          onChange={change('diketahui')}
        />
      </div>
      <p className="tight" role="status">
        {t('report.of', { from: day(asked.from), to: day(asked.to), known: day(asked.knownOn) })}
      </p>
      {error !== null && <Trouble error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={400} aria-label={t('app.loading')} />}
      {data !== undefined && <Evaluated {...data} asked={asked} />}
    </div>
  );
}

/** The heading of a table, with that table as a file. */
function TableHead({
  id,
  title,
  table,
  asked,
}: {
  readonly id: string;
  readonly title: string;
  readonly table: 'offices' | 'officers' | 'evidence' | 'areas';
  readonly asked: Asked;
}) {
  const { t, language } = useSpeech();
  return (
    <div className="row table-head">
      <h2 id={id}>{title}</h2>
      <Button
        component="a"
        href={`/reports/semester/csv?${new URLSearchParams({ ...asked, lang: language, table })}`}
        download
        size="xs"
        variant="default"
        className="no-print"
        aria-label={t('report.csvOf', { table: title })}
        leftSection={<IconDownload size={15} aria-hidden />}
      >
        CSV
      </Button>
    </div>
  );
}

function Evaluated({ offices, officers, evidence, names, outcomes, asked }: Evaluation & { readonly asked: Asked }) {
  const { t, say } = useSpeech();
  const { officialName } = useRegister();
  const name = (office: string): string => names[office] ?? office;
  const told = offices.filter((one) => summed.some((figure) => one[figure] !== 0));
  if (told.length === 0) return <p className="empty">{t('report.empty')}</p>;
  return (
    <>
      <Chart
        title={t('report.flow')}
        offices={told}
        name={name}
        bars={(['lodged', 'inTime', 'late', 'backlog'] as const).map((figure) => ({
          label: say(figureNames[figure]),
          value: (one) => one[figure],
        }))}
      />
      <Chart
        title={t('report.age')}
        offices={told}
        name={name}
        stacked
        bars={ageNames.map((label, band) => ({ label: say(label), value: (one) => one.backlogByAge[band] ?? 0 }))}
      />
      {Object.keys(outcomes).length > 0 && (
        <Chart
          title={t('report.outcomes')}
          offices={told}
          name={name}
          stacked
          bars={Object.entries(outcomes).map(([outcome, called]) => ({
            label: say(called),
            value: (one) => one.determined[outcome] ?? 0,
          }))}
        />
      )}
      <section className="panel" aria-labelledby="all-figures">
        <TableHead id="all-figures" title={t('report.all')} table="offices" asked={asked} />
        <Numbers
          caption={t('report.all')}
          head={t('case.office')}
          columns={summed.map((figure) => say(figureNames[figure]))}
          rows={told.map((one) => [name(one.office), ...summed.map((figure) => one[figure] ?? t('report.withheld'))])}
        />
      </section>
      <section className="panel" aria-labelledby="officers">
        <TableHead id="officers" title={t('report.officers')} table="officers" asked={asked} />
        {officers.length === 0 ? (
          <p className="dim">{t('report.noOfficers')}</p>
        ) : (
          <Numbers
            caption={t('report.officers')}
            head={t('work.officer')}
            columns={[t('office.open'), t('office.overdue'), t('report.recommended')]}
            rows={officers.map((one) => [
              `${one.officer === null ? t('work.unassigned') : officialName(one.officer)} · ${name(one.office)}`,
              one.open,
              one.overdue,
              one.recommended,
            ])}
          />
        )}
      </section>
      <section className="panel" aria-labelledby="evidence">
        <TableHead id="evidence" title={t('report.evidence')} table="evidence" asked={asked} />
        <p className="tight">{t('report.noClasses')}</p>
        <div className="beside">
          <NetworkMap figures={offices} name={name} />
          <Numbers
            caption={t('report.evidence')}
            head={t('case.office')}
            columns={[
              t('report.caseOfficers'),
              t('report.lodgedPer'),
              t('report.backlogPer'),
              t('office.overdue'),
              t('report.lateShare'),
              t('report.atPosts'),
            ]}
            rows={evidence.map((one) => [
              name(one.office),
              one.officers,
              one.lodgedPerOfficer ?? '–',
              one.backlogPerOfficer ?? '–',
              one.overdue,
              one.lateShare === null ? '–' : `${one.lateShare} %`,
              one.openedAtPosts,
            ])}
          />
        </div>
      </section>
      <Areas asked={asked} />
    </>
  );
}

interface BarOf {
  readonly label: string;
  readonly value: (one: ToldFigures) => number;
}

/** As the axis has room for; the table beside has the whole name. */
function shortened(office: string): string {
  const short = office
    .replace(/^(Kantor Imigrasi|Pos Imigrasi) /, '')
    .replace(/^Kantor Wilayah (Kementerian|Direktorat Jenderal) /, 'Kanwil ');
  return short.length > 14 ? `${short.slice(0, 13)}…` : short;
}

/** Told apart by lightness too, and by the table beside. */
const FILLS = ['var(--chart-1)', 'var(--chart-2)', 'var(--chart-3)', 'var(--chart-4)'];

function Chart({
  title,
  offices,
  name,
  bars,
  stacked = false,
}: {
  readonly title: string;
  readonly offices: readonly ToldFigures[];
  readonly name: (office: string) => string;
  readonly bars: readonly BarOf[];
  readonly stacked?: boolean;
}) {
  const { t } = useSpeech();
  const data = offices.map((one) => ({
    office: shortened(name(one.office)),
    ...Object.fromEntries(bars.map(({ label, value }) => [label, value(one)])),
  }));
  return (
    <section className="panel" aria-label={title}>
      <h2>{title}</h2>
      <div className="beside">
        <div role="img" aria-label={t('report.chartOf', { title })} className="chart">
          <ResponsiveContainer width="100%" height={340}>
            <BarChart data={data} accessibilityLayer={false} margin={{ top: 8, right: 8, bottom: 8, left: 0 }}>
              <CartesianGrid stroke="var(--line)" vertical={false} />
              <XAxis
                dataKey="office"
                stroke="var(--dim)"
                interval={0}
                height={96}
                tick={{ fontSize: 12, angle: -35, textAnchor: 'end' }}
              />
              <YAxis allowDecimals={false} stroke="var(--dim)" tick={{ fontSize: 12 }} width={52} />
              <Legend itemSorter={null} formatter={(label: string) => <span className="legend">{label}</span>} />
              {bars.map(({ label }, at) => (
                <Bar
                  key={label}
                  dataKey={label}
                  fill={FILLS[at % FILLS.length] ?? 'var(--accent)'}
                  isAnimationActive={false}
                  {...(stacked ? { stackId: 'one' } : {})}
                />
              ))}
            </BarChart>
          </ResponsiveContainer>
        </div>
        <Numbers
          caption={title}
          head={t('case.office')}
          columns={bars.map(({ label }) => label)}
          rows={offices.map((one) => [name(one.office), ...bars.map(({ value }) => value(one))])}
        />
      </div>
    </section>
  );
}

function Numbers({
  caption,
  head,
  columns,
  rows,
}: {
  readonly caption: string;
  readonly head: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="scroll wide" tabIndex={0} aria-label={caption}>
      <table className="figures">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first = '', ...cells]) => (
            <tr key={first}>
              <th scope="row">{first}</th>
              {cells.map((cell, at) => (
                <td key={columns[at]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface AreaCounts {
  readonly leastTold: number;
  readonly items: readonly {
    readonly area: string | null;
    readonly referrals: number | null;
    readonly indicated: number | null;
  }[];
}

function Areas({ asked }: { readonly asked: Asked }) {
  const { t, areaName } = useSpeech();
  const { from, to } = asked;
  const { data, error } = useQuery({
    queryKey: ['areas', from, to],
    queryFn: () => answered<AreaCounts>(client.GET('/reports/areas', { params: { query: { from, to } } })),
  });
  if (error !== null) return <Trouble error={error} />;
  if (data === undefined) return <Skeleton height={120} aria-label={t('app.loading')} />;
  const told = (count: number | null): string => (count === null ? t('report.withheld') : String(count));
  return (
    <section className="panel" aria-labelledby="areas">
      <TableHead id="areas" title={t('report.areas')} table="areas" asked={asked} />
      <p className="tight">{t('report.small', { n: data.leastTold - 1 })}</p>
      {data.items.length === 0 ? (
        <p className="dim">{t('report.noAreas')}</p>
      ) : (
        <Numbers
          caption={t('report.areas')}
          head={t('report.area')}
          columns={[t('report.referrals'), t('report.indicated')]}
          rows={data.items.map(({ area, referrals, indicated }) => [
            area === null ? '–' : areaName(area),
            told(referrals),
            told(indicated),
          ])}
        />
      )}
    </section>
  );
}
