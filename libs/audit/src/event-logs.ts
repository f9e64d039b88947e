/**
 * Cases as event logs for process mining: OCEL 2.0 (JSON) and XES (IEEE 1849, XML). Ids, codes and dates only: nothing that stands in a personal
 * part, and officials under names that `pseudonym` gives them, the same in every export of one instance.
 */
import type { CaseEvent } from '#domain/case/events.js';
import { referenceOf } from '#domain/case/reference.js';
import type { Code, Id } from '#domain/event.js';
import type { EventLog } from '#event-store/event-log.js';
import type { RecordedEvent } from '#event-store/port.js';

/** A case’s events, in order. */
export interface LoggedCase {
  readonly caseId: Id;
  readonly events: readonly (RecordedEvent & CaseEvent)[];
}

/** Another name for an official, by which nobody who does not know the instance’s key can find them. */
export type Pseudonym = (login: Id) => string;

/** The same in every export of one instance. */
export function pseudonymsOf(log: Pick<EventLog, 'fingerprint'>): Pseudonym {
  return (login) => `official-${log.fingerprint(`official ${login}`).slice(0, 12)}`;
}

interface OcelAttribute {
  readonly name: string;
  readonly value: string;
}
interface OcelRelation {
  readonly objectId: string;
  readonly qualifier: string;
}
interface OcelType {
  readonly name: string;
  readonly attributes: readonly { readonly name: string; readonly type: string }[];
}

export interface Ocel {
  readonly eventTypes: readonly OcelType[];
  readonly objectTypes: readonly OcelType[];
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly time: string;
    readonly attributes: readonly OcelAttribute[];
    readonly relationships: readonly OcelRelation[];
  }[];
  readonly objects: readonly {
    readonly id: string;
    readonly type: string;
    readonly attributes: readonly (OcelAttribute & { readonly time: string })[];
    readonly relationships: readonly OcelRelation[];
  }[];
}

/** What of an event’s data is told besides whom and what it concerns. */
const TOLD: readonly Code[] = [
  'outcome',
  'fact',
  'step',
  'group',
  'method',
  'ground',
  'agency',
  'position',
  'channel',
  'indicator',
  'servedOn',
];

const objectTypes: readonly OcelType[] = [
  { name: 'case', attributes: ['reference', 'procedure', 'version', 'channel'].map((name) => ({ name, type: 'string' })) },
  { name: 'official', attributes: [] },
  { name: 'office', attributes: [] },
  { name: 'evidence', attributes: [{ name: 'evidence', type: 'string' }] },
  { name: 'clock', attributes: [{ name: 'clock', type: 'string' }] },
];

/** Object-centric: each event with the case, officials, offices, papers and clocks it concerns. https://www.ocel-standard.org */
export function ocelOf(cases: Iterable<LoggedCase>, pseudonym: Pseudonym): Ocel {
  const events: Ocel['events'][number][] = [];
  const objects = new Map<string, Ocel['objects'][number]>();
  const types = new Map<Code, Set<Code>>();
  const see = (id: string, type: string, attributes: Ocel['objects'][number]['attributes'] = []): string => {
    if (!objects.has(id)) objects.set(id, { id, type, attributes, relationships: [] });
    return id;
  };
  for (const { caseId, events: acts } of cases)
    for (const event of acts) {
      const { id, type, metadata } = event;
      const time = metadata.effectiveAt;
      const data = new Map<string, unknown>(Object.entries(event.data));
      const relationships: OcelRelation[] = [{ objectId: see(caseId, 'case', caseAttributes(event)), qualifier: 'case' }];
      const relate = (objectId: string, qualifier: string): void => void relationships.push({ objectId, qualifier });
      relate(see(pseudonym(metadata.performedBy ?? metadata.actor), 'official'), 'performed-by');
      if (metadata.performedBy !== undefined) relate(see(pseudonym(metadata.actor), 'official'), 'entered-by');
      if (metadata.office !== undefined) relate(see(metadata.office, 'office'), 'office');
      const { evidenceId, evidence, clockId, clock } = Object.fromEntries(data);
      if (typeof evidenceId === 'string')
        relate(see(`${caseId}/${evidenceId}`, 'evidence', attributeOf('evidence', evidence, time)), 'evidence');
      if (Array.isArray(evidence)) for (const one of evidence) relate(see(`${caseId}/${one}`, 'evidence'), 'rests-on');
      if (typeof clockId === 'string') relate(see(`${caseId}/${clockId}`, 'clock', attributeOf('clock', clock, time)), 'clock');
      const attributes = [
        { name: 'revision', value: String(event.revision) },
        { name: 'recordedAt', value: metadata.recordedAt },
        ...TOLD.flatMap((name) => {
          const value = data.get(name);
          return typeof value === 'string' ? [{ name, value }] : [];
        }),
      ];
      const known = types.get(type) ?? new Set();
      for (const { name } of attributes) known.add(name);
      types.set(type, known);
      events.push({ id, type, time, attributes, relationships });
    }
  const eventTypes = [...types].map(([name, attributes]) => ({
    name,
    attributes: [...attributes].map((attribute) => ({ name: attribute, type: attribute === 'recordedAt' ? 'time' : 'string' })),
  }));
  return { eventTypes, objectTypes, events, objects: [...objects.values()] };
}

function attributeOf(name: string, value: unknown, time: string): Ocel['objects'][number]['attributes'] {
  return typeof value === 'string' ? [{ name, value, time }] : [];
}

function caseAttributes(event: CaseEvent & RecordedEvent): Ocel['objects'][number]['attributes'] {
  if (event.type !== 'DraftOpened' && event.type !== 'ImportedCaseOpened') return [];
  const { caseId, procedure, channel, at: time } = event.data;
  const attributes = { reference: referenceOf(caseId), procedure: procedure.code, version: procedure.version, channel };
  return Object.entries(attributes).map(([name, value]) => ({ name, value, time }));
}

/** What happens to clocks by itself is no activity of anyone. */
const isActivity = ({ type }: CaseEvent): boolean => !type.startsWith('Clock');

/** A trace for each case, an event for each act; the activity is the type of the event, of an imported step its code. Lines of the file. */
export function* xesOf(cases: Iterable<LoggedCase>, pseudonym: Pseudonym): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>';
  yield '<log xes.version="2.0" xes.features="">';
  for (const [name, prefix] of [
    ['Concept', 'concept'],
    ['Time', 'time'],
    ['Organizational', 'org'],
    ['Lifecycle', 'lifecycle'],
  ] as const)
    yield `<extension name="${name}" prefix="${prefix}" uri="http://www.xes-standard.org/${prefix}.xesext"/>`;
  yield `<global scope="trace">${string('concept:name', 'unknown')}</global>`;
  yield `<global scope="event">${string('concept:name', 'unknown')}${date('time:timestamp', '1970-01-01T00:00:00.000Z')}</global>`;
  yield '<classifier name="Activity" scope="event" keys="concept:name"/>';
  yield string('source', 'Tegas');
  for (const { caseId, events } of cases) {
    const [opening] = events;
    if (opening === undefined) continue;
    yield '<trace>';
    yield string('concept:name', referenceOf(caseId));
    for (const { name, value } of caseAttributes(opening)) yield string(`tegas:${name}`, value);
    yield* events.filter(isActivity).map((event) => xesEvent(event, pseudonym));
    yield '</trace>';
  }
  yield '</log>';
}

function xesEvent(event: RecordedEvent & CaseEvent, pseudonym: Pseudonym): string {
  const { metadata, revision, type } = event;
  const data = new Map<string, unknown>(Object.entries(event.data));
  const step = data.get('step');
  const told = TOLD.flatMap((name) => {
    const value = data.get(name);
    return typeof value === 'string' ? [string(`tegas:${name}`, value)] : [];
  });
  return [
    '<event>',
    string('concept:name', typeof step === 'string' ? step : type),
    string('lifecycle:transition', 'complete'),
    date('time:timestamp', metadata.effectiveAt),
    string('org:resource', pseudonym(metadata.performedBy ?? metadata.actor)),
    ...(metadata.office === undefined ? [] : [string('org:group', metadata.office)]),
    date('tegas:recordedAt', metadata.recordedAt),
    `<int key="tegas:revision" value="${revision}"/>`,
    ...told,
    '</event>',
  ].join('');
}

function string(key: string, value: string): string {
  return `<string key="${key}" value="${escaped(value)}"/>`;
}

function date(key: string, value: string): string {
  return `<date key="${key}" value="${escaped(value)}"/>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
