/** Many cases to one officer: each by the ordinary command, at the revision that was on the screen, with what came of it case by case. */
import { Button, NativeSelect } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { type Accepted, answered, client, noteWrite, Refusal, useRefresh, useRegister, type WorkItem } from './api.js';
import { useSpeech } from './words.js';

interface Assigned {
  readonly item: WorkItem;
  /** Undefined: assigned. */
  readonly refused?: Error;
}

export function BulkAssign({
  items,
  done,
}: {
  /** The cases that are selected. */
  readonly items: readonly WorkItem[];
  /** The cases that were assigned are to be selected no longer. */
  readonly done: (assigned: readonly string[]) => void;
}) {
  const { t, say } = useSpeech();
  const { officials, officialName } = useRegister();
  const refresh = useRefresh();
  const [officer, setOfficer] = useState('');
  const [results, setResults] = useState<readonly Assigned[]>([]);
  const [busy, setBusy] = useState(false);
  const keys = useRef(new Map<string, string>());
  const select = useRef<HTMLSelectElement>(null);
  useEffect(() => select.current?.focus(), []);
  const offices = new Set(items.map(({ office }) => office));
  const officers = officials.filter(({ capacities }) =>
    capacities.some(({ role, office }) => role === 'case-officer' && offices.has(office)),
  );
  const assign = async (): Promise<void> => {
    setBusy(true);
    const told: Assigned[] = [];
    for (const item of items) {
      // The same key for the same case and officer: sent again after an answer was lost, it is assigned once.
      const what = `${item.caseId} ${officer}`;
      const key = keys.current.get(what) ?? crypto.randomUUID();
      keys.current.set(what, key);
      try {
        noteWrite(
          await answered<Accepted>(
            client.POST('/cases/{caseId}/assign-officer', {
              params: {
                path: { caseId: item.caseId },
                header: { 'If-Match': `"${item.revision}"`, 'Idempotency-Key': key },
              },
              body: { officer },
            }),
          ),
        );
        told.push({ item });
      } catch (error) {
        told.push({ item, refused: error instanceof Error ? error : new Error(String(error)) });
      }
      setResults([...told]);
    }
    setBusy(false);
    const assigned = told.filter(({ refused }) => refused === undefined).map(({ item }) => item.caseId);
    done(assigned);
    await Promise.all(assigned.map((caseId) => refresh(caseId)));
  };
  return (
    <section className="panel bulk no-print" aria-labelledby="bulk">
      <h2 id="bulk">{t('bulk.title', { n: items.length })}</h2>
      {items.length > 0 && (
        <div className="row">
          <NativeSelect
            ref={select}
            size="xs"
            aria-label={t('field.officer')}
            value={officer}
            onChange={({ currentTarget: { value } }) => setOfficer(value)}
            data={[{ value: '', label: t('field.choose') }, ...officers.map(({ id, name }) => ({ value: id, label: name }))]}
          />
          <Button size="xs" disabled={officer === ''} loading={busy} onClick={() => void assign()}>
            {t('bulk.assign', { n: items.length })}
          </Button>
        </div>
      )}
      <ul className="plain" role="status">
        {results.map(({ item, refused }) => (
          <li key={item.caseId}>
            <span className="reference">{item.reference}</span>{' '}
            {refused === undefined ? (
              t('bulk.assigned', { officer: officialName(officer) })
            ) : (
              <strong>
                {t('bulk.refused')}{' '}
                {refused instanceof Refusal && refused.status === 412
                  ? t('bulk.changed')
                  : refused instanceof Refusal && refused.problem.reason !== undefined
                    ? say(refused.problem.reason)
                    : refused instanceof Refusal
                      ? refused.message
                      : t('fault.unreachable')}
              </strong>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
