/** Where one lands after signing out, when a session has ended, or when signing in went wrong. Otherwise the console goes to the issuer by itself. */
import { Alert, Button } from '@mantine/core';
import { useSearchParams } from 'react-router';
import { PageTitle } from './trouble.js';
import { useSpeech, type WordKey } from './words.js';

const REASONS: { readonly [reason: string]: WordKey } = {
  keluar: 'signIn.out',
  habis: 'signIn.expired',
  ditolak: 'signIn.refused',
  ulang: 'signIn.again',
  penerbit: 'signIn.away',
};

export function signInAddress(returnTo: string, language: string): string {
  return `/session/sign-in?${new URLSearchParams({ returnTo, lang: language })}`;
}

export function SignInPage() {
  const { t, language, choose } = useSpeech();
  const [query] = useSearchParams();
  const reason = REASONS[query.get('sebab') ?? ''];
  return (
    <main className="sign-in">
      <PageTitle>{t('signIn.title')}</PageTitle>
      <p>{t('signIn.lead')}</p>
      {reason !== undefined && (
        <Alert {...(reason === 'signIn.out' ? { className: 'calm' } : {})} role="status" mb="md">
          {t(reason)}
        </Alert>
      )}
      <div className="row">
        <Button component="a" href={signInAddress('/konsol', language)}>
          {t('signIn.go')}
        </Button>
        <Button variant="subtle" lang={language === 'id' ? 'en' : 'id'} onClick={() => choose(language === 'id' ? 'en' : 'id')}>
          {language === 'id' ? 'English' : 'Bahasa Indonesia'}
        </Button>
      </div>
    </main>
  );
}
