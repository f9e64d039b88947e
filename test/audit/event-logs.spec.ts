/** Event logs for process mining, held against the published schemas; the schemas are data beside this file. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { type LoggedCase, type Ocel, ocelOf, xesOf } from '../../libs/audit/src/event-logs.js';
import { referenceOf } from '../../libs/domain/src/case/reference.js';
import { TestDesk } from '../../libs/read-models/src/testing/case-desk.js';
import { parseXml, schemaFaults } from './xml-schema.js';

const schemaFile = (name: string): string => readFileSync(new URL(`./schemas/${name}`, import.meta.url), 'utf8');
const xsd = schemaFile('xes-ieee-1849-2016.xsd');
const CANARY = 'Kenari<&"Jaya';

let test: TestDesk;
let cases: readonly LoggedCase[];
let ocel: Ocel;
let xes: string;
const pseudonym = (login: string): string => `official-${Buffer.from(login).toString('hex').slice(0, 12)}`;

beforeAll(async () => {
  test = await TestDesk.open();
  const ids = [
    await test.openCase(CANARY, 'review'),
    await test.openCase(CANARY, 'lodged'),
    await test.openImported('case-1', '2026-04-01T00:00:00.000Z'),
  ];
  cases = await Promise.all(
    ids.map(async (caseId) => ({ caseId, events: (await test.log.read(`case-${caseId}`)).events as LoggedCase['events'] })),
  );
  ocel = ocelOf(cases, pseudonym);
  xes = [...xesOf(cases, pseudonym)].join('\n');
});
afterAll(() => test.close());

it('neither tells of a person what stands in a personal part, nor an official’s login', () => {
  for (const text of [JSON.stringify(ocel), xes]) {
    expect(text).not.toMatch(/Kenari|Dili|C1234567|As the register says|officer\.kupang|panel\./);
    expect(text).toContain('official-');
  }
});

describe('OCEL 2.0', () => {
  it('is what the published schema asks for', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const validate = ajv.compile(JSON.parse(schemaFile('ocel20.schema.json')));
    expect([validate(ocel), validate.errors]).toEqual([true, null]);
    expect(validate({ ...ocel, events: [{ type: 'x' }] })).toBe(false);
  });
  it('names no object that is not there, no type and no attribute that is not declared, no id twice', () => {
    const objects = new Map(ocel.objects.map((object) => [object.id, object]));
    expect(objects.size).toBe(ocel.objects.length);
    expect(new Set(ocel.events.map(({ id }) => id)).size).toBe(ocel.events.length);
    expect(ocel.events.length).toBe(cases.reduce((sum, { events }) => sum + events.length, 0));
    const declared = new Map(ocel.eventTypes.map(({ name, attributes }) => [name, attributes.map((one) => one.name)]));
    for (const { type, attributes, relationships, time } of ocel.events) {
      expect(declared.get(type)).toEqual(expect.arrayContaining(attributes.map(({ name }) => name)));
      expect(relationships.filter(({ objectId }) => !objects.has(objectId))).toEqual([]);
      expect(new Date(time).toISOString()).toBe(time);
    }
    const kinds = new Set(ocel.objects.map(({ type }) => type));
    expect([...kinds].sort()).toEqual(ocel.objectTypes.map(({ name }) => name).sort());
  });
  it('says with whom and what an act had to do', () => {
    const finding = ocel.events.find(({ type }) => type === 'FindingRecorded');
    expect(finding?.relationships.map(({ qualifier }) => qualifier)).toEqual(['case', 'performed-by', 'office', 'rests-on']);
  });
});

describe('XES', () => {
  it('is what the published schema asks for', () => {
    expect(schemaFaults(xsd, xes)).toEqual([]);
  });
  it('the schema is held: what it does not allow is found', () => {
    expect(schemaFaults(xsd, xes.replace('xes.version="2.0" ', ''))).not.toEqual([]);
    expect(schemaFaults(xsd, xes.replace('<trace>', '<trace><trace></trace>'))).not.toEqual([]);
    expect(
      schemaFaults(xsd, xes.replace('<date key="time:timestamp" value="2026', '<date key="time:timestamp" value="on 2026')),
    ).not.toEqual([]);
    expect(() => schemaFaults(xsd, xes.replace('</trace>', ''))).toThrow();
  });
  it('is a trace for each case, and an event for each act in the order of the stream', () => {
    const traces = parseXml(xes).children.filter(({ name }) => name === 'trace');
    const valueIn = (children: (typeof traces)[number]['children'], key: string) =>
      children.find(({ attributes }) => attributes.get('key') === key)?.attributes.get('value');
    expect(traces.map(({ children }) => valueIn(children, 'concept:name'))).toEqual(
      cases.map(({ caseId }) => referenceOf(caseId)),
    );
    const activities = traces[0]?.children.flatMap(({ name, children }) =>
      name === 'event' ? [valueIn(children, 'concept:name')] : [],
    );
    expect(activities).toEqual(cases[0]?.events.map(({ type }) => type).filter((type) => !type.startsWith('Clock')));
  });
});
