/**
 * Cases that belong together: whatever the links say that only one case knows of, the other is told, and opened where an outcome or a
 * remedy calls for it. Prompt when the read model is written, certain by the sweep; both only ask the desk, which decides from the streams.
 */
import type { Id, InstantAt } from '#domain/event.js';
import type { CaseDesk } from '#event-store/case-desk.js';
import { findOneSidedLinks, findUnfollowedMerges, findUntoldDecisions } from '#read-models/case-link.js';
import type { ReadModels } from '#read-models/data-source.js';

const LINKS_AT_ONCE = 200;

export class LinkProcessManager {
  /** Links that could not be answered and were told of, so that each is told of once. */
  private readonly told = new Set<string>();

  constructor(
    private readonly desk: CaseDesk,
    private readonly readModels: ReadModels,
    private readonly now: () => InstantAt,
  ) {}

  /** Answers every one-sided link; with `caseIds`, only theirs. Says how many were answered. */
  async answerLinks(caseIds?: readonly Id[]): Promise<number> {
    if (caseIds?.length === 0) return 0;
    let answered = 0;
    const links = await findOneSidedLinks(this.readModels, {
      limit: LINKS_AT_ONCE,
      ...(caseIds === undefined ? {} : { caseIds }),
    });
    // One that cannot be read does not keep the others back.
    for (const { caseId, other, relation } of links)
      try {
        const outcome = await this.desk.answerLink(caseId, other, this.now());
        if (outcome.kind === 'accepted') answered += 1;
        else if (outcome.kind === 'rejected' && outcome.rejection.code !== 'already-linked')
          this.tellOnce(caseId, other, relation, outcome.rejection.reason.en);
      } catch (error) {
        this.tellOnce(caseId, other, relation, error instanceof Error ? error.message : String(error));
      }
    return answered;
  }

  /** Tells every case how one that it names was decided; with `caseIds`, only where one of the two is among them. Says how many were told. */
  async tellDecisions(caseIds?: readonly Id[]): Promise<number> {
    if (caseIds?.length === 0) return 0;
    let told = 0;
    const options = { limit: LINKS_AT_ONCE, ...(caseIds === undefined ? {} : { caseIds }) };
    for (const { caseId, other } of await findUntoldDecisions(this.readModels, options))
      try {
        if ((await this.desk.tellDecision(caseId, other, this.now())).kind === 'accepted') told += 1;
      } catch (error) {
        this.tellOnce(caseId, other, 'decided', error instanceof Error ? error.message : String(error));
      }
    return told;
  }

  /** Links the cases of person records that were merged, and ends the links of merges that were undone. Says how many were told. */
  async followMerges(): Promise<number> {
    let told = 0;
    for (const { caseId, other, matchId } of await findUnfollowedMerges(this.readModels, LINKS_AT_ONCE))
      try {
        const outcome = await this.desk.followMerge(caseId, other, matchId ?? undefined, this.now());
        if (outcome.kind === 'accepted') told += 1;
      } catch (error) {
        this.tellOnce(caseId, other, 'same-person', error instanceof Error ? error.message : String(error));
      }
    return told;
  }

  private tellOnce(caseId: Id, other: Id, relation: string, why: string): void {
    const key = `${caseId}/${other}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    console.error(`worker: the ${relation} case ${other} of case ${caseId} cannot be linked: ${why}`);
  }
}
