/** What stands around every page: who is signed in and as what, where they may go, language and appearance. What a role may not open is not there. */
import { ActionIcon, Alert, Button, Loader, Skeleton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import {
  IconBuilding,
  IconChartBar,
  IconEye,
  IconFilePlus,
  IconGavel,
  IconInbox,
  IconKeyboard,
  IconListDetails,
  IconLock,
  IconLockOpen,
  IconLogout,
  IconMoon,
  IconSearch,
  IconSend,
  IconSettings,
  IconSun,
  IconUserOff,
  IconUserShare,
  IconUsers,
} from '@tabler/icons-react';
import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Link, Navigate, NavLink, Outlet, useLocation, useNavigate } from 'react-router';
import { refuseRole } from '#domain/case/permit.js';
import type { Act } from '#domain/policy-table.js';
import { Refusal, signOut, useSession, type WhoAmI } from './api.js';
import { Bell } from './inbox-page.js';
import { KeyboardHelp, useShortcuts } from './keyboard.js';
import { useLive } from './live.js';
import { keepSending, useOutbox } from './outbox.js';
import { type Asking, SearchBox } from './search-box.js';
import { signInAddress } from './sign-in-page.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech } from './words.js';

/** Has this official a role that lets them do or see this, by the same table that the server asks? */
export function may({ official }: WhoAmI, act: Act): boolean {
  return refuseRole(act, official) === undefined;
}

/**
 * What one must be let do to be shown a page and all under it. Pages that are not here are everyone's: what they offer they ask for
 * themselves. Anyone may lend a role of their own.
 */
const PAGES: { readonly [page: string]: Act } = {
  cari: 'Search',
  putusan: 'ApproveDetermination',
  pelimpahan: 'FindReferrals',
  baru: 'OpenDraft',
  'kotak-keluar': 'OpenDraft',
  'dokumen-asli': 'FindCustody',
  kecocokan: 'MergePersons',
  kantor: 'ReadReports',
  laporan: 'ReadReports',
  'buka-darurat': 'FindGlass',
  'data-pribadi': 'FindDestructions',
  bacaan: 'ReadAudit',
  administrasi: 'WatchQueue',
};

function mayOpen(who: WhoAmI, path: string): boolean {
  const page = path.split('/')[1] ?? '';
  const act = Object.hasOwn(PAGES, page) ? PAGES[page] : undefined;
  return act === undefined || may(who, act);
}

/** Who is signed in, on pages inside the frame, which are shown to nobody else. */
export function useWho(): WhoAmI {
  const { data } = useSession();
  if (data === undefined) throw new Error('A page outside of the frame asks who is signed in');
  return data;
}

/** The first page: the worklist, or, of who reads no cases, what they are there for. */
export function Home({ worklist }: { readonly worklist: ReactNode }) {
  const who = useWho();
  if (may(who, 'FindCases')) return worklist;
  return <Navigate to={may(who, 'WatchQueue') ? '/administrasi' : '/pemberitahuan'} replace />;
}

export function Frame() {
  const { t, language } = useSpeech();
  const session = useSession();
  const { pathname, search } = useLocation();
  const ended = session.error instanceof Refusal && session.error.status === 401;
  // One who was signed in may have typed something: they are told, not sent away.
  const signedOut = ended && session.data === undefined;
  useEffect(() => {
    if (signedOut) location.replace(signInAddress(`/konsol${pathname === '/' ? '' : pathname}${search}`, language));
  }, [signedOut, pathname, search, language]);
  if (session.data === undefined)
    return (
      <main className="sign-in" aria-busy={session.error === null}>
        {session.error === null || signedOut ? (
          <Loader size="sm" aria-label={t('app.loading')} role="status" />
        ) : (
          <Trouble error={session.error} retry={() => void session.refetch()} />
        )}
      </main>
    );
  return <Signed who={session.data} ended={ended} />;
}

function Signed({ who, ended }: { readonly who: WhoAmI; readonly ended: boolean }) {
  const { t, language } = useSpeech();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  // Back to the list as it was filtered, not to another.
  const list = useRef('/');
  useEffect(() => {
    if (pathname === '/') list.current = `/${search}`;
  }, [pathname, search]);
  useShortcuts({ u: () => void navigate(list.current) });
  useLive(who);
  const intakes = may(who, 'OpenDraft');
  const [asked, ask] = useState('');
  // Anew when the session is: what waited for it goes on.
  // biome-ignore lint/correctness/useExhaustiveDependencies: who is asked for anew as often as the session is
  useEffect(() => (intakes ? keepSending() : undefined), [intakes, who]);
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {t('app.skip')}
      </a>
      <header className="rail">
        <div className="brand">
          <span aria-hidden="true" className="mark" />
          Tegas
        </div>
        <nav aria-label={t('app.menu')}>
          {may(who, 'FindCases') && (
            <Place to="/" icon={<IconListDetails size={18} aria-hidden />}>
              {t('nav.worklist')}
            </Place>
          )}
          <Place to="/cari" icon={<IconSearch size={18} aria-hidden />}>
            {t('nav.search')}
          </Place>
          <Place to="/putusan" icon={<IconGavel size={18} aria-hidden />}>
            {t('nav.decisions')}
          </Place>
          <Place to="/pelimpahan" icon={<IconInbox size={18} aria-hidden />}>
            {t('nav.referrals')}
          </Place>
          <Place to="/baru" icon={<IconFilePlus size={18} aria-hidden />}>
            {t('nav.intake')}
          </Place>
          {intakes && <OutboxPlace />}
          <Place to="/dokumen-asli" icon={<IconLock size={18} aria-hidden />}>
            {t('nav.custody')}
          </Place>
          <Place to="/kecocokan" icon={<IconUsers size={18} aria-hidden />}>
            {t('nav.matches')}
          </Place>
          {may(who, 'ReviewGlass') && (
            <Place to="/wewenang" icon={<IconUserShare size={18} aria-hidden />}>
              {t('nav.lend')}
            </Place>
          )}
          <Place to="/kantor" icon={<IconBuilding size={18} aria-hidden />}>
            {t('nav.dashboard')}
          </Place>
          <Place to="/laporan" icon={<IconChartBar size={18} aria-hidden />}>
            {t('nav.reports')}
          </Place>
          <Place to="/buka-darurat" icon={<IconLockOpen size={18} aria-hidden />}>
            {t('nav.glass')}
          </Place>
          <Place to="/data-pribadi" icon={<IconUserOff size={18} aria-hidden />}>
            {t('nav.data')}
          </Place>
          <Place to="/bacaan" icon={<IconEye size={18} aria-hidden />}>
            {t('nav.reads')}
          </Place>
          <Place to="/administrasi" icon={<IconSettings size={18} aria-hidden />}>
            {t('nav.admin')}
          </Place>
        </nav>
        {who.demo && <p className="demo-note">{t('app.demo')}</p>}
      </header>
      <div className="bar">
        <Person who={who} />
        {may(who, 'Search') && <SearchBox asked={asked} ask={ask} />}
        <Bell />
        <Appearance />
      </div>
      <main id="content" tabIndex={-1}>
        {who.offline && (
          <Alert role="status" mb="md" className="no-print">
            {t('app.offline')} <Link to="/baru">{t('nav.intake')}</Link> · <Link to="/kotak-keluar">{t('nav.outbox')}</Link>
          </Alert>
        )}
        {ended && (
          <Alert role="alert" mb="md">
            {t('fault.session')}{' '}
            <a href={signInAddress('/konsol', language)} target="_blank" rel="noopener">
              {t('fault.sessionLink')}
            </a>
          </Alert>
        )}
        {who.official.capacities.length === 0 ? (
          <Alert>{t('app.noRole')}</Alert>
        ) : (
          <Suspense fallback={<Skeleton height={400} aria-label={t('app.loading')} />}>
            {mayOpen(who, pathname) ? <Outlet context={{ asked, ask } satisfies Asking} /> : <NotForYou />}
          </Suspense>
        )}
      </main>
    </div>
  );
}

/** Where one may go from a page on which there is nothing. */
export function Onward() {
  const { t } = useSpeech();
  const who = useWho();
  return (
    <div className="row">
      <Button component={Link} to="/" size="xs">
        {t(may(who, 'FindCases') ? 'fault.toWorklist' : 'fault.toStart')}
      </Button>
      {may(who, 'Search') && (
        <Button component={Link} to="/cari" size="xs" variant="default">
          {t('nav.search')}
        </Button>
      )}
    </div>
  );
}

/** Of a page that the reader's roles do not open. */
function NotForYou() {
  const { t } = useSpeech();
  return (
    <>
      <PageTitle>{t('fault.notForYou')}</PageTitle>
      <p>{t('fault.notForYouDo')}</p>
      <Onward />
    </>
  );
}

function Place({ to, icon, children }: { readonly to: string; readonly icon: ReactNode; readonly children: string }) {
  if (!mayOpen(useWho(), to)) return null;
  return (
    <NavLink to={to} end className="place">
      {icon}
      {children}
    </NavLink>
  );
}

/** With how many records are on this device only. */
function OutboxPlace() {
  const { t } = useSpeech();
  const here = useOutbox().intakes.filter(({ state }) => state !== 'received').length;
  return (
    <Place to="/kotak-keluar" icon={<IconSend size={18} aria-hidden />}>
      {here === 0 ? t('nav.outbox') : t('nav.outboxWaiting', { n: here })}
    </Place>
  );
}

function Person({ who }: { readonly who: WhoAmI }) {
  const { t, say } = useSpeech();
  const { name, capacities } = who.official;
  const offices = [...new Set(capacities.map((capacity) => capacity.officeName))];
  const roles = capacities.map(
    ({ roleName, actingFor }) =>
      `${say(roleName)}${actingFor === undefined ? '' : ` (${t('app.actingFor', { holder: actingFor })})`}`,
  );
  return (
    <div className="person">
      <strong>{name}</strong>
      <span>
        {[...new Set(roles)].join(', ')} · {offices.join(', ')}
      </span>
    </div>
  );
}

function Appearance() {
  const { t, language, choose } = useSpeech();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  const look = dark ? t('app.light') : t('app.dark');
  return (
    <div className="row">
      <Button
        size="compact-xs"
        variant="default"
        lang={language === 'id' ? 'en' : 'id'}
        onClick={() => choose(language === 'id' ? 'en' : 'id')}
      >
        {language === 'id' ? 'English' : 'Bahasa Indonesia'}
      </Button>
      <ActionIcon variant="default" aria-label={look} title={look} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
        {dark ? <IconSun size={16} /> : <IconMoon size={16} />}
      </ActionIcon>
      <KeyboardHelp
        button={(open) => (
          <ActionIcon variant="default" aria-label={t('app.keys')} title={`${t('app.keys')} ( ? )`} onClick={open}>
            <IconKeyboard size={16} />
          </ActionIcon>
        )}
      />
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<IconLogout size={14} aria-hidden />}
        onClick={() => void signOut()}
      >
        {t('app.signOut')}
      </Button>
    </div>
  );
}
