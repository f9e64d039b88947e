/** Single-key shortcuts (WCAG 2.1.4: they can be switched off), and the help that lists them. */
import { Button, CloseButton, Kbd, Switch } from '@mantine/core';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { useSpeech, type WordKey } from './words.js';

const STORED = 'tegas.shortcuts';
const areOn = (): boolean => localStorage.getItem(STORED) !== 'off';

/** Runs `shortcuts[key]` on a key pressed outside of any field, without a modifier, unless shortcuts are switched off. */
export function useShortcuts(shortcuts: { readonly [key: string]: () => void }): void {
  const current = useRef(shortcuts);
  // Before the screen is shown: a key pressed at what is seen must not meet what was seen before.
  useLayoutEffect(() => {
    current.current = shortcuts;
  });
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !areOn()) return;
      const { target } = event;
      if (target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable], dialog') !== null) return;
      const run = current.current[event.key];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** `j` and `k` walk along the cases; `Enter` is the link's own. */
export function useRowKeys(more: { readonly [key: string]: () => void } = {}): void {
  const at = useRef<HTMLElement>(null);
  const move = (by: 1 | -1): void => {
    const links = [...document.querySelectorAll<HTMLElement>('.row-link')];
    const here = links.indexOf(document.activeElement instanceof HTMLElement ? document.activeElement : document.body);
    const from = here >= 0 ? here : at.current === null ? -1 : links.indexOf(at.current);
    const next = links[Math.min(links.length - 1, Math.max(0, from + by))];
    next?.focus();
    at.current = next ?? null;
  };
  useShortcuts({ ...more, j: () => move(1), k: () => move(-1) });
}

const KEYS: readonly (readonly [string, WordKey])[] = [
  ['j', 'keys.next'],
  ['k', 'keys.previous'],
  ['Enter', 'keys.open'],
  ['/', 'keys.search'],
  ['n', 'keys.act'],
  ['u', 'keys.list'],
  ['← →', 'keys.step'],
  ['x', 'keys.select'],
  ['a', 'keys.assign'],
  ['?', 'keys.help'],
];

export function KeyboardHelp({ button }: { readonly button: (open: () => void) => ReactNode }) {
  const { t } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  const [on, setOn] = useState(areOn);
  const open = (): void => dialog.current?.showModal();
  useShortcuts({ '?': open });
  return (
    <>
      {button(open)}
      <dialog ref={dialog} className="help" aria-labelledby="keys-title">
        <div className="page-title">
          <h2 id="keys-title">{t('keys.title')}</h2>
          <CloseButton aria-label={t('app.close')} onClick={() => dialog.current?.close()} />
        </div>
        <Switch
          checked={on}
          label={on ? t('keys.on') : t('keys.off')}
          onChange={({ currentTarget: { checked } }) => {
            localStorage.setItem(STORED, checked ? 'on' : 'off');
            setOn(checked);
          }}
        />
        <dl>
          {KEYS.map(([key, word]) => (
            <div key={key}>
              <dt>
                <Kbd>{key}</Kbd>
              </dt>
              <dd>{t(word)}</dd>
            </div>
          ))}
        </dl>
        <Button variant="default" size="xs" onClick={() => dialog.current?.close()}>
          {t('app.close')}
        </Button>
      </dialog>
    </>
  );
}
