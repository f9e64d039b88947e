/** Opening a case that is not one's own work: for a reason, for a time; its supervisor is told at once. */
import { Button, NativeSelect, Textarea } from '@mantine/core';
import { IconLockOpen } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { LONGEST_HOURS, USUAL_HOURS } from '#domain/case/break-glass.js';
import { type Accepted, answered, client, noteWrite, useRefresh } from './api.js';
import { may, useWho } from './frame.js';
import { SendFault, useSend } from './send.js';
import { useSpeech } from './words.js';

const HOURS = [1, 2, 4, USUAL_HOURS, LONGEST_HOURS];

/** Shown where a case is shown without personal data. */
export function BreakGlass({ caseId }: { readonly caseId: string }) {
  const { t } = useSpeech();
  const who = useWho();
  const refresh = useRefresh();
  const [reason, setReason] = useState('');
  const [lacking, setLacking] = useState(false);
  const [hours, setHours] = useState(String(USUAL_HOURS));
  const key = useRef(crypto.randomUUID());
  const send = useSend(async (said: string) => {
    noteWrite(
      await answered<Accepted>(
        client.POST('/cases/{caseId}/break-glass', {
          params: { path: { caseId }, header: { 'Idempotency-Key': key.current } },
          body: { reason: said, hours: Number(hours) },
        }),
      ),
    );
    key.current = crypto.randomUUID();
    await refresh(caseId);
  });
  return (
    <section className="panel no-print" aria-labelledby="break-glass">
      <h2 id="break-glass">{t('glass.withheld')}</h2>
      <p className="tight">{t('glass.lead')}</p>
      {may(who, 'BreakGlass') && (
        <form
          className="act-form"
          onSubmit={(event) => {
            event.preventDefault();
            setLacking(reason.trim() === '');
            if (reason.trim() !== '') void send.run(reason);
          }}
        >
          <Textarea
            label={t('field.reason')}
            required
            autosize
            minRows={2}
            error={lacking && t('field.required')}
            value={reason}
            onChange={({ currentTarget: { value } }) => setReason(value)}
          />
          <NativeSelect
            label={t('glass.hours')}
            value={hours}
            onChange={({ currentTarget: { value } }) => setHours(value)}
            data={HOURS.map((n) => ({ value: String(n), label: t('glass.forHours', { n }) }))}
          />
          <SendFault fault={send.fault} />
          <Button type="submit" loading={send.busy} leftSection={<IconLockOpen size={15} aria-hidden />}>
            {t('glass.open')}
          </Button>
        </form>
      )}
    </section>
  );
}
