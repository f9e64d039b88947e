/** The console: providers, the frame, and its pages under `/konsol`. */
import '@mantine/core/styles.css';
import './console.css';
import { createTheme, MantineProvider, Skeleton } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter, matchPath, Navigate, Route, Routes } from 'react-router';
import { queryClient, startCase } from './api.js';
import { CasePage } from './case-page.js';
import { Frame, Home } from './frame.js';
import { InboxPage } from './inbox-page.js';
import { IntakePage } from './intake-page.js';
import { NotHere } from './not-here.js';
import { OutboxPage, ReceiptPage } from './outbox-page.js';
import { SignInPage } from './sign-in-page.js';
import { SpeechProvider, startLanguage } from './words.js';
import { WorklistPage } from './worklist-page.js';

// Pages that not everyone opens each day are loaded when they are opened.
const HistoryPage = lazy(async () => ({ default: (await import('./history-page.js')).HistoryPage }));
const ReadsPage = lazy(async () => ({ default: (await import('./reads-page.js')).ReadsPage }));
const SearchPage = lazy(async () => ({ default: (await import('./search-page.js')).SearchPage }));
const GlassPage = lazy(async () => ({ default: (await import('./glass-page.js')).GlassPage }));
const ReferralsPage = lazy(async () => ({ default: (await import('./referrals-page.js')).ReferralsPage }));
const CustodyPage = lazy(async () => ({ default: (await import('./custody-page.js')).CustodyPage }));
const MatchesPage = lazy(async () => ({ default: (await import('./matches-page.js')).MatchesPage }));
const DelegationsPage = lazy(async () => ({ default: (await import('./delegations-page.js')).DelegationsPage }));
const OfficePage = lazy(async () => ({ default: (await import('./office-page.js')).OfficePage }));
const DataPage = lazy(async () => ({ default: (await import('./data-page.js')).DataPage }));
const PersonDataPage = lazy(async () => ({ default: (await import('./data-page.js')).PersonDataPage }));
const ReportsPage = lazy(async () => ({ default: (await import('./reports-page.js')).ReportsPage }));
const AdminRegisterPage = lazy(async () => ({ default: (await import('./admin-register-page.js')).AdminRegisterPage }));
const AdminLawPage = lazy(async () => ({ default: (await import('./admin-law-page.js')).AdminLawPage }));
const AdminHealthPage = lazy(async () => ({ default: (await import('./admin-health-page.js')).AdminHealthPage }));

const theme = createTheme({
  // Who asked for no motion gets none.
  respectReducedMotion: true,
  primaryColor: 'laut',
  primaryShade: { light: 7, dark: 6 },
  colors: {
    // One accent, the colour of the Savu Sea; white on 7 and on 6 reads at 4.5:1 and more.
    laut: ['#e6f6f7', '#cfeaec', '#a1d5d9', '#6fbec5', '#54b6bf', '#2a969f', '#14808a', '#0b6670', '#07535c', '#033f46'],
    // Mantine's greys of the dark appearance, as cool as the rest of the page.
    dark: ['#e6e8eb', '#c9ced4', '#a4aeb9', '#8a95a1', '#465059', '#363e47', '#262c33', '#1d2227', '#15181c', '#0f1215'],
  },
  fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Consolas, monospace',
  defaultRadius: 'sm',
  fontSizes: { xs: '0.8125rem', sm: '0.875rem', md: '0.9375rem' },
  cursorType: 'pointer',
  // What stands where something is loading says so, and may: a box without a role has no name.
  components: { Skeleton: Skeleton.extend({ defaultProps: { role: 'progressbar' } }) },
});

/** The page carries a nonce for the styles Mantine sets at run time, so that the policy needs no `unsafe-inline`. */
const styleNonce = (): string => document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';

startLanguage();
// Before the page knows who looks: the API answers each request by its own look at the session.
const { caseId } = matchPath('/konsol/perkara/:caseId', location.pathname)?.params ?? {};
if (caseId !== undefined) startCase(caseId);
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
      <QueryClientProvider client={queryClient}>
        <SpeechProvider>
          <BrowserRouter basename="/konsol">
            <Routes>
              <Route path="masuk" element={<SignInPage />} />
              <Route element={<Frame />}>
                <Route index element={<Home worklist={<WorklistPage />} />} />
                <Route path="cari" element={<SearchPage />} />
                <Route path="putusan" element={<WorklistPage decisions />} />
                <Route path="pelimpahan" element={<ReferralsPage />} />
                <Route path="pemberitahuan" element={<InboxPage />} />
                <Route path="baru" element={<IntakePage />} />
                <Route path="kotak-keluar" element={<OutboxPage />} />
                <Route path="kotak-keluar/:key" element={<ReceiptPage />} />
                <Route path="perkara/:caseId" element={<CasePage />} />
                <Route path="perkara/:caseId/riwayat" element={<HistoryPage />} />
                <Route path="administrasi" element={<AdminRegisterPage />} />
                <Route path="administrasi/aturan" element={<AdminLawPage />} />
                <Route path="administrasi/keadaan" element={<AdminHealthPage />} />
                <Route path="laporan" element={<ReportsPage />} />
                <Route path="kantor" element={<OfficePage />} />
                <Route path="dokumen-asli" element={<CustodyPage />} />
                <Route path="kecocokan" element={<MatchesPage />} />
                <Route path="wewenang" element={<DelegationsPage />} />
                <Route path="data-pribadi" element={<DataPage />} />
                <Route path="data-pribadi/:personId" element={<PersonDataPage />} />
                <Route path="bacaan" element={<ReadsPage />} />
                <Route path="buka-darurat" element={<GlassPage />} />
                <Route path="perkara" element={<Navigate to="/" replace />} />
                <Route path="*" element={<NotHere />} />
              </Route>
            </Routes>
          </BrowserRouter>
        </SpeechProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
