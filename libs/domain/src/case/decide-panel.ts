/** Several agencies examine together: a panel is convened, each member records a finding of their own, and a quorum concludes it. */
import type { Code } from '../event.js';
import type { PanelDefinition } from '../procedure/procedure.js';
import { wordsOf } from '../vocabulary.js';
import { type Acts, act, said } from './act.js';
import type { CaseCommandOf } from './commands.js';
import { noSuchOutcome } from './decide-determination.js';
import { type PolicyContext, performerOf } from './policies.js';
import { refuse } from './refuse.js';
import type { CaseFile } from './state.js';

export function convenePanel({ members }: CaseCommandOf<'ConvenePanel'>, context: PolicyContext): Acts {
  const { state, procedure } = context;
  const { panel } = procedure;
  if (panel === undefined)
    return refuse('no-panel', `Prosedur ${procedure.code} tidak mengenal tim.`, `Procedure ${procedure.code} has no panel.`);
  if (state.panel !== undefined && (state.panel.findings.length > 0 || state.panel.concluded !== undefined))
    return refuse(
      'panel-at-work',
      'Tim perkara ini sudah mencatat pendapat; susunannya tidak diubah lagi.',
      'The panel of this case has recorded findings; its members are not changed any more.',
    );
  const stranger = members.find(({ agency }) => !panel.agencies.includes(agency));
  if (stranger !== undefined)
    return refuse(
      'not-of-the-panel',
      `${wordsOf(stranger.agency).id} tidak duduk dalam tim. Pilih: ${panel.agencies.map((one) => wordsOf(one).id).join(', ')}.`,
      `${wordsOf(stranger.agency).en} does not sit on the panel. Choose: ${panel.agencies.map((one) => wordsOf(one).en).join(', ')}.`,
      ...panel.legalBasis,
    );
  if (new Set(members.map(({ official }) => official)).size < members.length)
    return refuse('member-twice', 'Seorang anggota hanya dapat disebut sekali.', 'A member may be named once only.');
  const agencies = new Set(members.map(({ agency }) => agency)).size;
  if (agencies < panel.quorum) return belowQuorum(panel, agencies);
  return [{ type: 'PanelConvened', data: { ...act(context), members } }];
}

/** That the one who records it sits on the panel, the policies have seen to. */
export function recordPanelFinding(command: CaseCommandOf<'RecordPanelFinding'>, context: PolicyContext): Acts {
  const { state, procedure } = context;
  const { position, outcome, reason } = command;
  const member = state.panel?.members.find(({ official }) => official === performerOf(context));
  if (member === undefined)
    return refuse('not-on-panel', 'Anda tidak duduk dalam tim perkara ini.', 'You do not sit on the panel of this case.');
  if (!procedure.outcomes.some((o) => o.code === outcome)) return noSuchOutcome(outcome, context);
  const { agency } = member;
  return [
    { type: 'PanelFindingRecorded', data: { ...act(context), agency, position, outcome, personal: said(state, { reason }) } },
  ];
}

export function concludePanel({ outcome }: CaseCommandOf<'ConcludePanel'>, context: PolicyContext): Acts {
  const { state, procedure } = context;
  const { panel } = procedure;
  if (panel === undefined || state.panel === undefined)
    return refuse('no-panel', 'Tidak ada tim dalam perkara ini.', 'This case has no panel.');
  if (!procedure.outcomes.some((o) => o.code === outcome)) return noSuchOutcome(outcome, context);
  const heard = agenciesHeard(state);
  if (heard.length < panel.quorum) return belowQuorum(panel, heard.length);
  const agreeing = state.panel.findings.filter((one) => one.position === 'agrees' && one.outcome === outcome).length;
  if (agreeing === 0)
    return refuse(
      'panel-agrees-otherwise',
      'Tidak ada anggota yang sependapat dengan hasil ini. Tutup dengan hasil yang didukung anggota.',
      'No member agrees with this outcome. Conclude with an outcome that members support.',
      ...panel.legalBasis,
    );
  const dissenting = state.panel.findings.length - agreeing;
  return [{ type: 'PanelConcluded', data: { ...act(context), outcome, agreeing, dissenting } }];
}

/** The agencies of which a member has recorded a finding: at most one an agency counts towards the quorum. */
function agenciesHeard(state: CaseFile): readonly Code[] {
  return [...new Set(state.panel?.findings.map((finding) => finding.agency))];
}

function belowQuorum(panel: PanelDefinition, agencies: number): Acts {
  return refuse(
    'below-quorum',
    `Tim memerlukan sekurang-kurangnya ${panel.quorum} instansi; baru ${agencies}.`,
    `The panel needs at least ${panel.quorum} agencies; there are ${agencies}.`,
    ...panel.legalBasis,
  );
}
