/** Every projection, in the order in which they are told of. A new read model is added here, and a migration makes its table. */
import { caseFactsProjection } from './case-facts.js';
import { caseFileProjection } from './case-file.js';
import { caseHistoryProjection } from './case-history.js';
import { caseLinkProjection } from './case-link.js';
import { clockBoardProjection } from './clock-board.js';
import { custodyProjection } from './custody.js';
import { glassProjection } from './glass.js';
import { heldActProjection } from './held-act.js';
import { notificationProjection } from './notification.js';
import { personMatchProjection, personProjection } from './person.js';
import type { Projection } from './projection.js';
import { referralProjection } from './referral.js';
import { worklistProjection } from './worklist.js';

export const projections: readonly Projection[] = [
  worklistProjection,
  clockBoardProjection,
  caseFileProjection,
  caseFactsProjection,
  caseHistoryProjection,
  caseLinkProjection,
  notificationProjection,
  glassProjection,
  heldActProjection,
  custodyProjection,
  personProjection,
  personMatchProjection,
  referralProjection,
];
