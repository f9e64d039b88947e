/** The demo issuer's page: everyone in the register, one click each, no password. It says loudly that it is a demo. No script. */
import { createHash } from 'node:crypto';
import type { Text } from '#domain/event.js';

export interface DemoPerson {
  readonly login: string;
  readonly name: string;
  /** What they do and where, `petugas pemeriksa, petugas penerima · Kantor Imigrasi …`, one line an office. */
  readonly capacities: readonly Text[];
}

const STYLE = `
:root { color-scheme: light dark; --page: #f6f7f8; --card: #fff; --ink: #1c2127; --dim: #545d69; --line: #d9dde2; --accent: #0b6670; --warn: #7a4a00; --warn-page: #fff4dc }
@media (prefers-color-scheme: dark) { :root { --page: #16191d; --card: #1f2429; --ink: #e8eaed; --dim: #a5afba; --line: #3a424b; --accent: #5cc4cf; --warn: #ffd58a; --warn-page: #3a2c10 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1rem 3rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem }
.lead { color: var(--dim); margin: 0 0 1.25rem }
.demo { background: var(--warn-page); color: var(--warn); border-left: 4px solid currentColor; border-radius: 4px; padding: .6rem .9rem; margin: 0 0 1.5rem }
form { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); gap: .6rem }
button { font: inherit; color: inherit; text-align: left; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; cursor: pointer; display: flex; flex-direction: column; gap: .1rem; width: 100% }
button:hover { border-color: var(--accent) }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
button b { font-weight: 600 }
button span { color: var(--dim); font-size: .875rem }
button code { margin-top: auto; color: var(--accent); font: .8125rem ui-monospace, "Cascadia Mono", Consolas, monospace }`;

/** Nothing but this page's own style and its own form. */
export const DEMO_PAGE_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;

export function demoSignInPage(people: readonly DemoPerson[], language: 'id' | 'en'): string {
  const say = (text: Text): string => escaped(text[language]);
  const cards = people.map(
    ({ login, name, capacities }) =>
      `<button name="login" value="${escaped(login)}"><b>${escaped(name)}</b>${capacities
        .map((capacity) => `<span>${say(capacity)}</span>`)
        .join('')}<code>${escaped(login)}</code></button>`,
  );
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${say(TITLE)} · Tegas</title><style>${STYLE}</style></head>
<body><main><h1>${say(TITLE)}</h1><p class="lead">${say(LEAD)}</p>
<p class="demo" role="note"><strong>DEMO.</strong> ${say(WARNING)}</p>
<form method="post">${cards.join('\n')}</form></main></body></html>`;
}

const TITLE: Text = { id: 'Masuk sebagai siapa?', en: 'Sign in as whom?' };
const LEAD: Text = {
  id: 'Satu klik. Setiap peran melihat dan boleh melakukan hal yang berbeda; cobalah petugas, lalu supervisor, lalu auditor.',
  en: 'One click. Each role sees and may do different things; try an officer, then a supervisor, then an auditor.',
};
const WARNING: Text = {
  id: 'Semua orang di sini rekaan dan masuk tanpa kata sandi. Jangan masukkan data orang sungguhan.',
  en: 'Everyone here is made up and signs in without a password. Enter no real person’s data.',
};

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
