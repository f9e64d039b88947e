/**
 * What the console says in its own voice, in both languages: the words stand side by side in words/, here is how they are said. What the law and
 * the procedures say comes from the API and the domain.
 */
import i18next, { type i18n as I18n, type TFunction } from 'i18next';
import { createContext, createElement, type ReactNode, useContext, useMemo } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Citation, Text } from '#domain/event.js';
import { kabupatenNames, wordsOf } from '#domain/vocabulary.js';
import { auditWords } from './words/audit.js';
import { caseWords } from './words/case.js';
import { dataWords } from './words/data.js';
import { frameWords } from './words/frame.js';
import { intakeWords } from './words/intake.js';
import { officeWords } from './words/office.js';
import { workWords } from './words/work.js';

const words = {
  ...frameWords,
  ...workWords,
  ...caseWords,
  ...intakeWords,
  ...auditWords,
  ...officeWords,
  ...dataWords,
} as const;

export type WordKey = keyof typeof words;

const inLanguage = (language: Language) =>
  Object.fromEntries(Object.entries<Text>(words).map(([key, text]) => [key, text[language]]));

declare module 'i18next' {
  interface CustomTypeOptions {
    keySeparator: false;
    nsSeparator: false;
    resources: { translation: { readonly [K in WordKey]: string } };
  }
}

export type Language = keyof Text;
const STORED = 'tegas.language';

export function startLanguage(): void {
  const language: Language = localStorage.getItem(STORED) === 'en' ? 'en' : 'id';
  document.documentElement.lang = language;
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'id',
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    resources: { id: { translation: inLanguage('id') }, en: { translation: inLanguage('en') } },
  });
}

export function languageNow(): Language {
  return i18next.language === 'en' ? 'en' : 'id';
}

export interface Speech {
  readonly language: Language;
  /** The console's own words. */
  readonly t: (key: WordKey, values?: { readonly [name: string]: string | number }) => string;
  /** A text of the domain in the language of the reader. */
  readonly say: (text: Text) => string;
  /** `UU 12/2006 ps. 23(a)`, where a rule stands. */
  readonly cite: (basis: Citation) => string;
  /** What people call a code of the vocabulary; the code itself where it has no word. */
  readonly code: (code: string) => string;
  /** `Belu (53.04.12.2003)`, of an area’s code. */
  readonly areaName: (area: string) => string;
  /** `Timor-Leste`, of a country’s two letters. */
  readonly countryName: (country: string) => string;
  /** `Jum, 27 Nov 2026`, of a calendar date; short, without its year. */
  readonly day: (on: string, length?: 'short') => string;
  /** `27 Nov 2026 14.05 WITA`, of an instant in an office's zone; short, where the zone is plain from what stands around it. */
  readonly moment: (at: string, zone?: string, length?: 'short') => string;
  /** `14.02.10`: in the zone of an office, else of this device's clock. */
  readonly time: (at: number, zone?: string) => string;
  readonly choose: (language: Language) => void;
}

/** NTT's zone; a case says its own. */
export const HOME_ZONE = 'Asia/Makassar';

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** Each is made once: the making takes a hundred times as long as the saying of a date, and a timeline says hundreds. */
function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, options]);
  const made = dateFormats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  dateFormats.set(key, made);
  return made;
}

const SpeechContext = createContext<Speech | undefined>(undefined);

/** Whoever speaks on a page speaks by one and the same speech: a page of a case has hundreds of speakers. */
export function SpeechProvider({ children }: { readonly children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const language: Language = i18n.language === 'en' ? 'en' : 'id';
  const speech = useMemo(() => speechIn(language, t, i18n), [language, t, i18n]);
  return createElement(SpeechContext, { value: speech }, children);
}

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (speech === undefined) throw new Error('Something speaks outside of the SpeechProvider');
  return speech;
}

function speechIn(language: Language, t: TFunction, i18n: I18n): Speech {
  const locale = language === 'en' ? 'en-GB' : 'id-ID';
  return {
    language,
    t: (key, values) => String(t(key, { ...values })),
    say: (text) => text[language],
    cite: ({ act, article }) => `${act} ${/^\d/.test(article) ? t('cite.article') : ''}${article}`,
    code: (code) => wordsOf(code)[language],
    areaName: (area) => {
      const kabupaten = kabupatenNames[area.slice(0, 5)];
      return kabupaten === undefined ? area : `${kabupaten} (${area})`;
    },
    countryName: (country) =>
      /^[A-Z]{2}$/.test(country) ? (new Intl.DisplayNames(locale, { type: 'region' }).of(country) ?? country) : country,
    day: (on, length) =>
      dateFormat(locale, {
        weekday: 'short',
        day: 'numeric',
        month: 'short',
        ...(length === 'short' ? {} : { year: 'numeric' as const }),
        timeZone: 'UTC',
      }).format(new Date(`${on}T00:00:00Z`)),
    moment: (at, zone = HOME_ZONE, length) =>
      dateFormat(locale, {
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        timeZone: zone,
        ...(length === 'short' ? {} : { timeZoneName: 'short' as const }),
      }).format(new Date(at)),
    time: (at, timeZone) =>
      new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone }).format(new Date(at)),
    choose: (chosen) => {
      localStorage.setItem(STORED, chosen);
      document.documentElement.lang = chosen;
      void i18n.changeLanguage(chosen);
    },
  };
}
