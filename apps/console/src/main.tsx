/** The console: providers, the frame, and its pages under `/konsol`. */
import '@mantine/core/styles.css';
import './console.css';
import { createTheme, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter, Navigate, Route, Routes } from 'react-router';
import { queryClient } from './api.js';
import { CasePage } from './case-page.js';
import { Frame } from './frame.js';
import { HistoryPage } from './history-page.js';
import { InboxPage } from './inbox-page.js';
import { IntakePage } from './intake-page.js';
import { OutboxPage, ReceiptPage } from './outbox-page.js';
import { ReferralsPage } from './referrals-page.js';
import { SignInPage } from './sign-in-page.js';
import { NotHere } from './trouble.js';
import { startLanguage } from './words.js';
import { WorklistPage } from './worklist-page.js';

const theme = createTheme({
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
});

/** The page carries a nonce for the styles Mantine sets at run time, so that the policy needs no `unsafe-inline`. */
const styleNonce = (): string => document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';

startLanguage();
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
      <QueryClientProvider client={queryClient}>
        <BrowserRouter basename="/konsol">
          <Routes>
            <Route path="masuk" element={<SignInPage />} />
            <Route element={<Frame />}>
              <Route index element={<WorklistPage />} />
              <Route path="putusan" element={<WorklistPage decisions />} />
              <Route path="pelimpahan" element={<ReferralsPage />} />
              <Route path="pemberitahuan" element={<InboxPage />} />
              <Route path="baru" element={<IntakePage />} />
              <Route path="kotak-keluar" element={<OutboxPage />} />
              <Route path="kotak-keluar/:key" element={<ReceiptPage />} />
              <Route path="perkara/:caseId" element={<CasePage />} />
              <Route path="perkara/:caseId/riwayat" element={<HistoryPage />} />
              <Route path="perkara" element={<Navigate to="/" replace />} />
              <Route path="*" element={<NotHere />} />
            </Route>
          </Routes>
        </BrowserRouter>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
