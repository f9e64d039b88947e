/** Which version of a procedure governs a case, and within which windows it is lodged: the one in force that day, another only by an explicit act. */
import { dayText } from '../clock/explain-due.js';
import type { Citation, DateOn, Rejection } from '../event.js';
import { coversDate, officeOfStep } from '../office/office.js';
import { chainOn, noVersionOn, type Procedure, versionOn, type WindowDefinition } from '../procedure/procedure.js';
import { type Acts, act, said } from './act.js';
import { dateIn, zoneOf } from './clock-events.js';
import type { CaseCommandOf } from './commands.js';
import type { PolicyContext } from './policies.js';
import { refuse } from './refuse.js';

/** Lodging hands the case from the post that took it to the office that examines it: the first step of the authority chain. */
export function lodge(context: PolicyContext): Acts {
  const { state, procedure, offices, at } = context;
  if (state.subject === undefined || state.subject.name === '')
    return refuse(
      'subject-missing',
      'Nama yang dimohonkan belum ada. Lengkapi konsep.',
      'The subject has no name. Complete the draft.',
    );
  const on = dateIn(zoneOf(offices, state.openedAtOffice), at);
  if (!inForce(procedure, on)) return notInForce(context, on);
  const shut = outsideWindows(context, on);
  if (shut !== undefined) return shut;
  const [examining] = chainOn(procedure, on);
  const office = examining === undefined ? undefined : officeOfStep(offices, examining, state.openedAtOffice, on);
  if (office === undefined)
    return refuse(
      'no-authority-on-date',
      `Prosedur ${procedure.code} versi ${procedure.version} tidak mempunyai kantor pemeriksa pada ${dayText(on).id}.`,
      `Procedure ${procedure.code} version ${procedure.version} has no examining office on ${dayText(on).en}.`,
      ...procedure.legalBasis,
    );
  return [{ type: 'ApplicationLodged', data: { ...act(context), office } }];
}

/** Where a procedure has windows, one of them must stand open on the day of lodging. */
function outsideWindows({ procedure }: PolicyContext, on: DateOn): Rejection | undefined {
  const windows = procedure.windows.filter((w) => coversDate({ from: w.effectiveFrom, to: w.effectiveTo }, on));
  const open = ({ opens, closes }: WindowDefinition): boolean =>
    (opens === null || opens <= on) && (closes === null || on <= closes);
  if (procedure.windows.length === 0 || windows.some(open)) return undefined;
  const told = (language: 'id' | 'en', until: string) =>
    procedure.windows
      .map((w) => `${w.name[language]}: ${dayText(w.opens, '…')[language]} ${until} ${dayText(w.closes, '…')[language]}`)
      .join('; ');
  return refuse(
    'window-closed',
    `Permohonan ini hanya dapat diajukan dalam jangka waktunya (${told('id', 'sampai dengan')}); hari ini ${dayText(on).id}.`,
    `This application can be lodged only within its window (${told('en', 'to')}); today is ${dayText(on).en}.`,
    ...procedure.windows.flatMap((w) => w.legalBasis),
  );
}

/** A live case goes over to another version: one in force on the day it was lodged, or today. */
export function migrate({ version, reason }: CaseCommandOf<'MigrateToVersion'>, context: PolicyContext): Acts {
  const { state, procedure, published, offices, at } = context;
  const to = published.findLast((p) => p.version === version);
  if (to === undefined || to.code !== state.procedure.code)
    return refuse(
      'no-such-version',
      `Prosedur ${procedure.code} tidak mempunyai versi ${version}. Pilih: ${versionsOf(published)}.`,
      `Procedure ${procedure.code} has no version ${version}. Choose: ${versionsOf(published)}.`,
    );
  if (to.sha256 === state.procedure.sha256)
    return refuse('same-version', `Perkara ini sudah menurut versi ${version}.`, `Version ${version} governs this case already.`);
  const zone = zoneOf(offices, state.openedAtOffice);
  const days = [dateIn(zone, at), ...(state.lodgedAt === undefined ? [] : [dateIn(zone, state.lodgedAt)])];
  if (!days.some((on) => inForce(to, on)))
    return refuse(
      'version-not-in-force',
      `Versi ${version} tidak berlaku pada ${days.map((on) => dayText(on).id).join(' maupun ')}.`,
      `Version ${version} is not in force on ${days.map((on) => dayText(on).en).join(' nor on ')}.`,
      ...to.legalBasis,
    );
  const pin = { code: to.code, version: to.version, sha256: to.sha256 };
  return [{ type: 'CaseMigrated', data: { ...act(context), from: state.procedure, to: pin, personal: said(state, { reason }) } }];
}

function inForce({ effectiveFrom, effectiveTo }: Procedure, on: DateOn): boolean {
  return coversDate({ from: effectiveFrom, to: effectiveTo }, on);
}

function notInForce({ procedure, published }: PolicyContext, on: DateOn): Acts {
  const { code, version, effectiveFrom, effectiveTo } = procedure;
  const now = versionOn(published, on);
  const basis: readonly Citation[] = [...procedure.legalBasis, ...(now?.legalBasis ?? [])];
  const until = effectiveTo !== null && effectiveTo <= on;
  return refuse(
    'version-not-in-force',
    `Konsep ini menurut ${code} versi ${version}, yang ${until ? `berlaku untuk permohonan sebelum ${dayText(effectiveTo).id}` : `baru berlaku untuk permohonan mulai ${dayText(effectiveFrom).id}`}. ${
      now === undefined
        ? noVersionOn(code, published, on).reason.id
        : `Permohonan yang diajukan hari ini, ${dayText(on).id}, tunduk pada versi ${now.version}; minta supervisor mengalihkan konsep ini dahulu.`
    }`,
    `This draft follows ${code} version ${version}, which governs applications ${until ? `before ${dayText(effectiveTo).en}` : `from ${dayText(effectiveFrom).en} on`}. ${
      now === undefined
        ? noVersionOn(code, published, on).reason.en
        : `An application lodged today, ${dayText(on).en}, is governed by version ${now.version}; ask a supervisor to migrate the draft first.`
    }`,
    ...basis.filter((one, i) => basis.findIndex((c) => c.act === one.act && c.article === one.article) === i),
  );
}

function versionsOf(published: PolicyContext['published']): string {
  return [...new Set(published.map((p) => p.version))].join(', ') || '–';
}
