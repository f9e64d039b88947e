/** Sending an act: what was typed stays, whatever comes back, and the same thing may be sent again under the same key. */
import { Alert } from '@mantine/core';
import { useState } from 'react';
import { loadSession, Refusal, Unreachable } from './api.js';
import { useSpeech } from './words.js';

export interface Send<T> {
  readonly run: (what: T) => Promise<void>;
  readonly busy: boolean;
  /** Of the last try; undefined after one that succeeded. */
  readonly fault: Refusal | Unreachable | undefined;
}

/** `deliver` throws Refusal or Unreachable; anything else is a fault of ours and goes on up. */
export function useSend<T>(deliver: (what: T) => Promise<void>): Send<T> {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Send<T>['fault']>();
  const run = async (what: T): Promise<void> => {
    setBusy(true);
    try {
      // Signed in anew in another tab: this page's token is the old session's.
      if (fault !== undefined && isAboutSession(fault)) await loadSession();
      await deliver(what);
      setFault(undefined);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Unreachable)) throw error;
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  return { run, busy, fault };
}

function isAboutSession(fault: Refusal | Unreachable): boolean {
  return fault instanceof Refusal && (fault.status === 401 || fault.problem.code === 'cross-site');
}

interface SendFaultProps {
  readonly fault: Refusal | Unreachable | undefined;
  /** What the form calls that part of the request. */
  readonly labelOf?: (path: string) => string | undefined;
}

/** Why the last try failed and what to do. A changed case (412) is told elsewhere, with what happened. */
export function SendFault({ fault, labelOf }: SendFaultProps) {
  const { t, say, cite, language } = useSpeech();
  if (fault === undefined || (fault instanceof Refusal && fault.status === 412)) return null;
  if (fault instanceof Unreachable) return <Alert role="alert">{t('fault.unreachable')}</Alert>;
  if (isAboutSession(fault))
    return (
      <Alert role="alert">
        {fault instanceof Refusal && fault.problem.code === 'sign-in-again' && fault.problem.reason !== undefined
          ? say(fault.problem.reason)
          : t('fault.session')}{' '}
        <a href={`/session/sign-in?lang=${language}`} target="_blank" rel="noopener">
          {t('fault.sessionLink')}
        </a>
      </Alert>
    );
  const { reason, legalBasis, code, faults = [] } = fault.problem;
  // Of a field the first thing that is wrong with it; an empty one fails every check there is.
  const firsts = faults.filter(({ path }, at) => faults.findIndex((one) => one.path === path) === at);
  const told = firsts.map(({ path, text }) => `${labelOf?.(path) ?? path}: ${say(text)}`);
  return (
    <Alert className="bad" title={t('fault.refused')} role="alert">
      {told.length > 0
        ? `${told.join('; ')}.`
        : fault.status === 409
          ? t('fault.reused')
          : reason === undefined
            ? (code ?? fault.message)
            : say(reason)}
      {legalBasis !== undefined && <p className="dim tight">{t('acts.basis', { basis: legalBasis.map(cite).join('; ') })}</p>}
    </Alert>
  );
}
