/** What a page says when it cannot show what was asked for, and its title. */
import { Alert, Button, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import { Refusal, Unreachable } from './api.js';
import { useSpeech } from './words.js';

/** The page's one heading: the document's title, and where the focus goes after a change of page. */
export function PageTitle({ children, aside }: { readonly children: string; readonly aside?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  useDocumentTitle(`${children} · Tegas`);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus follows the page, not its heading's text
  useEffect(() => {
    // Not when the console opens: a reader begins at the top, with the link that skips to the content.
    if (document.activeElement !== document.body) heading.current?.focus({ preventScroll: false });
  }, [pathname]);
  return (
    <div className="page-title">
      <Title order={1} size="h3" ref={heading} tabIndex={-1}>
        {children}
      </Title>
      {aside}
    </div>
  );
}

/** Asked again it would be answered the same: it is not there, or not for them. */
function isFinal(error: Error): boolean {
  return error instanceof Refusal && (error.status === 403 || error.status === 404);
}

export function Trouble({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const { t, say } = useSpeech();
  const said =
    error instanceof Unreachable
      ? t('fault.unreachable')
      : error instanceof Refusal && error.problem.reason !== undefined
        ? say(error.problem.reason)
        : error.message;
  return (
    <Alert className="bad" title={t('fault.load')} role="alert">
      <p className="tight">{said}</p>
      {retry !== undefined && !isFinal(error) && (
        <Button size="xs" variant="default" onClick={retry}>
          {t('app.retry')}
        </Button>
      )}
    </Alert>
  );
}
