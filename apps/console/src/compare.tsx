/** Two views of a case beside each other: what was added, changed or is gone, said in words, and the acts that only one of them shows. */
import { Button, Skeleton, TextInput } from '@mantine/core';
import { IconArrowsDiff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { formatInstant, parseDay, startOfDay } from '#domain/calendar/day.js';
import { dateIn } from '#domain/case/clock-events.js';
import type { FieldDifference } from '#domain/case/difference.js';
import type { Id, InstantAt, Json, Text } from '#domain/event.js';
import { answered, type CaseView, client, type HistoryItem, type Seen } from './api.js';
import { type CaseNames, useCaseNames } from './names.js';
import { Trouble } from './trouble.js';
import { useSpeech, type WordKey } from './words.js';

interface Difference {
  readonly changes: readonly FieldDifference[];
  readonly onlyFrom: readonly ActShown[];
  readonly onlyTo: readonly ActShown[];
}
type ActShown = Pick<HistoryItem, 'type' | 'recordedAt' | 'revision'> & { readonly sentence: Text };

function useDifference(caseId: Id, from: Seen, to: Seen) {
  return useQuery({
    queryKey: ['case', caseId, 'difference', from, to],
    queryFn: () =>
      answered<Difference>(
        client.GET('/cases/{caseId}/difference', {
          params: {
            path: { caseId },
            query: {
              ...(from.asOf === undefined ? {} : { fromAsOf: from.asOf }),
              ...(from.effectiveOn === undefined ? {} : { fromEffectiveOn: from.effectiveOn }),
              ...(to.asOf === undefined ? {} : { toAsOf: to.asOf }),
              ...(to.effectiveOn === undefined ? {} : { toEffectiveOn: to.effectiveOn }),
            },
          },
        }),
      ),
  });
}

interface Comparing {
  readonly present: CaseView;
  readonly items: readonly HistoryItem[];
  /** The instants at which something was recorded. */
  readonly stops: readonly InstantAt[];
  readonly seen: Seen;
  readonly zone: string;
  readonly query: URLSearchParams;
  readonly change: (name: string, value: string | undefined) => void;
}

export function Compare({ present, items, stops, seen, zone, query, change }: Comparing) {
  const { t, language } = useSpeech();
  const other = query.get('banding') ?? undefined;
  const otherOn = query.get('bandingBerlaku') ?? undefined;
  const last = stops.at(-1);
  if (other === undefined)
    return (
      <div className="row no-print compare-start">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconArrowsDiff size={15} aria-hidden />}
          onClick={() => change('banding', last)}
        >
          {t('compare.start')}
        </Button>
      </div>
    );
  return (
    <section className="panel compare" aria-labelledby="compare">
      <h2 id="compare">{t('compare.title')}</h2>
      <div className="row no-print">
        <TextInput
          type="date"
          size="xs"
          lang={language}
          label={t('compare.known')}
          value={dateIn(zone, other)}
          onChange={({ currentTarget: { value } }) => {
            if (value !== '') change('banding', stops.findLast((one) => dateIn(zone, one) === value) ?? endOf(value, zone));
          }}
        />
        <TextInput
          type="date"
          size="xs"
          lang={language}
          label={t('compare.true')}
          value={otherOn ?? ''}
          onChange={({ currentTarget: { value } }) => change('bandingBerlaku', value)}
        />
        <Button size="xs" variant="subtle" onClick={() => change('banding', undefined)}>
          {t('compare.end')}
        </Button>
      </div>
      <Differences
        present={present}
        items={items}
        from={seen}
        to={{ asOf: other, ...(otherOn === undefined ? {} : { effectiveOn: otherOn }) }}
        zone={zone}
      />
    </section>
  );
}

function Differences({
  present,
  items,
  from,
  to,
  zone,
}: {
  readonly present: CaseView;
  readonly items: readonly HistoryItem[];
  readonly from: Seen;
  readonly to: Seen;
  readonly zone: string;
}) {
  const { t, moment, day } = useSpeech();
  const names = useCaseNames(present);
  const { data, error } = useDifference(present.caseId, from, to);
  const inWords = ({ asOf, effectiveOn }: Seen): string =>
    [asOf === undefined ? '' : moment(asOf, zone), effectiveOn === undefined ? '' : t('compare.trueOn', { on: day(effectiveOn) })]
      .filter((part) => part !== '')
      .join(', ');
  if (error !== null) return <Trouble error={error} />;
  if (data === undefined) return <Skeleton height={120} aria-label={t('app.loading')} />;
  const things = thingsIn(data.changes);
  return (
    <>
      <p className="tight" role="status">
        {t('compare.between', { from: inWords(from), to: inWords(to), n: things.length })}
      </p>
      {things.length > 0 && (
        <table className="list differences">
          <thead>
            <tr>
              <th scope="col">{t('compare.what')}</th>
              <th scope="col">{t('compare.how')}</th>
              <th scope="col">{t('compare.before')}</th>
              <th scope="col">{t('compare.after')}</th>
            </tr>
          </thead>
          <tbody>
            {things.map(({ thing, how, changes }) => (
              <tr key={thing}>
                <td>
                  <span>{nameOf(thing, names, t)}</span>
                </td>
                <td>
                  <strong>{t(`compare.${how}`)}</strong>
                </td>
                <td>
                  <Values changes={changes} side="before" />
                </td>
                <td>
                  <Values changes={changes} side="after" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Acts title={t('compare.onlyFrom')} acts={data.onlyFrom} items={items} names={names} />
      <Acts title={t('compare.onlyTo')} acts={data.onlyTo} items={items} names={names} />
    </>
  );
}

function Acts({
  title,
  acts,
  items,
  names,
}: {
  readonly title: string;
  readonly acts: readonly ActShown[];
  readonly items: readonly HistoryItem[];
  readonly names: CaseNames;
}) {
  const { say, moment } = useSpeech();
  if (acts.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {acts.map((act) => {
          const item = items.find(({ stream, revision }) => stream.startsWith('case-') && revision === act.revision);
          return (
            <li key={act.revision}>
              {item === undefined ? say(act.sentence) : names.sentence(item)}{' '}
              <span className="dim">{moment(act.recordedAt, names.zone, 'short')}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

interface Thing {
  /** The path to it: one field of the case, or one item of a list. */
  readonly thing: string;
  readonly how: 'added' | 'changed' | 'gone';
  readonly changes: readonly (FieldDifference & { readonly field: string })[];
}

/** Items of lists are one thing each, as is every other field of the case with what is in it. */
function thingsIn(changes: readonly FieldDifference[]): readonly Thing[] {
  const things = new Map<string, (FieldDifference & { readonly field: string })[]>();
  for (const change of changes) {
    const [first = '', second, ...rest] = change.path.split('.');
    const item = LISTS.includes(first) && second !== undefined;
    const thing = item ? `${first}.${second}` : first;
    const field = (item ? rest : [second, ...rest]).filter((part) => part !== undefined).join('.');
    things.set(thing, [...(things.get(thing) ?? []), { ...change, field }]);
  }
  return [...things].map(([thing, of]) => ({
    thing,
    how: of.every(({ before }) => before === undefined)
      ? 'added'
      : of.every(({ after }) => after === undefined)
        ? 'gone'
        : 'changed',
    changes: of,
  }));
}

const LISTS: readonly string[] = ['evidence', 'interviews', 'findings', 'consultations', 'clocks', 'indicators', 'links'];
const FIELD_WORDS: { readonly [field: string]: WordKey } = {
  progress: 'case.stage',
  office: 'case.office',
  offices: 'compare.offices',
  officer: 'case.officer',
  procedure: 'case.pinned',
  subject: 'compare.subject',
  evidence: 'field.evidenceItem',
  interviews: 'compare.interview',
  findings: 'field.fact',
  consultations: 'field.consultation',
  clocks: 'field.clock',
  indicators: 'field.indicator',
  links: 'field.otherCase',
  panel: 'compare.panel',
};

function nameOf(thing: string, names: CaseNames, t: (key: WordKey) => string): string {
  const [first = '', item] = thing.split('.');
  const word = FIELD_WORDS[first];
  const kind = word === undefined ? first : t(word);
  if (item === undefined) return kind;
  const name =
    first === 'findings' ? names.question(item) : first === 'evidence' || first === 'interviews' ? names.paper(item) : item;
  return `${kind}: ${name}`;
}

/** What is long, or the machine's own, is not for reading. */
function Values({ changes, side }: { readonly changes: Thing['changes']; readonly side: 'before' | 'after' }) {
  const { code, moment, day } = useSpeech();
  const inWords = (value: Json): string => {
    if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value)) return moment(value);
    if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return day(value);
    return typeof value === 'object' ? JSON.stringify(value) : code(String(value));
  };
  const told = changes.flatMap(({ field, [side]: value }) => (value === undefined ? [] : [{ field, value }]));
  if (told.length === 0) return <span className="dim">–</span>;
  return (
    <ul className="plain">
      {told.map(({ field, value }) => (
        <li key={field}>
          {field !== '' && <span className="dim">{field}: </span>}
          {inWords(value)}
        </li>
      ))}
    </ul>
  );
}

/** The last millisecond of a date. */
export function endOf(date: string, zone: string): InstantAt {
  return formatInstant(startOfDay(parseDay(date) + 1, zone) - 1);
}
