import { describe, expect, it } from '@jest/globals';
import { ImpossibleSchemaVersion, NewerSchemaVersion, newestVersionOf, UnknownEvent, upcast, upcastBy } from './upcasters.js';

const rename = { type: 'Served', from: 1, lift: ({ on, ...rest }: { on?: string }) => ({ ...rest, servedOn: on }) };
const addMethod = { type: 'Served', from: 2, lift: (data: object) => ({ ...data, method: 'in-person' }) };

describe('upcasters', () => {
  const lift = upcastBy({ Served: 3, Closed: 1 }, [addMethod, rename]);

  it('lift step by step to the newest version, and leave that as it is', () => {
    expect(lift('Served', 1, { on: '2026-03-02', by: 'a' })).toEqual({ by: 'a', servedOn: '2026-03-02', method: 'in-person' });
    expect(lift('Served', 2, { servedOn: '2026-03-02' })).toEqual({ servedOn: '2026-03-02', method: 'in-person' });
    const newest = { servedOn: '2026-03-02', method: 'post' };
    expect(lift('Served', 3, newest)).toBe(newest);
  });

  it('refuse to guess at what a newer program wrote', () => {
    expect(() => lift('Closed', 2, {})).toThrow(NewerSchemaVersion);
    expect(() => upcast('CaseClosed', newestVersionOf('CaseClosed') + 1, {})).toThrow('older than the log');
  });

  it('refuse a version that none is', () => {
    for (const version of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => upcast('CaseClosed', version, {})).toThrow(ImpossibleSchemaVersion);
  });

  it('refuse a type they do not know, whatever its name, and tell nothing of what it holds', () => {
    for (const type of ['NeverHeardOf', 'constructor', '__proto__', 'toString']) {
      expect(() => lift(type, 9, { name: 'Maria' })).toThrow(new UnknownEvent(type));
      expect(new UnknownEvent(type).message).not.toContain('Maria');
      expect(newestVersionOf(type)).toBe(1);
    }
  });

  it('must be complete: a missing or doubled step stops the program at once', () => {
    expect(() => upcastBy({ Served: 3 }, [rename])).toThrow('No upcaster lifts Served from version 2');
    expect(() => upcastBy({ Served: 2 }, [rename, rename])).toThrow('Two upcasters');
  });
});
