/** Cases that belong together: each names the other, and neither loses its own view. */
import { type Acts, act, said } from './act.js';
import { linkedCaseId } from './blocks.js';
import type { CaseCommandOf } from './commands.js';
import type { PolicyContext } from './policies.js';
import { refuse } from './refuse.js';

/** Another case of the same person. The desk has read it: only a case that the actor may see is among `linked`. */
export function linkCase({ other, reason }: CaseCommandOf<'LinkCase'>, context: PolicyContext): Acts {
  const { state, linked } = context;
  if (other === state.caseId) return refuse('same-case', 'Itu perkara ini sendiri.', 'That is this case itself.');
  if (state.links.some((link) => link.other === other))
    return refuse('already-linked', 'Kedua perkara ini sudah dihubungkan.', 'These two cases are linked already.');
  const found = linked.find((one) => linkedCaseId(one) === other);
  if (found === undefined)
    return refuse(
      'no-such-case-to-link',
      'Perkara itu tidak ada, atau di luar wilayah kerja Anda.',
      'There is no such case, or it is outside your office’s scope.',
    );
  const procedure = found.state.procedure.code;
  return [
    {
      type: 'CaseLinked',
      data: { ...act(context), other, relation: 'same-person', procedure, personal: said(state, { reason }) },
    },
  ];
}
