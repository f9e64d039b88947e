/**
 * Officers at work, in a process of their own: each opens a case, acts on it some times, opens the next. Whatever is not answered for
 * certain is sent again under the same Idempotency-Key until it is. What was answered goes into the ledger.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface LoadOrder {
  readonly port: number;
  readonly token: string;
  readonly connections: number;
  readonly ledgerFile: string;
}

/** What the parent is told as the work goes on, and at last. */
export interface LoadReport {
  readonly acknowledged: number;
  readonly refusals: readonly string[];
}

/** One line of the ledger. */
export interface Acknowledged {
  readonly key: string;
  readonly caseId: string;
  /** Whether the command opened the case. */
  readonly opened: boolean;
  /** Of its last event, as HTTP said. */
  readonly revision: number;
  /** How many it wrote, as HTTP said. */
  readonly events: number;
  readonly ambiguous: boolean;
  /** When the attempt that was answered was sent, in milliseconds. */
  readonly lastSentAt: number;
}

const ACTS_PER_CASE = 12;
const ANSWER_WITHIN_MS = 15_000;
/** The connection was refused: nothing was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT']);

const order: LoadOrder = JSON.parse(process.argv[2] ?? '');
const ledger: Acknowledged[] = [];
/** Answers that say no, though nobody else acts on these cases: each is a fault. */
const refusals: string[] = [];
let finishing = false;
process.on('message', () => {
  finishing = true;
});
process.on('disconnect', () => process.exit(1)); // the parent is gone

const reporting = setInterval(() => process.send?.(soFar()), 50);
await Promise.all(Array.from({ length: order.connections }, work));
clearInterval(reporting);
writeFileSync(order.ledgerFile, ledger.map((line) => `${JSON.stringify(line)}\n`).join(''));
process.send?.(soFar(), () => process.exit(0));

function soFar(): LoadReport {
  return { acknowledged: ledger.length, refusals };
}

async function work(): Promise<void> {
  while (!finishing) {
    const subject = { name: 'Maria', born: 'about 1974' };
    let at = await send('/cases', { procedure: 'PSK', office: 'KANIM-KPG', subject });
    for (let n = 0; at !== undefined && n < ACTS_PER_CASE && !finishing; n += 1) {
      const body =
        n % 3 === 0
          ? { evidence: 'birth-record', evidenceId: `birth-${n}`, title: 'Surat keterangan lahir' }
          : { subject: { ...subject, born: `about ${1960 + n}` } };
      at = await send(`/cases/${at.caseId}/${n % 3 === 0 ? 'receive-evidence' : 'amend-draft'}`, body, at.revision);
    }
  }
}

/** Sends until answered; undefined when the answer says no. */
async function send(path: string, body: object, revision?: number): Promise<Acknowledged | undefined> {
  const key = randomUUID();
  const headers = {
    authorization: `Bearer ${order.token}`,
    'content-type': 'application/json',
    'idempotency-key': key,
    ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
  };
  let ambiguous = false;
  for (;;) {
    const lastSentAt = Date.now();
    let status: number;
    let text: string;
    try {
      const answer = await fetch(`http://127.0.0.1:${order.port}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      status = answer.status;
      text = await answer.text();
    } catch (error) {
      if (!NEVER_SENT.has(codeOf(error))) ambiguous = true;
      await pause(20 + Math.random() * 60);
      continue;
    }
    if (status === 503) {
      ambiguous = true;
      await pause(20 + Math.random() * 60);
      continue;
    }
    if (status !== 200 && status !== 201) {
      refusals.push(`${path} ${status} ${text}${ambiguous ? ', on a retry' : ''}`);
      return undefined;
    }
    const said: { caseId: string; revision: number; events: string[] } = JSON.parse(text);
    const acknowledged = {
      key,
      caseId: said.caseId,
      opened: revision === undefined,
      revision: said.revision,
      events: said.events.length,
      ambiguous,
      lastSentAt,
    };
    ledger.push(acknowledged);
    return acknowledged;
  }
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof AggregateError) return codeOfCause(cause.errors[0]);
  return codeOfCause(cause);
}

function codeOfCause(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}
