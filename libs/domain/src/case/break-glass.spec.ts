import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { InstantAt } from '../event.js';
import { actorOn, type Official } from '../office/official.js';
import { caseOf, caseScenarios } from '../testing/case-scenario.js';
import { decideGlass, evolveGlass, type Glass, type GlassCommand, unbroken } from './break-glass.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, cases, offices } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const { supervisorKupang: supervisor, auditorNtt: auditor, kanwilNtt: kanwil } = people;
const state = caseOf(cases.atMinistry());

interface Sent {
  readonly command: GlassCommand;
  readonly as: Official;
  readonly at: InstantAt;
  readonly dataDestroyed?: boolean;
}
const opening = (accessId: string, as: Official, hour: number, dataDestroyed = false): Sent => ({
  command: { type: 'BreakGlass', accessId, reason: 'Pengaduan', hours: 1 },
  as,
  at: `2025-03-14T0${hour}:00:00.000Z`,
  dataDestroyed,
});
const review = (accessId: string, verdict: 'justified' | 'unjustified', dataDestroyed = false): Sent => ({
  command: { type: 'ReviewGlass', accessId, verdict, note: 'Tidak ada pengaduan' },
  as: supervisor,
  at: '2025-03-14T04:00:00.000Z',
  dataDestroyed,
});

/** What the stream says after each; or the last refusal. */
function outcomeOf(...sent: readonly Sent[]): { readonly glass: Glass; readonly code?: string; readonly en?: string } {
  let glass = unbroken;
  for (const { command, as, at, dataDestroyed = false } of sent) {
    const roster = () => [supervisor];
    const context = { actor: actorOn(as, at.slice(0, 10)), at, offices, roster, state, dataDestroyed };
    const { events, rejection } = decideGlass(glass, command, context);
    if (rejection !== undefined) return { glass, code: rejection.code, en: rejection.reason.en };
    glass = events.reduce(evolveGlass, glass);
  }
  return { glass };
}

describe('a case that is opened for a reason', () => {
  it('is not opened again by the same official once that was found unjustified', () => {
    const unjustified = [opening('one', auditor, 1), review('one', 'unjustified')];
    const again = outcomeOf(...unjustified, opening('two', auditor, 5));
    expect(again).toMatchObject({ code: 'break-glass-unjustified', en: expect.stringContaining('Ask the supervisor') });
    expect(outcomeOf(...unjustified, opening('two', kanwil, 5)).code).not.toBe('break-glass-unjustified');
    expect(outcomeOf(opening('one', auditor, 1), review('one', 'justified'), opening('two', auditor, 5)).glass).toHaveLength(2);
  });

  it('is reviewed after a destruction too, with nothing more sealed for the person; it is not opened then', () => {
    const { glass, code } = outcomeOf(opening('one', auditor, 1), review('one', 'unjustified', true));
    expect(code).toBeUndefined();
    expect(glass[0]?.reviewed).toEqual({ by: supervisor.id, at: '2025-03-14T04:00:00.000Z', verdict: 'unjustified' });
    expect(outcomeOf(opening('one', auditor, 1, true)).code).toBe('data-destroyed');
    expect(outcomeOf(opening('one', auditor, 1), review('one', 'justified')).glass[0]?.reviewed?.note).toBe(
      'Tidak ada pengaduan',
    );
  });
});
