/** What is done with a reason and little else, behind a line that says what it is: proposed, closed, reviewed. */
import { Button, Textarea } from '@mantine/core';
import { type ReactNode, useRef, useState } from 'react';
import { SendFault, useSend } from './send.js';
import { useSpeech } from './words.js';

interface ReasonFormProps {
  readonly summary: string;
  /** What the reason is called; a reason unless told. */
  readonly label?: string;
  readonly button: string;
  /** Throws Refusal or Unreachable; the key is the same however often it is sent. */
  readonly deliver: (reason: string, key: string) => Promise<void>;
  /** What is asked besides, above the reason. */
  readonly children?: ReactNode;
}

export function ReasonForm({ summary, label, button, deliver, children }: ReasonFormProps) {
  const { t } = useSpeech();
  const [reason, setReason] = useState('');
  const key = useRef(crypto.randomUUID());
  const send = useSend((said: string) => deliver(said, key.current));
  return (
    <details className="no-print">
      <summary>{summary}</summary>
      <form
        className="act-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send.run(reason);
        }}
      >
        {children}
        <Textarea
          size="xs"
          label={label ?? t('field.reason')}
          autosize
          minRows={2}
          value={reason}
          onChange={({ currentTarget: { value } }) => setReason(value)}
        />
        <SendFault fault={send.fault} />
        <Button type="submit" size="xs" variant="default" loading={send.busy} disabled={reason.trim() === ''}>
          {button}
        </Button>
      </form>
    </details>
  );
}
