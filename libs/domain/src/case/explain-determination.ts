/**
 * A determination that explains itself, for a lawyer: the outcome and who made it, the articles and the evidence that carry it, what is
 * unknown and what would still change it, the panel, and what stands in the way. Derived from the case and its pinned procedure, each time.
 */
import type { Citation, Code, DateOn, Id, InstantAt, Text } from '../event.js';
import { compareBirths, parseBorn } from '../person/born.js';
import type { Procedure } from '../procedure/procedure.js';
import type { Evaluation, FactValue, Proof, Truth } from '../procedure/rules.js';
import { wordsOf } from '../vocabulary.js';
import { type Block, blocksTold, type LinkedCase, refuseOutcome, shieldAt, unlessUnreadable } from './blocks.js';
import type { AskedOn } from './case-facts.js';
import { evaluateCase } from './policies.js';
import { referenceOf } from './reference.js';
import { type CaseFile, determinationOf, establishedFacts, lapseOf, type PanelFinding, type Stage, stageNames } from './state.js';

/** One step of the proof, the outermost first. */
export interface Ground {
  readonly depth: number;
  readonly truth: Truth;
  readonly text: Text;
  readonly basis?: Citation;
  readonly evidence: readonly Id[];
}

export interface NamedOutcome {
  readonly code: Code;
  readonly name: Text;
  readonly basis: readonly Citation[];
}

export interface DeterminationExplanation {
  readonly caseId: Id;
  readonly reference: string;
  readonly stage: Stage;
  readonly procedure: { readonly code: Code; readonly version: Code; readonly name: Text; readonly because?: Text };
  /** How the case stands: decided by someone, by silence or by lapse; recommended; settled by the rules; or open. */
  readonly standing: 'determined' | 'by-silence' | 'lapsed' | 'recommended' | 'derived' | 'open';
  readonly outcome?: NamedOutcome;
  readonly by?: Id;
  readonly at?: InstantAt;
  readonly office?: Code;
  readonly reason?: string;
  /** What the rules derive from what is established now; undefined while it is open. */
  readonly derived?: NamedOutcome;
  /** Every outcome that an answer to an unknown question could still lead to. */
  readonly possible: readonly NamedOutcome[];
  /** Settled though no rule is proven to its end: whatever the unknown answers are, the outcome is the same. */
  readonly whateverTheRest?: true;
  readonly grounds: readonly Ground[];
  readonly evidence: readonly {
    readonly evidenceId: Id;
    readonly name: Text;
    readonly status: string;
    readonly basis?: Citation;
  }[];
  /** Decisive first. `by`: the evidence that can establish it. */
  readonly unknown: readonly {
    readonly fact: Code;
    readonly question: Text;
    readonly basis: Citation;
    readonly decisive: boolean;
    readonly by: readonly Text[];
  }[];
  /** The birth found is not the one that the application states: which is right must be settled before the dates decide. */
  readonly bornOtherwise?: Text;
  readonly panel?: {
    readonly agencies: readonly Code[];
    readonly quorum: number;
    readonly findings: readonly PanelFinding[];
    readonly concludedOn?: DateOn;
  };
  readonly blocks: readonly Block[];
  /** Outcomes that may not be recommended or determined now, and why. */
  readonly notNow: readonly { readonly outcome: Code; readonly reason: Text; readonly legalBasis: readonly Citation[] }[];
  readonly shield?: Block;
}

export function explainDetermination(
  state: CaseFile,
  context: AskedOn & { readonly procedure: Procedure; readonly linked: readonly LinkedCase[] },
): DeterminationExplanation {
  const { procedure, linked } = context;
  const named = (code: Code): NamedOutcome => {
    const found = procedure.outcomes.find((o) => o.code === code);
    return { code, name: found?.name ?? { id: code, en: code }, basis: found?.basis ?? [] };
  };
  const evaluation = evaluateCase(state, procedure, context);
  const proven = provenBy(evaluation);
  const carrying = proven.length > 0 ? proven : evaluation.proofs.filter(({ proof }) => proof.truth === 'unknown');
  const shield = shieldAt(state, procedure, context);
  return {
    caseId: state.caseId,
    reference: referenceOf(state.caseId),
    stage: state.progress.stage,
    procedure: {
      code: procedure.code,
      version: procedure.version,
      name: procedure.name,
      ...(procedure.because === undefined ? {} : { because: procedure.because.text }),
    },
    ...standingOf(state, evaluation.outcome, named),
    ...(evaluation.outcome === undefined ? {} : { derived: named(evaluation.outcome) }),
    possible: evaluation.possible.map(named),
    ...(evaluation.outcome !== undefined && proven.length === 0 ? { whateverTheRest: true as const } : {}),
    grounds: carrying.flatMap(({ proof }) => groundsOf(proof, procedure, 0)),
    evidence: state.evidence.map(({ evidenceId, evidence, status }) => {
      const kind = procedure.evidence.find((one) => one.code === evidence);
      return {
        evidenceId,
        name: kind?.name ?? { id: evidence, en: evidence },
        status,
        ...(kind === undefined ? {} : { basis: kind.basis }),
      };
    }),
    unknown: [...new Set([...evaluation.decisive, ...evaluation.unknown])].flatMap((fact) => {
      const definition = procedure.facts[fact];
      if (definition === undefined) return [];
      const by = procedure.evidence.filter((kind) => kind.establishes.includes(fact)).map((kind) => kind.name);
      const { question, basis } = definition;
      return [{ fact, question, basis, decisive: evaluation.decisive.includes(fact), by }];
    }),
    ...bornOtherwise(state),
    ...panelOf(state, procedure),
    blocks: blocksTold(state, linked, context),
    notNow: procedure.outcomes.flatMap(({ code }) => {
      const refusal = unlessUnreadable(
        () => refuseOutcome(code, { state, ...context }),
        (rejection) => rejection,
      );
      return refusal === undefined ? [] : [{ outcome: code, reason: refusal.reason, legalBasis: refusal.legalBasis ?? [] }];
    }),
    ...(shield === undefined ? {} : { shield }),
  };
}

/** The proofs that carry the outcome; none where it is what is left when no rule holds, or is the same whatever the rest is. */
export function provenBy({ proofs, outcome }: Evaluation): Evaluation['proofs'] {
  return proofs.filter((one) => one.outcome === outcome && one.proof.truth === true);
}

type Standing = Pick<DeterminationExplanation, 'standing' | 'outcome' | 'by' | 'at' | 'office' | 'reason'>;

function standingOf(state: CaseFile, derived: Code | undefined, named: (code: Code) => NamedOutcome): Standing {
  const lapse = lapseOf(state);
  if (lapse !== undefined)
    return { standing: 'lapsed', at: lapse.at, ...(lapse.outcome === undefined ? {} : { outcome: named(lapse.outcome) }) };
  const determination = determinationOf(state);
  const said = (reason: string | undefined) => (reason === undefined ? {} : { reason });
  if (determination !== undefined) {
    const { outcome, by, at, authority, reason, bySilence } = determination;
    const common = { outcome: named(outcome), by, at, office: authority.office, ...said(reason) };
    return { standing: bySilence === undefined ? 'determined' : 'by-silence', ...common };
  }
  if (state.progress.stage === 'review') {
    const { outcome, by, at, reviewOffice, reason } = state.progress.recommendation;
    return { standing: 'recommended', outcome: named(outcome), by, at, office: reviewOffice, ...said(reason) };
  }
  return derived === undefined ? { standing: 'open' } : { standing: 'derived', outcome: named(derived) };
}

/** By this fact a procedure asks when the subject was born. */
const BIRTH: Code = 'bornOn';

/** Compared as far as both are known: "about 1974" is no other birth than 20 May 1975. */
function bornOtherwise(state: CaseFile): Pick<DeterminationExplanation, 'bornOtherwise'> {
  const found = establishedFacts(state)[BIRTH]?.value;
  const stated = parseBorn(state.subject?.born ?? '');
  if (typeof found !== 'string' || stated === undefined) return {};
  const comparison = compareBirths({ date: found, precision: 'day' }, stated);
  if (comparison !== 'conflict' && comparison !== 'swapped') return {};
  const { born = '' } = state.subject ?? {};
  return {
    bornOtherwise: {
      id: `Menurut temuan lahir pada ${found}, menurut permohonan ${born}: pastikan mana yang benar, atau perbaiki salah satunya.`,
      en: `Born on ${found} by the finding, ${born} by the application: settle which is right, or correct one of the two.`,
    },
  };
}

function panelOf(state: CaseFile, { panel }: Procedure): Pick<DeterminationExplanation, 'panel'> {
  if (panel === undefined) return {};
  const concluded = state.panel?.concluded;
  return {
    panel: {
      agencies: panel.agencies,
      quorum: panel.quorum,
      findings: state.panel?.findings ?? [],
      ...(concluded === undefined ? {} : { concludedOn: concluded.at.slice(0, 10) }),
    },
  };
}

/** The proof, line by line. */
function groundsOf(proof: Proof, procedure: Procedure, depth: number): readonly Ground[] {
  const { truth, basis, evidence = [] } = proof;
  return [
    { depth, truth, text: textOf(proof, procedure), evidence, ...(basis === undefined ? {} : { basis }) },
    ...partsThatSettle(proof).flatMap((child) => groundsOf(child, procedure, depth + 1)),
  ];
}

/** Of what is settled only the parts that settle it; of what is not, every part. */
export function partsThatSettle({ kind, truth, children = [] }: Proof): readonly Proof[] {
  const settled = (kind === 'any' && truth === true) || (kind === 'all' && truth === false);
  return settled ? children.filter((child) => child.truth === truth) : children;
}

const COMPARED: { readonly [comparison: string]: Text } = {
  is: { id: 'adalah', en: 'is' },
  isNot: { id: 'bukan', en: 'is not' },
  in: { id: 'salah satu dari', en: 'is one of' },
  before: { id: 'sebelum', en: 'is before' },
  onOrAfter: { id: 'pada atau setelah', en: 'is on or after' },
  atLeast: { id: 'sekurang-kurangnya', en: 'is at least' },
  lessThan: { id: 'kurang dari', en: 'is less than' },
};
const TOGETHER: { readonly [kind: string]: Text } = {
  all: { id: 'semua syarat ini', en: 'all of these' },
  any: { id: 'salah satu syarat ini', en: 'any of these' },
  not: { id: 'bukan', en: 'not' },
};

function textOf({ kind, fact, test = {}, value, from }: Proof, procedure: Procedure): Text {
  const together = TOGETHER[kind];
  if (together !== undefined) return together;
  const question = procedure.facts[fact ?? '']?.question ?? { id: fact ?? '', en: fact ?? '' };
  const say = (language: 'id' | 'en'): string => {
    const tests = Object.entries(test).map(([comparison, operand]) => {
      const answers = [operand].flat().map((one) => answerIn(language, one as FactValue));
      return `${COMPARED[comparison]?.[language] ?? comparison} ${answers.join(', ')}`;
    });
    const answer = value === undefined ? { id: 'belum diketahui', en: 'unknown' }[language] : answerIn(language, value);
    const dates = Object.entries(from ?? {}).map(
      ([name, ground]) => `${nameOfDay(name, language)} ${answerIn(language, ground)}`,
    );
    const implied = dates.length === 0 ? '' : ` (${{ id: 'menurut', en: 'by' }[language]} ${dates.join(', ')})`;
    return `${question[language]} [${tests.join('; ')}]: ${answer}${implied}`;
  };
  return { id: say('id'), en: say('en') };
}

const DAYS: { readonly [name: string]: Text } = {
  lodging: { id: 'tanggal pengajuan', en: 'the day of lodging' },
  decision: { id: 'tanggal penetapan', en: 'the day of the decision' },
};

/** A fact keeps its code, as in the list of what is unknown. */
function nameOfDay(name: Code, language: 'id' | 'en'): string {
  return DAYS[name]?.[language] ?? name;
}

function answerIn(language: 'id' | 'en', value: FactValue): string {
  if (typeof value === 'string') return wordsOf(value)[language];
  if (typeof value !== 'boolean') return String(value);
  return value ? { id: 'ya', en: 'yes' }[language] : { id: 'tidak', en: 'no' }[language];
}

const STANDINGS: { readonly [S in DeterminationExplanation['standing']]: Text } = {
  determined: { id: 'Ditetapkan', en: 'Determined' },
  'by-silence': { id: 'Ditetapkan demi hukum karena tidak diputus dalam jangka waktu', en: 'Determined by law, by silence' },
  lapsed: { id: 'Berakhir demi hukum', en: 'Lapsed by law' },
  recommended: { id: 'Direkomendasikan', en: 'Recommended' },
  derived: { id: 'Menurut aturan dan fakta sekarang', en: 'By the rules and the facts so far' },
  open: { id: 'Belum dapat ditentukan', en: 'Open' },
};
const SIGNS = { true: '✓', false: '✗', unknown: '?' } as const;

/** The explanation as lines to be read or printed, in one language. No name of the person stands in it. */
export function linesOf(explanation: DeterminationExplanation, language: 'id' | 'en'): readonly string[] {
  const t = (id: string, en: string): string => (language === 'id' ? id : en);
  const cite = ({ act, article }: Citation): string => `${act} ${/^\d/.test(article) ? t('ps. ', 'art. ') : ''}${article}`;
  const cited = (basis: readonly Citation[]): string => (basis.length === 0 ? '' : ` (${basis.map(cite).join('; ')})`);
  const { procedure, outcome, panel, standing, by, at, office } = explanation;
  const made = [by, office, at?.slice(0, 10)].filter((part) => part !== undefined).join(', ');
  const titled = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', title, ...lines];
  return [
    `${explanation.reference} · ${procedure.code} ${procedure.version} · ${procedure.name[language]} · ${stageNames[explanation.stage][language]}`,
    ...(procedure.because === undefined ? [] : [procedure.because[language]]),
    '',
    `${STANDINGS[standing][language]}${outcome === undefined ? '' : `: ${outcome.name[language]}${cited(outcome.basis)}`}${made === '' ? '' : ` — ${made}`}`,
    ...(explanation.reason === undefined ? [] : [`  “${explanation.reason}”`]),
    ...(explanation.derived === undefined
      ? [`${t('Masih mungkin', 'Still possible')}: ${explanation.possible.map((one) => one.name[language]).join('; ')}`]
      : standing === 'derived'
        ? []
        : [`${t('Menurut aturan', 'By the rules')}: ${explanation.derived.name[language]}`]),
    ...(explanation.whateverTheRest === true
      ? [
          t(
            'Apa pun jawaban atas yang belum diketahui, hasilnya tetap sama.',
            'Whatever the answers to what is unknown, the outcome stays the same.',
          ),
        ]
      : []),
    ...titled(
      t('Dasar', 'Grounds'),
      explanation.grounds.map(({ depth, truth, text, basis, evidence }) => {
        const rests = evidence.length === 0 ? '' : ` ← ${evidence.join(', ')}`;
        return `  ${'  '.repeat(depth)}${SIGNS[`${truth}`]} ${text[language]}${basis === undefined ? '' : cited([basis])}${rests}`;
      }),
    ),
    ...(explanation.bornOtherwise === undefined ? [] : ['', explanation.bornOtherwise[language]]),
    ...titled(
      t('Bukti', 'Evidence'),
      explanation.evidence.map(
        ({ evidenceId, name, status, basis }) =>
          `  ${evidenceId}: ${name[language]}, ${t({ received: 'diterima', verified: 'terverifikasi', rejected: 'ditolak' }[status] ?? status, status)}${basis === undefined ? '' : cited([basis])}`,
      ),
    ),
    ...titled(
      t('Yang belum diketahui dan masih dapat mengubah hasil', 'Unknown, and could still change the outcome'),
      explanation.unknown
        .filter((one) => one.decisive)
        .map(
          ({ question, basis, by: kinds }) =>
            `  ? ${question[language]}${cited([basis])}${kinds.length === 0 ? '' : ` ← ${kinds.map((kind) => kind[language]).join('; ')}`}`,
        ),
    ),
    ...titled(
      t('Belum diketahui, tidak lagi menentukan', 'Unknown, no longer decisive'),
      explanation.unknown.filter((one) => !one.decisive).map(({ question }) => `    ${question[language]}`),
    ),
    ...(panel === undefined
      ? []
      : titled(
          `${t('Tim', 'Panel')}: ${panel.agencies.join(', ')}; ${t('kuorum', 'quorum')} ${panel.quorum}${panel.concludedOn === undefined ? '' : `; ${t('ditutup', 'concluded')} ${panel.concludedOn}`}`,
          panel.findings.length === 0
            ? [`  ${t('belum ada pendapat', 'no finding yet')}`]
            : panel.findings.map(
                (one) =>
                  `  ${one.agency} (${one.by}): ${one.position === 'agrees' ? t('sependapat', 'agrees') : t('berbeda pendapat', 'dissents')}, ${one.outcome}${one.reason === undefined ? '' : ` — “${one.reason}”`}`,
              ),
        )),
    ...titled(
      t('Yang menahan', 'What holds back'),
      [...explanation.blocks, ...(explanation.shield === undefined ? [] : [explanation.shield])].map(
        ({ rejection }) => `  ${rejection.reason[language]}${cited(rejection.legalBasis ?? [])}`,
      ),
    ),
    ...titled(
      t('Hasil yang sekarang tidak dapat ditetapkan', 'Outcomes that may not be determined now'),
      explanation.notNow.map(({ outcome: code, reason, legalBasis }) => `  ${code}: ${reason[language]}${cited(legalBasis)}`),
    ),
  ];
}
