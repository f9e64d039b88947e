/** Forms in progress: what was typed is kept on this device while it is typed, and there again after the tab was killed. */
import { Button } from '@mantine/core';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import type { FieldValues, UseFormReturn } from 'react-hook-form';
import { type Draft, discardDraft, findDraft, type KeptDraft, keepDraft } from './device.js';
import { useSpeech } from './words.js';

/** From the first key to the write; well below the two seconds that may be lost. */
const SOON_MS = 400;

/** Shows a form once it is known what of it was kept. */
export function WithDraft({
  form,
  children,
}: {
  readonly form: string;
  readonly children: (kept: KeptDraft | undefined) => ReactNode;
}) {
  const [found, setFound] = useState<{ readonly kept: KeptDraft | undefined }>();
  useEffect(() => {
    let here = true;
    void findDraft(form)
      // Where the device keeps nothing, a form is simply empty.
      .catch(() => undefined)
      .then((kept) => {
        if (here) setFound({ kept });
      });
    return () => {
      here = false;
    };
  }, [form]);
  return found === undefined ? null : children(found.kept);
}

interface Keeping {
  /** When it was kept last; undefined while nothing was. */
  readonly savedAt: number | undefined;
  /** Nothing can be kept here. */
  readonly failed: boolean;
  /** The form was sent, or is to be empty: nothing of it stays. */
  readonly discard: () => Promise<void>;
}

/** Keeps what stands in `inputs`; `sending`: under which key, and against what, it would be sent. */
export function useKeeping<V extends FieldValues>(
  form: string,
  inputs: UseFormReturn<V>,
  kept: KeptDraft | undefined,
  sending: () => Omit<Draft, 'values'>,
): Keeping {
  const [savedAt, setSavedAt] = useState(kept?.savedAt);
  const [failed, setFailed] = useState(false);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** One write after the other, so that none comes after the end. */
  const writes = useRef<Promise<void>>(Promise.resolve());
  const current = useRef(sending);
  /** What stood in the form at first: a form in which nothing was typed is not kept. */
  const untouched = useRef(kept === undefined ? JSON.stringify(inputs.getValues()) : undefined);
  current.current = sending;
  const { getValues, subscribe } = inputs;

  const write = useCallback(() => {
    if (waiting.current === undefined) return;
    clearTimeout(waiting.current);
    waiting.current = undefined;
    const draft = { ...current.current(), values: getValues() };
    writes.current = writes.current
      .then(async () => {
        setSavedAt(await keepDraft(form, draft));
        setFailed(false);
      })
      .catch(() => setFailed(true));
  }, [form, getValues]);

  useEffect(() => {
    const stop = subscribe({
      formState: { values: true },
      callback: ({ values }) => {
        if (JSON.stringify(values) === untouched.current) return;
        untouched.current = undefined;
        waiting.current ??= setTimeout(write, SOON_MS);
      },
    });
    const onHide = (): void => {
      if (document.visibilityState === 'hidden') write();
    };
    document.addEventListener('visibilitychange', onHide);
    return () => {
      stop();
      document.removeEventListener('visibilitychange', onHide);
      write();
    };
  }, [subscribe, write]);

  const discard = useCallback(async () => {
    clearTimeout(waiting.current);
    waiting.current = undefined;
    writes.current = writes.current.then(() => discardDraft(form)).catch(() => undefined);
    await writes.current;
    setSavedAt(undefined);
  }, [form]);

  return { savedAt, failed, discard };
}

/** Where what was typed is, in plain words, and how to be rid of it. */
export function DraftState({ keeping, discarded }: { readonly keeping: Keeping; readonly discarded: () => void }) {
  const { t, time } = useSpeech();
  if (keeping.failed) return <p className="dim tight">{t('draft.failed')}</p>;
  if (keeping.savedAt === undefined) return null;
  return (
    <p className="dim tight draft-state">
      {t('draft.saved', { time: time(keeping.savedAt) })}{' '}
      <Button size="compact-xs" variant="subtle" onClick={() => void keeping.discard().then(discarded)}>
        {t('draft.discard')}
      </Button>
    </p>
  );
}
