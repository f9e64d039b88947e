/** What an auditor asks of a case: is its history what was written, was every act decided as the rules say, and something to take along. */
import { Button } from '@mantine/core';
import { IconDownload, IconGavel, IconShieldCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Citation, Text } from '#domain/event.js';
import { answered, type CaseView, client, type HistoryItem } from './api.js';
import { useCaseNames } from './names.js';
import { Trouble } from './trouble.js';
import { type CaseProof, type VerifiedCase, verifyCase } from './verify-case.js';
import { useSpeech } from './words.js';

interface About {
  readonly view: CaseView;
  /** Every event of the case, as the page shows them. */
  readonly items: readonly HistoryItem[];
}

export function CaseAudit({ view, items }: About) {
  const { t } = useSpeech();
  const [asked, setAsked] = useState<'verify' | 'again'>();
  return (
    <section className="panel case-audit" aria-labelledby="case-audit">
      <h2 id="case-audit">{t('audit.title')}</h2>
      <div className="row no-print">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconShieldCheck size={15} aria-hidden />}
          onClick={() => setAsked('verify')}
        >
          {t('audit.verify')}
        </Button>
        <Button size="xs" variant="default" leftSection={<IconGavel size={15} aria-hidden />} onClick={() => setAsked('again')}>
          {t('audit.again')}
        </Button>
        {(['bundle', 'ocel', 'xes'] as const).map((format) => (
          <Button
            key={format}
            component="a"
            href={`/audit/cases/${view.caseId}/${format}`}
            download
            size="xs"
            variant="subtle"
            leftSection={<IconDownload size={15} aria-hidden />}
          >
            {t(`audit.${format}`)}
          </Button>
        ))}
      </div>
      <p className="dim tight no-print">{t('audit.recorded')}</p>
      {asked === 'verify' && <Verification view={view} items={items} />}
      {asked === 'again' && <Findings view={view} items={items} />}
    </section>
  );
}

function Verification({ view, items }: About) {
  const { t, moment } = useSpeech();
  const { zone } = useCaseNames(view);
  const { data, error } = useQuery({
    queryKey: ['case', view.caseId, 'verified', items.length],
    queryFn: async (): Promise<VerifiedCase> => {
      const [proof, { keys }] = await Promise.all([
        answered<CaseProof>(client.GET('/audit/proof/cases/{caseId}', { params: { path: { caseId: view.caseId } } })),
        answered<{ readonly keys: readonly { readonly vkey: string }[] }>(client.GET('/audit/checkpoint')),
      ]);
      return verifyCase(
        proof,
        keys.map(({ vkey }) => vkey),
        items,
      );
    },
    staleTime: 0,
  });
  if (error !== null) return <Trouble error={error} />;
  if (data === undefined) return <p role="status">{t('app.loading')}</p>;
  const checks = ['chain', 'inclusion', 'signature', 'shown'] as const;
  const broken = checks.some((check) => data[check] === 'broken');
  return (
    <div role="status">
      <p className={broken ? 'outcome alert' : 'outcome'}>
        {broken ? t('verify.broken') : t('verify.holds', { n: data.events, size: data.size, at: moment(data.signedAt, zone) })}
      </p>
      <ul className="plain">
        {checks.map((check) => (
          <li key={check}>
            <strong>{t(`verify.${data[check]}.word`)}</strong> {t(`verify.${check}`)}
          </li>
        ))}
      </ul>
      {data.at.length > 0 && <p>{t('verify.at', { at: data.at.join('; ') })}</p>}
      {data.later > 0 && <p>{t('verify.later', { n: data.later })}</p>}
      <p className="dim">{t('verify.where')}</p>
      <p className="dim">{t('verify.not')}</p>
    </div>
  );
}

interface Readjudicated {
  readonly commands: number;
  readonly byLaw: number;
  readonly notDecidedAgain: { readonly [type: string]: number };
  readonly findings: readonly {
    readonly code: string;
    readonly eventId: string;
    readonly type: string;
    readonly at: string;
    readonly by: string;
    readonly reason: Text;
    readonly legalBasis: readonly Citation[];
  }[];
}

function Findings({ view, items }: About) {
  const { t, say, cite, moment } = useSpeech();
  const { zone, register, sentence } = useCaseNames(view);
  const { data, error } = useQuery({
    queryKey: ['case', view.caseId, 'findings'],
    queryFn: () =>
      answered<Readjudicated>(client.GET('/audit/cases/{caseId}/findings', { params: { path: { caseId: view.caseId } } })),
    staleTime: 0,
  });
  if (error !== null) return <Trouble error={error} />;
  if (data === undefined) return <p role="status">{t('app.loading')}</p>;
  const left = Object.values(data.notDecidedAgain).reduce((sum, count) => sum + count, 0);
  return (
    <div role="status">
      <p className="outcome">
        {t(data.findings.length === 0 ? 'again.none' : 'again.some', {
          n: data.findings.length,
          commands: data.commands,
          byLaw: data.byLaw,
        })}
      </p>
      <ul className="findings">
        {data.findings.map((finding) => {
          const event = items.find(({ eventId }) => eventId === finding.eventId);
          return (
            <li key={`${finding.eventId} ${finding.code}`}>
              <strong>{event === undefined ? finding.type : sentence(event)}</strong> {moment(finding.at, zone)} ·{' '}
              {register.officialName(finding.by)}
              <div>
                {say(finding.reason)} <span className="article">{finding.legalBasis.map(cite).join('; ')}</span>
              </div>
            </li>
          );
        })}
      </ul>
      {left > 0 && <p className="dim">{t('again.left', { n: left })}</p>}
      <p className="dim">{t('again.how')}</p>
    </div>
  );
}
