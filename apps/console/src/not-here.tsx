/** Pages that say there is nothing here, and lead on. */
import { Refusal } from './api.js';
import { Onward } from './frame.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech } from './words.js';

export function NotHere() {
  const { t } = useSpeech();
  return (
    <>
      <PageTitle>{t('fault.page')}</PageTitle>
      <p>{t('fault.pageDo')}</p>
      <Onward />
    </>
  );
}

/** In place of a case that cannot be shown. That it is not there and that it is out of scope are told alike, as the server tells them. */
export function CaseTrouble({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const { t } = useSpeech();
  if (error instanceof Refusal && error.status === 404)
    return (
      <>
        <PageTitle>{t('fault.noCase')}</PageTitle>
        <p>
          {t('fault.notFound')} {t('fault.noCaseDo')}
        </p>
        <Onward />
      </>
    );
  return (
    <>
      <PageTitle>{t('fault.case')}</PageTitle>
      <Trouble error={error} {...(retry === undefined ? {} : { retry })} />
    </>
  );
}
