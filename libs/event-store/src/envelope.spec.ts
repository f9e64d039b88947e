import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import canonicalizePackage from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson, caseIdOf, chainHash, commandIdOf, eventIdOf, refuseFreeText, verifyChain } from './envelope.js';
import type { RecordedEvent } from './port.js';

describe('ids', () => {
  it('are the same for the same actor and key, at any time', () => {
    // Golden values: when one of these changes, retries of old commands are no longer recognised.
    const commandId = commandIdOf('officer-sari', 'key-1');
    expect([commandId, eventIdOf(commandId, 0), eventIdOf(commandId, 1), caseIdOf(commandId)]).toMatchInlineSnapshot(`
[
  "f4b1aaf9-07c0-59e4-bd61-48a465b5fd22",
  "a539b2ea-2f0a-5afa-9bc7-5904f00825b9",
  "a7324c83-0f83-5c0c-ab5f-e61e1e980a6b",
  "947c5293-7b0b-54c6-ba9d-93bab84546a1",
]
`);
  });

  it('never confuse where the actor ends and the key begins', () => {
    const pairs = [
      ['a', 'b c'],
      ['a b', 'c'],
      ['a"', '"b'],
      ['a","', 'b'],
      ['', 'ab'],
      ['ab', ''],
    ] as const;
    expect(new Set(pairs.map(([actor, key]) => commandIdOf(actor, key))).size).toBe(pairs.length);
  });
});

describe('canonical JSON', () => {
  // The package's types describe an ES module, but it is CommonJS: what arrives is the function itself.
  const reference: unknown = canonicalizePackage;

  it('is what the reference implementation of RFC 8785 writes', () => {
    if (typeof reference !== 'function') throw new Error('The package canonicalize did not load');
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a', 'B', 'é', '€', '\ufb33', '1', '10', '__proto__', 'constructor'),
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        fc.string({ unit: 'binary' }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 5 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(value)).toBe(reference(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('writes the examples of RFC 8785 as it does', () => {
    const text = String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`;
    const written = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`;
    expect(canonicalJson(JSON.parse(text))).toBe(written);
    const names = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalJson(names)))).toEqual([
      'One',
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('leaves out what is undefined, and refuses what is not JSON', () => {
    expect(canonicalJson({ b: undefined, a: [undefined, -0] })).toBe('{"a":[null,0]}');
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, { deep: [Number.NaN] }])
      expect(() => canonicalJson(value)).toThrow();
  });
});

describe('the hash chain', () => {
  const chain = chained(5);

  it('is SHA-256 over RFC 8785 JSON, whatever the order of the properties', () => {
    const [first] = chain;
    if (first === undefined) throw new Error('no event');
    const { hash, ...metadata } = first.metadata;
    const { id, type, schemaVersion, stream, revision } = first;
    const text = canonicalJson({
      previousHash: null,
      type,
      stream,
      schemaVersion,
      revision,
      metadata,
      id,
      data: { z: 1, a: 'é' },
    });
    expect(text).toContain('"data":{"a":"é","z":1},"id"');
    expect(createHash('sha256').update(text).digest('hex')).toBe(hash);
  });

  it('verifies as written, whole or from a trusted head', () => {
    expect(verifyChain(chain)).toBeUndefined();
    expect(verifyChain([])).toBeUndefined();
    const trusted = chain[2];
    if (trusted === undefined) throw new Error('no event');
    expect(verifyChain(chain.slice(3), { revision: 2, hash: trusted.metadata.hash })).toBeUndefined();
  });

  it.each<[string, (events: RecordedEvent[]) => RecordedEvent[], number, 'revision' | 'hash']>([
    ['edited data', (events) => replace(events, 2, { data: { z: 2, a: 'é' } }), 2, 'hash'],
    ['an edited type', (events) => replace(events, 2, { type: 'Other' }), 2, 'hash'],
    ['an edited id', (events) => replace(events, 0, { id: caseIdOf(commandIdOf('x', 'y')) }), 0, 'hash'],
    ['an edited schema version', (events) => replace(events, 4, { schemaVersion: 2 }), 4, 'hash'],
    ['another stream', (events) => events.map((event) => ({ ...event, stream: 'case-2' })), 0, 'hash'],
    ['a deleted event', (events) => events.filter((_, index) => index !== 2), 3, 'revision'],
    ['a deleted event, renumbered', (events) => renumber(events.filter((_, index) => index !== 2)), 2, 'hash'],
    ['a deleted start', (events) => events.slice(1), 1, 'revision'],
    ['exchanged events', (events) => renumber(exchange(events, 1, 2)), 1, 'hash'],
    ['an event twice', (events) => [...events.slice(0, 3), ...events.slice(2)], 2, 'revision'],
  ])('shows %s', (_, tamper, revision, kind) => {
    expect(verifyChain(tamper([...chain]))).toMatchObject({ revision, kind });
  });

  it('shows edited metadata', () => {
    const last = chain[4];
    if (last === undefined) throw new Error('no event');
    expect(verifyChain(replace([...chain], 4, { metadata: { ...last.metadata, actor: 'someone-else' } }))).toMatchObject({
      revision: 4,
      kind: 'hash',
    });
  });
});

describe('the guard against free text', () => {
  it.each([
    ['white space', { reason: 'he is ill' }],
    ['a line break', { reason: 'ill\n' }],
    ['white space deep inside', { findings: [{ note: { text: 'a b' } }] }],
    ['more than 200 characters', { code: 'x'.repeat(201) }],
    ['a key', { answers: { 'What is your name': true } }],
    ['a key at the top', { 'my note': 1 }],
  ])('refuses %s outside personal, without repeating it', (_, data) => {
    expect(() => refuseFreeText('case-1', 'NoteTaken', data)).toThrow(
      expect.objectContaining({ name: 'FreeTextOutsidePersonal' }),
    );
    expect(() => refuseFreeText('case-1', 'NoteTaken', data)).not.toThrow(/ill|a b|your name|my note/);
  });

  it('lets codes, ids, dates, numbers and personal parts pass', () => {
    const personal = [{ personId: 'p-1', retentionClass: 'case', fields: { note: 'he is ill' } }];
    const data = {
      code: 'PSK',
      on: '2026-11-24',
      n: 1,
      flag: true,
      none: null,
      missing: undefined,
      list: ['a', 'b'],
      hash: 'x'.repeat(200),
      personal,
    };
    expect(() => refuseFreeText('case-1', 'NoteTaken', data)).not.toThrow();
  });

  it('lets published data hold sentences', () => {
    for (const stream of ['procedure-PSK', 'calendar-ID', 'office', 'offices', 'official-sari']) {
      expect(() => refuseFreeText(stream, 'Published', { name: 'Kantor Imigrasi' })).not.toThrow();
    }
  });
});

function chained(count: number): readonly RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (let revision = 0; revision < count; revision += 1) {
    const commandId = commandIdOf('officer-sari', `key-${revision}`);
    const at = '2026-11-24T01:00:00.000Z';
    const metadata = { actor: 'officer-sari', effectiveAt: at, recordedAt: at, commandId, correlationId: commandId };
    const event = {
      stream: 'case-1',
      revision,
      id: eventIdOf(commandId, 0),
      type: 'NoteTaken',
      schemaVersion: 1,
      data: { z: 1, a: 'é' },
    };
    const hash = chainHash(events.at(-1)?.metadata.hash, { ...event, metadata });
    events.push({ ...event, metadata: { ...metadata, hash }, position: String(revision + 1) });
  }
  return events;
}

function replace(events: RecordedEvent[], at: number, change: Partial<RecordedEvent>): RecordedEvent[] {
  return events.map((event, index) => (index === at ? { ...event, ...change } : event));
}

function exchange(events: RecordedEvent[], a: number, b: number): RecordedEvent[] {
  return events.map((event, index) => (index === a ? events[b] : index === b ? events[a] : event) ?? event);
}

function renumber(events: RecordedEvent[]): RecordedEvent[] {
  return events.map((event, revision) => ({ ...event, revision }));
}
