/**
 * Requests for every route of the API's description, made by fast-check from its schemas: as they should be, and as nobody should send them.
 * What is known only while it runs, ids and codes that answers told of, stands in them as a pick and is filled in when they are sent.
 */
import fc from 'fast-check';
import { type Description, type Operation, resolved, type Schema } from '../description.js';

/** Stands for something that an answer told of under this name. */
export class Pick {
  constructor(
    readonly name: string,
    readonly at: number,
  ) {}
}

/** Stands for a value nested so deeply that nothing here could walk it. */
export class Deep {
  constructor(readonly depth: number) {}
}

/** A request before what it picks is filled in. Texts of the path and of headers are sent as they are, byte for byte. */
export interface Shot {
  readonly method: string;
  readonly path: readonly (string | Pick)[];
  readonly headers: readonly (readonly [name: string, value: string | Pick])[];
  /** A value for JSON, or a text or bytes as they are. */
  readonly body?: { readonly json: unknown } | { readonly raw: string | Uint8Array };
  /** How the body travels: whole, in chunks, broken off, or longer than it said. */
  readonly travel: 'whole' | 'chunked' | 'cut' | 'too-long';
}

const pick = (name: string): fc.Arbitrary<Pick> => fc.nat(1_000_000).map((at) => new Pick(name, at));

/** Names that people have, and that have broken programs before. */
const NAMES = [
  'Maria',
  "O'Brien",
  'NULL',
  'NA',
  'undefined',
  'يوسف بن داود',
  '王小明',
  'Nguyễn Văn Á',
  'X Æ A-12',
  'Ǆ',
  '‮evil',
  '👩‍👩‍👧',
  'i̇stanbul',
  '"; DROP TABLE case--',
  '#{7*7}',
  '<script>',
];

const HOSTILE_TEXTS: readonly fc.Arbitrary<string>[] = [
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\udfff\ud800',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '../../../etc/passwd',
    '%00',
    '%',
    '-1',
    'NaN',
    '1e999',
    '{}',
    '[]',
    'null',
    '﻿',
    '\r\nX-Injected: 1',
    '\u2028',
  ),
  fc.constantFrom(
    '0000-00-00',
    '9999-12-31',
    '2026-02-30',
    '-271821-04-20',
    '2026-11-26T25:61:61Z',
    '1899-12-31',
    '2026-13-01',
    '+275760-09-13',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(10_000, 300_000, 1_100_000).map((length) => 'å'.repeat(length / 2)),
];
const hostileText = fc.oneof(...HOSTILE_TEXTS);
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    -0.5,
    2 ** 53,
    1e308,
    -1e308,
    [],
    {},
    [[]],
    [null],
    { length: -1 },
    { toString: 1 },
    Object.fromEntries([['then', 1]]),
    { toJSON: 1 },
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom(5, 50).map(nested),
  fc.constantFrom(1_000, 20_000).map((depth) => new Deep(depth)),
  fc.constantFrom(60, 5_000).map((length) => Array.from({ length }, () => 'x')),
  fc.dictionary(
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'valueOf', 'a', '', 'name', '$ref'),
    fc.jsonValue({ maxDepth: 1 }),
  ),
);

function nested(depth: number): unknown {
  let value: unknown = 'x';
  for (let at = 0; at < depth; at += 1) value = at % 2 === 0 ? [value] : { a: value };
  return value;
}

/** What stands in a query, where no answer told of it. */
const HONEST: { readonly [name: string]: readonly string[] } = {
  limit: ['1', '20', '200'],
  days: ['7', '30', 'all'],
  atLeastPosition: ['0', '1', '50'],
  ...Object.fromEntries(
    ['mine', 'escalated', 'overdue', 'byLaw', 'unread', 'nextAct', 'returned'].map((name) => [name, ['true', 'false']]),
  ),
  ...Object.fromEntries(
    ['asOf', 'fromAsOf', 'toAsOf'].map((name) => [name, ['2099-11-01T00%3A00%3A00Z', '2026-11-26T00%3A00%3A00%2B08%3A00']]),
  ),
  ...Object.fromEntries(
    ['on', 'effectiveOn', 'fromEffectiveOn', 'toEffectiveOn'].map((name) => [name, ['2026-12-01', '2090-01-01']]),
  ),
  from: ['1', '2', '2026-11-01T00%3A00%3A00Z'],
  to: ['3', '2099-11-01T00%3A00%3A00Z'],
};

const PATHS = [
  '%00',
  '%ff',
  '%',
  '%2e%2e%2f%2e%2e',
  '..',
  '.',
  '__proto__',
  'constructor',
  'null',
  '-1',
  '%F0%9F%98%80',
  '%C0%AF',
  'a%2Fb',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  ';x',
  '%0d%0aX-Injected:%201',
  '%u0000',
  'x'.repeat(5_000),
  '%41'.repeat(300),
  '+',
  '*',
  '%7B%7D',
];
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'application/json;charset=',
  'text/plain',
  'text/html',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
  'application/pdf',
  'image/png',
  '*/*',
  'application/',
  ';',
  'a'.repeat(3_000),
  'application/json, text/plain',
  'application/merge-patch+json',
  'application/json\u00ff',
];
const MATCHES = [
  '*',
  'W/"1"',
  '""',
  '"-1"',
  '"999999999"',
  '"99999999999999999999"',
  '1',
  '"1", "2"',
  '"0x1"',
  '"1e3"',
  '"\u00ff"',
  ' ',
  '"',
];
const KEYS = [
  '',
  ' ',
  'a b',
  'x'.repeat(200),
  'x'.repeat(201),
  'x'.repeat(8_000),
  '\u00ff',
  '"',
  '__proto__',
  'same-key',
  'same-key',
  'same-key',
];
const METHODS = ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'get', 'FOO', 'CONNECT'];
const ODD_HEADERS: readonly (readonly [string, string])[] = [
  ['accept-language', 'en'],
  ['accept-language', ',,;q=0.5,*'],
  ['accept-language', 'x'.repeat(4_000)],
  ['accept', 'text/html'],
  ['accept', 'image/*;q=nonsense'],
  ['content-encoding', 'gzip'],
  ['content-encoding', 'br, gzip'],
  ['expect', '100-continue'],
  ['expect', 'wonders'],
  ['x-forwarded-for', '1.2.3.4, ::1, nonsense'],
  ['cookie', 'tegas=; __Host-tegas=%00; a=b; ;;=;'],
  ['cookie', `__Host-session=${'y'.repeat(3_000)}`],
  ['authorization', 'Bearer '],
  ['authorization', 'Bearer a.b.c'],
  ['authorization', `Bearer ${'e30'}.${'e30'}.`],
  ['authorization', 'Basic YTpi'],
  ['origin', 'null'],
  ['sec-fetch-site', 'cross-site'],
  ['if-none-match', '*'],
  ['range', 'bytes=0-0,-1'],
  ['te', 'trailers'],
  ['upgrade', 'websocket'],
  ['connection', 'upgrade'],
  ['transfer-encoding', 'gzip'],
  ['x-large', 'z'.repeat(20_000)],
  ['traceparent', '00-0-0-0'],
];

export class Requests {
  private readonly shots = new Map<string, fc.Arbitrary<Shot>>();

  constructor(private readonly description: Description) {}

  /** The next request for a route: the same for the same seed. */
  next(route: string, operation: Operation, seed: number): Shot {
    let shots = this.shots.get(route);
    if (shots === undefined) {
      shots = this.shotsOf(route, operation);
      this.shots.set(route, shots);
    }
    const [shot] = fc.sample(shots, { seed, numRuns: 1 });
    if (shot === undefined) throw new Error('fast-check made no request');
    return shot;
  }

  private shotsOf(route: string, operation: Operation): fc.Arbitrary<Shot> {
    const [method = '', template = ''] = route.split(' ');
    const valid = fc.record({
      method: fc.constant(method),
      path: this.pathOf(template, operation, false),
      headers: this.headersOf(operation, false),
      ...this.bodyOf(operation, false),
      travel: fc.constantFrom<Shot['travel']>('whole', 'whole', 'whole', 'chunked'),
    });
    const hostile = fc.record({
      method: fc.oneof({ weight: 9, arbitrary: fc.constant(method) }, { weight: 1, arbitrary: fc.constantFrom(...METHODS) }),
      path: fc.oneof(
        { weight: 3, arbitrary: this.pathOf(template, operation, false) },
        { weight: 2, arbitrary: this.pathOf(template, operation, true) },
      ),
      headers: fc.oneof(
        { weight: 3, arbitrary: this.headersOf(operation, false) },
        { weight: 2, arbitrary: this.headersOf(operation, true) },
      ),
      ...this.bodyOf(operation, true),
      travel: fc.constantFrom<Shot['travel']>('whole', 'whole', 'whole', 'whole', 'whole', 'chunked', 'cut', 'too-long'),
    });
    return fc.oneof({ weight: 1, arbitrary: valid }, { weight: 1, arbitrary: hostile });
  }

  private pathOf(template: string, { parameters = [] }: Operation, hostile: boolean): fc.Arbitrary<readonly (string | Pick)[]> {
    const parts = template.split(/\{(\w+)\}/).map((text, at) => {
      if (at % 2 === 0) return fc.constant<string | Pick>(text);
      return hostile ? fc.oneof<fc.Arbitrary<string | Pick>[]>(fc.constantFrom(...PATHS), pick(text)) : pick(text);
    });
    const asked = parameters.filter((one) => one.in === 'query');
    const named = asked.map(({ name }) => name);
    const value = (name: string): fc.Arbitrary<string | Pick> => {
      const few = asked.find((one) => one.name === name)?.schema?.enum;
      const honest =
        few !== undefined
          ? fc.constantFrom(...few.map(String))
          : Object.hasOwn(HONEST, name)
            ? fc.constantFrom(...(HONEST[name] ?? []))
            : pick(name);
      if (!hostile) return honest;
      const odd = hostileText.filter((text) => text.length < 5_000).map(encoded);
      return fc.oneof<fc.Arbitrary<string | Pick>[]>(fc.constantFrom(...PATHS), odd, honest);
    };
    const names = hostile ? [...named, 'x', '__proto__', 'limit', 'limit'] : named;
    const query =
      names.length === 0 ? fc.constant([]) : fc.subarray(names, { maxLength: Math.min(hostile ? 4 : 2, names.length) });
    const queries = query.chain((chosen) => fc.tuple(...chosen.map((name) => value(name).map((one) => [name, one] as const))));
    const end = hostile ? fc.constantFrom('', '', '', '/', '//', '?', '#x', '?a[b]=c&a=1', '&', '?%') : fc.constant('');
    return fc
      .tuple(fc.tuple(...parts), queries, end)
      .map(([path, asked, last]) => [
        ...path,
        ...asked.flatMap(([name, one], at) => [`${at === 0 ? '?' : '&'}${name}=`, one]),
        last,
      ]);
  }

  private headersOf(
    { parameters = [], requestBody }: Operation,
    hostile: boolean,
  ): fc.Arbitrary<readonly (readonly [string, string | Pick])[]> {
    const takes = Object.keys(requestBody?.content ?? {})[0];
    const type =
      takes === undefined
        ? fc.constant([])
        : fc.constantFrom(...(hostile ? [...TYPES, takes] : [takes])).map((one) => [['content-type', one] as const]);
    const asks = (name: string): boolean => parameters.some((one) => one.in === 'header' && one.name === name);
    const match: fc.Arbitrary<string | Pick> = hostile
      ? fc.oneof<fc.Arbitrary<string | Pick>[]>(fc.constantFrom(...MATCHES), pick('revision'))
      : pick('revision');
    const matches = asks('If-Match') ? match.map((one) => [['if-match', one] as const]) : fc.constant([]);
    const key = hostile ? fc.constantFrom(...KEYS) : fc.oneof(fc.uuid(), fc.constantFrom('key-1', 'key-2', 'key-3'));
    const keys = asks('Idempotency-Key')
      ? fc.option(key, { nil: undefined }).map((one) => (one === undefined ? [] : [['idempotency-key', one] as const]))
      : fc.constant([]);
    const odd = hostile ? fc.subarray([...ODD_HEADERS], { maxLength: 2 }) : fc.constant([]);
    return fc.tuple(type, matches, keys, odd).map((all) => all.flat());
  }

  private bodyOf({ requestBody }: Operation, hostile: boolean): { readonly body?: fc.Arbitrary<NonNullable<Shot['body']>> } {
    const [[type, content] = []] = Object.entries(requestBody?.content ?? {});
    if (type === undefined || content === undefined)
      return hostile ? { body: fc.constantFrom({ json: {} }, { raw: '' }, { raw: '\u0000' }) } : {};
    if (type !== 'application/json') return { body: documents(hostile) };
    const valid = this.valuesOf(content.schema, '');
    if (!hostile) return { body: valid.map((json) => ({ json })) };
    const damaged = fc
      .tuple(valid, fc.array(fc.tuple(fc.nat(), hostileValue, fc.nat(3)), { minLength: 1, maxLength: 3 }))
      .map(([value, damages]) => ({ json: damages.reduce<unknown>((one, [at, by, how]) => damage(one, at, by, how), value) }));
    const text = valid.map((value) => JSON.stringify(value));
    const twisted = fc.oneof(
      text.map((one) => one.slice(0, Math.ceil(one.length / 2))),
      text.map((one) => one.replace('{', '{"reason":"dua kali","reason":null,')),
      text.map((one) => one.replace('{', '{"__proto__":{"reason":"x"},')),
      text.map((one) => one.replace('{', '{"constructor":{"prototype":{"reason":"x"}},')),
      text.map((one) => `\ufeff${one}`),
      text.map((one) => `${one}${one}`),
      fc.constantFrom(
        '',
        ' ',
        'null',
        '"x"',
        '7',
        '[]',
        '{',
        '{"a":1e999}',
        '{"reason":"\\ud800"}',
        '{"reason":"\\u0000"}',
        "{'a':1}",
        '{"a":NaN}',
        '[{}]',
        'a=b&c=d',
        '<a/>',
        '{"":""}',
      ),
      fc.constantFrom(10_000, 200_000).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
      fc.constantFrom(10_000, 100_000).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
      fc.constant(`{"a":"${'x'.repeat(1_200_000)}"}`),
    );
    const bytes = fc.uint8Array({ maxLength: 200 });
    return {
      body: fc.oneof(
        { weight: 6, arbitrary: damaged },
        { weight: 1, arbitrary: hostileValue.map((json) => ({ json })) },
        { weight: 2, arbitrary: fc.oneof(twisted, bytes).map((raw) => ({ raw })) },
      ),
    };
  }

  private valuesOf(given: Schema | undefined, name: string): fc.Arbitrary<unknown> {
    const schema = resolved(this.description, given);
    if (schema === undefined) return fc.constant({});
    const {
      type,
      format,
      pattern,
      enum: few,
      oneOf,
      items,
      properties,
      required = [],
      minimum = 0,
      maximum = 100,
      maxLength = 200,
    } = schema;
    if (oneOf !== undefined)
      return fc.oneof<fc.Arbitrary<unknown>[]>(fc.boolean(), pick('value'), fc.constantFrom('2005-05-05', 'wni', 7));
    if (few !== undefined) return fc.constantFrom(...few);
    if (items !== undefined) return fc.array(this.valuesOf(items, name), { minLength: 1, maxLength: 3 });
    if (type === 'integer' || type === 'number') return fc.integer({ min: minimum, max: maximum });
    if (type === 'boolean') return fc.boolean();
    if (type === 'string') {
      if (format === 'date')
        return fc.oneof<fc.Arbitrary<unknown>[]>(pick('today'), fc.constantFrom('2026-11-01', '2027-01-04', '2020-02-29'));
      if (format === 'uuid') return pick(name);
      if (pattern?.includes('64}')) return pick('sha256');
      if (pattern !== undefined)
        return fc.oneof({ weight: 8, arbitrary: pick(name) }, { weight: 1, arbitrary: fc.constantFrom('x-1', 'other') });
      const words = fc.oneof(
        fc.constantFrom(...NAMES),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: Math.min(maxLength, 60) }),
      );
      return words.map((text) => text.slice(0, maxLength));
    }
    if (properties === undefined) return pick(name === '' ? 'content' : name);
    const entries = Object.entries(properties).map(
      ([key, child]) => [key, seldomWhereSigned(key, this.valuesOf(child, key))] as const,
    );
    return fc.record(Object.fromEntries(entries), { requiredKeys: [...required] });
  }
}

/** What a device must have signed is refused whatever else is right: nearly always left out, so that the rest is tried too. */
function seldomWhereSigned(name: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return name === 'receipt'
    ? fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values })
    : values;
}

function documents(hostile: boolean): fc.Arbitrary<NonNullable<Shot['body']>> {
  const words = fc.string({ unit: 'binary-ascii', maxLength: 80 }).map((text) => text.replace(/[()\\<>]/g, ''));
  const pdf = words.map((text) => `%PDF-1.4\n1 0 obj\n<< /Title (${text}) >>\nendobj\ntrailer\n<< >>\n%%EOF\n`);
  if (!hostile) return pdf.map((raw) => ({ raw }));
  const head = fc.constantFrom('%PDF-1.7\n', '\xff\xd8\xff\xe0', '\x89PNG\r\n\x1a\n', 'PK\x03\x04', 'MZ', '<html>', 'GIF89a', '');
  const odd = fc
    .tuple(head, fc.uint8Array({ maxLength: 2_000 }))
    .map(([start, rest]) => Buffer.concat([Buffer.from(start, 'latin1'), rest]));
  return fc
    .oneof(
      odd,
      fc.constant(Buffer.alloc(26_000_000)),
      pdf.map((text) => `${text}<script>`),
    )
    .map((raw) => ({ raw }));
}

/** Puts `by` in the place of one part of the value, or beside it, or takes a part away. */
function damage(value: unknown, at: number, by: unknown, how: number, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Pick || depth > 5) return by;
  const keys = Object.keys(value);
  if (Array.isArray(value))
    return value.map((one, index) => (index === at % value.length ? damage(one, at, by, how, depth + 1) : one));
  const key = keys[at % Math.max(keys.length, 1)] ?? 'x';
  const entries = new Map(Object.entries(value));
  const inner = entries.get(key);
  if (how === 0) entries.set(['extra', '__proto__', 'constructor', 'type', ''][at % 5] ?? 'extra', by);
  else if (how === 1) entries.delete(key);
  else entries.set(key, how === 2 && typeof inner === 'object' ? damage(inner, Math.floor(at / 7), by, how, depth + 1) : by);
  // Not as a literal: `__proto__` is to be a key of its own.
  return Object.fromEntries(entries);
}

/** As it may stand in a query, halves of characters too. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
