/** From proposal to letter: recommend, determine, serve; and the case that a determination opens beside this one. */
import { parseDay } from '../calendar/day.js';
import { dayText } from '../clock/explain-due.js';
import type { Code, Id, Rejection } from '../event.js';
import { nameOfFact, type OutcomeDefinition, type Procedure } from '../procedure/procedure.js';
import type { Evaluation } from '../procedure/rules.js';
import { type Acts, act, notInFuture, said } from './act.js';
import { enforces, refuseOutcome } from './blocks.js';
import { dateIn, zoneOf } from './clock-events.js';
import type { CaseCommandOf } from './commands.js';
import type { CaseEvent } from './events.js';
import { authorityOffices, type CommandContext, evaluateCase, type PolicyContext, refuseAuthority } from './policies.js';
import { refuse } from './refuse.js';

/** An outcome may be recommended against what the rules derive, with reasons; not while facts that decide it are unknown. */
export function recommend(command: CaseCommandOf<'RecommendDetermination'>, context: PolicyContext): Acts {
  const { state, procedure } = context;
  const outcome = procedure.outcomes.find((o) => o.code === command.outcome);
  if (outcome === undefined) return noSuchOutcome(command.outcome, context);
  const forbidden = refuseOutcome(command.outcome, context);
  if (forbidden !== undefined) return forbidden;
  const evaluation = evaluateCase(state, procedure, context);
  const unknown = refuseWhileUnknown(outcome, evaluation, procedure);
  if (unknown !== undefined) return unknown;
  const [first] = authorityOffices(context);
  return [
    {
      type: 'DeterminationRecommended',
      data: {
        ...act(context),
        outcome: command.outcome,
        ...(evaluation.outcome === undefined ? {} : { derived: evaluation.outcome }),
        unknown: evaluation.decisive,
        reviewOffice: first?.office ?? state.office,
        personal: said(state, { reason: command.reason }),
      },
    },
  ];
}

/** The page of the case lists them all. */
const MOST_ASKED = 3;

/** Against what the rules derive one may decide, with reasons; not while facts that decide it are unknown. */
function refuseWhileUnknown(
  outcome: OutcomeDefinition,
  { outcome: derived, decisive }: Evaluation,
  procedure: Procedure,
): Rejection | undefined {
  if (derived !== undefined || outcome.restsOnUnknown === true) return undefined;
  const asked = decisive.slice(0, MOST_ASKED).map((fact) => nameOfFact(procedure, fact));
  const more = decisive.length - asked.length;
  return refuse(
    'decisive-facts-unknown',
    `Pertanyaan yang menentukan belum terjawab: ${asked.map(({ id }) => id).join(' ')}${more > 0 ? ` Dan ${more} lagi.` : ''} Catat temuan tentangnya dahulu.`,
    `Questions that decide the outcome are not answered: ${asked.map(({ en }) => en).join(' ')}${more > 0 ? ` And ${more} more.` : ''} Record findings on them first.`,
    ...outcome.basis,
  );
}

export function determine(
  command: CaseCommandOf<'ApproveDetermination'> | CaseCommandOf<'DetermineOtherwise'>,
  context: PolicyContext & { readonly linkId: Id },
): Acts {
  const { state, procedure, capacity } = context;
  if (state.progress.stage !== 'review')
    return refuse('wrong-stage', 'Perkara tidak sedang ditinjau.', 'The case is not under review.');
  const { recommendation } = state.progress;
  const authority = {
    office: recommendation.reviewOffice,
    ...(capacity.actingFor === undefined ? {} : { actingFor: capacity.actingFor }),
  };
  const common = {
    ...act(context),
    recommendedBy: recommendation.by,
    authority,
    personal: said(state, { reason: command.reason }),
  };
  if (command.type === 'ApproveDetermination')
    return [
      { type: 'DeterminationApproved', data: { ...common, outcome: recommendation.outcome } },
      ...opened(recommendation.outcome, context),
    ];
  const outcome = procedure.outcomes.find((o) => o.code === command.outcome);
  if (outcome === undefined) return noSuchOutcome(command.outcome, context);
  if (command.outcome === recommendation.outcome)
    return refuse(
      'same-outcome',
      'Hasil itu sama dengan rekomendasi. Setujui saja.',
      'That outcome is the recommended one. Approve it instead.',
    );
  const forbidden =
    refuseAuthority(context, command.outcome) ??
    refuseOutcome(command.outcome, context) ??
    refuseWhileUnknown(outcome, evaluateCase(state, procedure, context), procedure);
  if (forbidden !== undefined) return forbidden;
  return [
    { type: 'DeterminedOtherwise', data: { ...common, outcome: command.outcome, recommended: recommendation.outcome } },
    ...opened(command.outcome, context),
  ];
}

export function serve(command: CaseCommandOf<'ServeDetermination'>, context: PolicyContext): Acts {
  const { state, procedure, offices } = context;
  const { servedOn, method, proofSha256, note } = command;
  if (state.progress.stage !== 'determined') return refuse('wrong-stage', 'Belum ada penetapan.', 'There is no determination.');
  // What enforces is not served either while an indicator or a shield stands: the letter is the enforcement's first act.
  const blocked = enforces(procedure, state.progress.determination.outcome)
    ? refuseOutcome(state.progress.determination.outcome, context)
    : undefined;
  if (blocked !== undefined) return blocked;
  const determinedOn = dateIn(zoneOf(offices, state.office), state.progress.determination.at);
  if (parseDay(servedOn) < parseDay(determinedOn))
    return refuse(
      'served-before-determined',
      `Penyampaian tidak dapat mendahului penetapan (${dayText(determinedOn).id}).`,
      `Service cannot precede the determination (${dayText(determinedOn).en}).`,
    );
  const future = notInFuture(servedOn, context);
  if (future !== undefined) return future;
  const personal = note === undefined ? {} : { personal: said(state, { note }) };
  const proof = proofSha256 === undefined ? {} : { proofSha256 };
  return [
    { type: 'DeterminationServed', data: { ...act(context), servedOn, method, ...proof, ...personal } },
    ...(procedure.remedyWindow ? ([{ type: 'RemedyWindowOpened', data: { at: context.at } }] as const) : []),
  ];
}

/** An outcome that opens another case names it at once; the process manager then opens it. Determined again, it opens no second one. */
function opened(code: Code, context: PolicyContext & { readonly linkId: Id }): readonly CaseEvent[] {
  const { state, procedure, linkId } = context;
  const opens = procedure.outcomes.find((o) => o.code === code)?.opens;
  if (opens === undefined || state.links.some((link) => link.relation === 'opened' && link.procedure === opens)) return [];
  return [{ type: 'CaseLinked', data: { ...act(context), other: linkId, relation: 'opened', procedure: opens } }];
}

export function noSuchOutcome(code: Code, { procedure }: CommandContext): Rejection {
  const known = procedure.outcomes.map((o) => o.code).join(', ');
  return refuse(
    'no-such-outcome',
    `Prosedur ${procedure.code} tidak mengenal hasil ${code}. Pilih: ${known}.`,
    `Procedure ${procedure.code} knows no outcome ${code}. Choose: ${known}.`,
  );
}
