/** Two views of a case beside each other: what was added, changed or is gone, said in words, and the acts that only one of them shows. */
import { Button, Skeleton, TextInput } from '@mantine/core';
import { IconArrowsDiff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { formatInstant, parseDay, startOfDay } from '#domain/calendar/day.js';
import { dateIn } from '#domain/case/clock-events.js';
import { type FieldDifference, wholeOf } from '#domain/case/difference.js';
import { referenceOf } from '#domain/case/reference.js';
import { type Stage, stageNames } from '#domain/case/state.js';
import type { Id, InstantAt, Json, Text } from '#domain/event.js';
import { answered, type CaseView, client, type HistoryItem, type Seen } from './api.js';
import { type CaseNames, useCaseNames } from './names.js';
import { Trouble } from './trouble.js';
import { type Speech, useSpeech, type WordKey } from './words.js';

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
  readonly now: InstantAt;
  readonly query: URLSearchParams;
  readonly change: (name: string, value: string | undefined) => void;
}

export function Compare({ present, items, stops, seen, zone, now, query, change }: Comparing) {
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
          max={dateIn(zone, now)}
          onChange={({ currentTarget: { value } }) => {
            if (value !== '') change('banding', knownBy(value, { stops, zone, now }));
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
  const speech = useSpeech();
  const { t, moment, day } = speech;
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
                  <span>{nameOf(thing, names, speech, changes)}</span>
                </td>
                <td>
                  <strong>{t(`compare.${how}`)}</strong>
                </td>
                <td>
                  <Values changes={changes} side="before" names={names} />
                </td>
                <td>
                  <Values changes={changes} side="after" names={names} />
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
    const [first = ''] = change.path.split('.');
    const leaf = change.path.split('.').at(-1) ?? first;
    // When each kind of act last happened the acts say, where the case stood before the law acted the first view.
    if (
      ['lastAt', 'beforeLapse', 'intake'].includes(first) ||
      FIELD_WORDS[leaf] === undefined ||
      FIELD_WORDS[first] === undefined
    )
      continue;
    const thing = wholeOf(change.path);
    const field = change.path.slice(thing.length + 1);
    things.set(thing, [...(things.get(thing) ?? []), { ...change, field }]);
  }
  return [...things].map(([thing, of]) => ({ thing, how: of[0]?.whole ?? 'changed', changes: of }));
}

/** What fields are called, whatever they stand in. One without a word is the machine's own (ids, marks of its work), and is not for reading. */
const FIELD_WORDS: { readonly [field: string]: WordKey } = {
  acknowledged: 'field.acknowledges',
  agency: 'field.agency',
  answeredOn: 'field.answeredOn',
  at: 'compare.at',
  authority: 'case.authority',
  birthPlace: 'field.birthPlace',
  born: 'field.born',
  by: 'compare.by',
  channel: 'compare.channel',
  cleared: 'compare.cleared',
  clock: 'field.clock',
  clocks: 'field.clock',
  concluded: 'compare.concluded',
  conflicts: 'compare.conflicts',
  consultations: 'field.consultation',
  custody: 'field.original',
  decided: 'compare.decided',
  derived: 'review.derived',
  determination: 'determined.title',
  determinations: 'determined.title',
  determinedAt: 'compare.at',
  dueOn: 'work.due',
  evidence: 'field.evidenceItem',
  examiners: 'compare.examiners',
  extensions: 'compare.extended',
  filedOn: 'field.filedOn',
  findings: 'field.fact',
  ground: 'field.ground',
  handedInOn: 'field.handedInOn',
  heldOn: 'field.heldOn',
  indicator: 'field.indicator',
  indicators: 'field.indicator',
  interviews: 'compare.interview',
  issuer: 'field.issuer',
  lapse: 'lapsed.title',
  lifted: 'compare.lifted',
  links: 'field.otherCase',
  lodgedAt: 'compare.lodgedAt',
  members: 'field.members',
  method: 'field.method',
  missing: 'field.missing',
  name: 'field.name',
  note: 'field.note',
  notes: 'field.notes',
  number: 'field.number',
  oathTakenOn: 'field.takenOn',
  office: 'case.office',
  officer: 'case.officer',
  offices: 'compare.offices',
  official: 'compare.by',
  on: 'compare.at',
  outcome: 'field.outcome',
  panel: 'compare.panel',
  paper: 'field.original',
  position: 'field.position',
  procedure: 'case.pinned',
  progress: 'case.stage',
  provisional: 'calendar.provisional',
  question: 'field.question',
  reason: 'field.reason',
  receipt: 'compare.receipt',
  recipient: 'field.recipient',
  recommendation: 'review.recommended',
  recommended: 'review.recommended',
  recommendedBy: 'compare.recommendedBy',
  relation: 'compare.relation',
  remedy: 'field.remedy',
  reply: 'field.reply',
  requested: 'compare.requested',
  returned: 'custody.returned',
  reviewOffice: 'compare.reviewOffice',
  sentence: 'timeline.title',
  servedOn: 'field.servedOn',
  service: 'compare.service',
  sha256: 'compare.sha256',
  stage: 'case.stage',
  startedAt: 'compare.startedAt',
  status: 'compare.status',
  step: 'compare.step',
  stoppedAt: 'compare.stoppedAt',
  stoppedInTime: 'clocks.inTime',
  subject: 'compare.subject',
  suspensions: 'clocks.suspended',
  takenOn: 'field.originalTakenOn',
  title: 'field.title',
  to: 'field.returnedTo',
  unknown: 'review.unknown',
  value: 'field.value',
  version: 'field.version',
};

/** What is said of one field: a field within a field, or an item of a list, in the same way. */
function useSaid(names: CaseNames): (field: string, value: Json) => string | undefined {
  const { t, say, code, day, moment } = useSpeech();
  const { officialName, officeName } = names.register;
  const kind = (value: string): string => {
    const known = names.kindOf(value);
    return known === undefined ? names.paper(value) : say(known.name);
  };
  const ways: { readonly [field: string]: (value: string) => string } = {
    by: officialName,
    officer: officialName,
    official: officialName,
    examiners: officialName,
    recommendedBy: officialName,
    office: officeName,
    offices: officeName,
    reviewOffice: officeName,
    outcome: names.outcome,
    derived: names.outcome,
    recommended: names.outcome,
    unknown: names.question,
    evidence: kind,
    missing: kind,
    requested: kind,
    clock: (value) => names.clockName(value),
    stage: (value) => say(stageNames[value as Stage] ?? { id: value, en: value }),
  };
  const said = (path: string, value: Json): string | undefined => {
    const field = path.split('.').at(-1) ?? '';
    if (value === null) return undefined;
    if (Array.isArray(value)) return value.flatMap((one) => said(field, one) ?? []).join('; ') || undefined;
    if (typeof value === 'object')
      return (
        Object.entries(value)
          .flatMap(([name, inner]) => {
            const [word, inWords] = [FIELD_WORDS[name], said(name, inner)];
            return word === undefined || inWords === undefined ? [] : [`${t(word)}: ${inWords}`];
          })
          .join(', ') || undefined
      );
    const text = String(value);
    if (/^\d{4}-\d{2}-\d{2}T/.test(text)) return moment(text, names.zone);
    return (ways[field] ?? (/^\d{4}-\d{2}-\d{2}$/.test(text) ? day : code))(text);
  };
  return said;
}

function nameOf(thing: string, names: CaseNames, { t, code }: Pick<Speech, 't' | 'code'>, changes: Thing['changes']): string {
  const [first = '', item] = thing.split('.');
  const word = FIELD_WORDS[first];
  const kind = word === undefined ? first : t(word);
  if (item === undefined) return kind;
  const of = (field: string): string => {
    const change = changes.find((one) => one.field === field);
    const value = change?.after ?? change?.before;
    return typeof value === 'string' ? value : '';
  };
  const named: { readonly [list: string]: () => string } = {
    findings: () => names.question(item),
    evidence: () => names.paper(item),
    interviews: () => names.paper(item),
    clocks: () => names.clockOf(item),
    links: () => referenceOf(item),
    consultations: () => code(of('agency')),
    indicators: () => code(of('indicator')),
    custody: () => code(of('paper')),
  };
  const name = named[first]?.() ?? '';
  return name === '' ? kind : `${kind}: ${name}`;
}

function Values({
  changes,
  side,
  names,
}: {
  readonly changes: Thing['changes'];
  readonly side: 'before' | 'after';
  readonly names: CaseNames;
}) {
  const { t } = useSpeech();
  const said = useSaid(names);
  const told = changes.flatMap(({ field, path, [side]: value }) => {
    const inWords = value === undefined ? undefined : said(path, value);
    return inWords === undefined ? [] : [{ field, inWords }];
  });
  if (told.length === 0) return <span className="dim">–</span>;
  return (
    <ul className="plain">
      {told.map(({ field, inWords }) => {
        const word = FIELD_WORDS[field.split('.').at(-1) ?? ''];
        return (
          <li key={field}>
            {word !== undefined && <span className="dim">{t(word)}: </span>}
            {inWords}
          </li>
        );
      })}
    </ul>
  );
}

/** What was known on a date: up to the last act recorded on it, or its end where there was none; never later than now. */
export function knownBy(
  date: string,
  { stops, zone, now }: { readonly stops: readonly InstantAt[]; readonly zone: string; readonly now: InstantAt },
): InstantAt {
  const known = stops.findLast((one) => dateIn(zone, one) === date) ?? endOf(date, zone);
  return known < now ? known : now;
}

/** The last millisecond of a date. */
export function endOf(date: string, zone: string): InstantAt {
  return formatInstant(startOfDay(parseDay(date) + 1, zone) - 1);
}
