/** Who tries: one person for each role, office and relation to the case that the oracle tells apart. Their roles are the register's own words. */
import type { Role } from '../../libs/domain/src/office/official.js';

/** The roles as the oracle calls them. */
export type OracleRole = 'intake' | 'caseOfficer' | 'supervisor' | 'head' | 'panelMember' | 'auditor' | 'administrator';

/** The register's roles, by the oracle's names: a region, a directorate or a minister is a head of office further up. */
export const oracleRoles: { readonly [R in Role]?: OracleRole } = {
  'intake-officer': 'intake',
  'case-officer': 'caseOfficer',
  supervisor: 'supervisor',
  'head-of-office': 'head',
  regional: 'head',
  directorate: 'head',
  minister: 'head',
  president: 'head',
  'panel-member': 'panelMember',
  auditor: 'auditor',
  administrator: 'administrator',
};

export interface Person {
  readonly login: string;
  readonly roles: readonly { readonly role: Role; readonly office: string }[];
  /** Where their offices lie, seen from the case's. */
  readonly office: 'same' | 'above' | 'neighbour' | 'below' | 'none';
  /** How they stand to the case, besides their roles. */
  readonly relation: 'assigned' | 'proposer' | 'sits' | 'referred' | 'decider' | 'family' | 'declared' | 'none';
  readonly identityNumbers?: readonly { readonly kind: string; readonly number: string }[];
}

/** In Kupang, eight hours ahead of UTC. */
export const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
export const OFFICE = 'KANIM-KPG';
export const NEIGHBOUR = 'KANIM-ATB';
const POST = 'POS-ROTE';
/** Over Kupang, and never asked of this case. */
const REGION = 'KANWIL-DITJENIM-NTT';
/** Where citizenship cases of Kupang are referred to. */
export const REFERRED_TO = 'KANWIL-KUM-NTT';
export const FAMILY_CARD = { kind: 'kk', number: '5371 0100 0000 0042' };

const one = (
  login: string,
  role: Role,
  office: string,
  where: Person['office'],
  relation: Person['relation'] = 'none',
): Person => ({ login, roles: [{ role, office }], office: where, relation });

export const people: readonly Person[] = [
  one('m.intake', 'intake-officer', OFFICE, 'same'),
  one('m.officer', 'case-officer', OFFICE, 'same', 'assigned'),
  one('m.officer2', 'case-officer', OFFICE, 'same'),
  one('m.supervisor', 'supervisor', OFFICE, 'same'),
  {
    ...one('m.proposer', 'case-officer', OFFICE, 'same', 'proposer'),
    roles: [
      { role: 'case-officer', office: OFFICE },
      { role: 'supervisor', office: OFFICE },
    ],
  },
  {
    ...one('m.family', 'supervisor', OFFICE, 'same', 'family'),
    identityNumbers: [{ ...FAMILY_CARD, number: '5371010000000042' }],
  },
  one('m.declared', 'supervisor', OFFICE, 'same', 'declared'),
  one('m.head', 'head-of-office', OFFICE, 'same'),
  one('m.region', 'regional', REGION, 'above'),
  one('m.referred', 'regional', REFERRED_TO, 'neighbour', 'referred'),
  // Who decides it in the end; ministers stand over another office than Kupang's.
  one('m.minister', 'minister', 'KEMENKUM', 'neighbour', 'decider'),
  one('m.panel', 'panel-member', OFFICE, 'same', 'sits'),
  one('m.panel2', 'panel-member', OFFICE, 'same'),
  one('m.auditor', 'auditor', OFFICE, 'same'),
  one('m.auditor.region', 'auditor', REGION, 'above'),
  one('m.admin', 'administrator', OFFICE, 'same'),
  one('m.intake.atambua', 'intake-officer', NEIGHBOUR, 'neighbour'),
  one('m.officer.atambua', 'case-officer', NEIGHBOUR, 'neighbour'),
  one('m.supervisor.atambua', 'supervisor', NEIGHBOUR, 'neighbour'),
  one('m.auditor.atambua', 'auditor', NEIGHBOUR, 'neighbour'),
  one('m.intake.post', 'intake-officer', POST, 'below'),
  one('m.officer.post', 'case-officer', POST, 'below'),
  // Someone whom the issuer knows and the register does not.
  { login: 'm.nobody', roles: [], office: 'none', relation: 'none' },
];
