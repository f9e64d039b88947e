/** The pages of an administrator, beside one another. */
import { NavLink } from 'react-router';
import { useSpeech } from './words.js';

export function AdminPlaces() {
  const { t } = useSpeech();
  return (
    <nav className="row places no-print" aria-label={t('nav.admin')}>
      {(
        [
          ['/administrasi', 'admin.register'],
          ['/administrasi/aturan', 'admin.law'],
          ['/administrasi/keadaan', 'admin.health'],
        ] as const
      ).map(([to, word]) => (
        <NavLink key={to} to={to} end className="place">
          {t(word)}
        </NavLink>
      ))}
      <a className="place" href="/jobs">
        {t('nav.jobs')}
      </a>
    </nav>
  );
}
