import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { HOLDER } from './case/held-act.js';
import { LAW } from './case/law.js';
import { commandSentences, eventSentences } from './case/sentences.js';
import { stageNames } from './case/state.js';
import { standardLadder, yearsAheadLadder } from './clock/ladder.js';
import { DESTROYER } from './destruction/destruction.js';
import type { Text } from './event.js';
import { roleNames } from './office/official.js';
import { policyTable } from './policy-table.js';
import { parseProcedure } from './procedure/procedure-faults.js';
import { DUE_MOVED, LAW_ACTED, LAW_ACTS } from './process/escalation.js';
import { LINKER } from './process/linked-cases.js';
import { referralChannels } from './referral/referral.js';
import { ageNames, figureNames } from './report/semester.js';
import { vocabulary } from './vocabulary.js';

const procedures = readdirSync('data/procedures').map((file) =>
  parseProcedure(JSON.parse(readFileSync(`data/procedures/${file}`, 'utf8')), file),
);
/** `where code` of every code that a person may come to read. */
const shown: readonly string[] = [
  ...procedures.flatMap((procedure) => {
    const codes = [
      ...Object.values(procedure.facts).flatMap((fact) => (fact.type === 'choice' ? fact.choices : [])),
      ...procedure.consultedAgencies,
      ...(procedure.panel?.agencies ?? []),
      ...(procedure.ladder ?? []).map(({ code }) => code),
      ...procedure.clocks.flatMap(({ pauseReason, onlyChannels = [], ladder = [] }) => [
        ...(pauseReason === undefined ? [] : [pauseReason]),
        ...onlyChannels,
        ...ladder.map(({ code }) => code),
      ]),
      ...procedure.remedies.map(({ kind }) => kind),
    ];
    return [...new Set(codes)].map((code) => `${procedure.code} ${code}`);
  }),
  ...[...standardLadder, ...yearsAheadLadder].map(({ code }) => `ladder ${code}`),
  ...[LAW_ACTS, LAW_ACTED, DUE_MOVED].map((code) => `step ${code}`),
  ...referralChannels.map((code) => `channel ${code}`),
  ...['counter', 'linked-case', 'spreadsheet', 'referral'].map((code) => `channel ${code}`),
  ...Object.entries(policyTable).flatMap(([act, { audited }]) => (audited === undefined ? [] : [`audited ${act}`])),
  ...[LAW, LINKER, HOLDER, DESTROYER].map((code) => `actor ${code}`),
  ...['opened', 'opened-by', 'remedy', 'remedy-of', 'same-person'].map((code) => `relation ${code}`),
];

describe('the vocabulary', () => {
  it('has words for every code that procedures, ladders, channels and links show', () => {
    expect(shown.length).toBeGreaterThan(100);
    expect(shown.filter((one) => !Object.hasOwn(vocabulary, one.slice(one.indexOf(' ') + 1)))).toEqual([]);
  });

  it('has both languages of everything that is named', () => {
    const named: { readonly [where: string]: readonly (readonly [string, Text])[] } = {
      vocabulary: Object.entries(vocabulary),
      roles: Object.entries(roleNames),
      stages: Object.entries(stageNames),
      acts: Object.entries(commandSentences),
      events: Object.entries(eventSentences),
      figures: [...Object.entries(figureNames), ...ageNames.map((name, at) => [String(at), name] as const)],
      ...Object.fromEntries(
        procedures.map(({ code, version, name, facts, outcomes, evidence, clocks, remedies, letters }) => [
          `${code} ${version}`,
          [
            ['name', name] as const,
            ...Object.entries(facts).map(([fact, { question }]) => [fact, question] as const),
            ...[...outcomes, ...evidence, ...clocks, ...remedies, ...letters].map((one) => [one.code, one.name] as const),
          ],
        ]),
      ),
    };
    const mute = Object.entries(named).flatMap(([where, texts]) =>
      texts.flatMap(([code, { id, en }]) => (/\S/.test(id) && /\S/.test(en) ? [] : [`${where} ${code}`])),
    );
    expect(mute).toEqual([]);
  });
});
