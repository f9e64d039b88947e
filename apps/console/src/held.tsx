/** A determination or its service that was sent and has not taken effect: until when it can be recalled, said once and counted silently (ADR 32). */
import { Alert, Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { commandSentences } from '#domain/case/sentences.js';
import { type Accepted, answered, type CaseView, client, type HeldView, noteWrite, useRefresh } from './api.js';
import { useWho } from './frame.js';
import { useCaseNames } from './names.js';
import { SendFault, useSend } from './send.js';
import { useSpeech } from './words.js';

/** How much longer than its time the office may need until it has taken effect. */
const LOOK_AGAIN_MS = 1_000;

export function Held({ view }: { readonly view: CaseView }) {
  const { held } = view;
  if (held === undefined) return null;
  return held.status === 'dropped' ? <Dropped held={held} view={view} /> : <Holding key={held.heldId} held={held} view={view} />;
}

function Holding({ held, view }: { readonly held: HeldView; readonly view: CaseView }) {
  const { t, say } = useSpeech();
  const { official } = useWho();
  const { register } = useCaseNames(view);
  const refresh = useRefresh();
  const left = useSecondsLeft(held);
  const button = useRef<HTMLButtonElement>(null);
  const key = useRef(crypto.randomUUID());
  const own = held.by === official.id;
  // Who has just sent it is where they can take it back.
  useEffect(() => button.current?.focus(), []);
  const over = left === 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it refreshes the same case whenever it was made
  useEffect(() => {
    if (!over) return;
    const again = setInterval(() => void refresh(view.caseId), LOOK_AGAIN_MS);
    return () => clearInterval(again);
  }, [over, view.caseId]);
  const recall = useSend(async () => {
    const path = { caseId: view.caseId, heldId: held.heldId };
    const params = { path, header: { 'Idempotency-Key': key.current } };
    noteWrite(await answered<Accepted>(client.POST('/cases/{caseId}/held/{heldId}/recall', { params })));
    await refresh(view.caseId);
  });
  const act = say(commandSentences[held.act]);
  return (
    <Alert className="held" my="sm" title={t('held.title', { act })}>
      <p className="tight" role="status">
        {own ? t('held.own', { seconds: held.seconds }) : t('held.other', { official: register.officialName(held.by) })}
      </p>
      <p className="tight" aria-hidden="true">
        <strong className="countdown">{over ? t('held.now') : t('held.left', { n: left })}</strong>
      </p>
      {own && !over && (
        <Button ref={button} size="sm" variant="default" loading={recall.busy} onClick={() => void recall.run(undefined)}>
          {t('held.recall')}
        </Button>
      )}
      <SendFault fault={recall.fault} />
    </Alert>
  );
}

/** By this page's own clock from when it was told, so that a device whose clock is wrong counts right. */
function useSecondsLeft({ msLeft }: HeldView): number {
  const [end] = useState(() => performance.now() + msLeft);
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const ticking = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(ticking);
  }, []);
  return Math.max(0, Math.ceil((end - now) / 1000));
}

function Dropped({ held, view }: { readonly held: HeldView; readonly view: CaseView }) {
  const { t, say, moment } = useSpeech();
  const { register, zone } = useCaseNames(view);
  return (
    <Alert className="bad" my="sm" role="status" title={t('held.dropped', { act: say(commandSentences[held.act]) })}>
      {register.officialName(held.by)}, {moment(held.until, zone)}
      {held.why !== undefined && `: ${say(held.why)}`}
    </Alert>
  );
}
