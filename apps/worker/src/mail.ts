/**
 * What a mail to an official says: which case by its reference, which clock and step of its ladder, until
 * when, and where to open it; Indonesian first. Never a
 * name, a reason or a number of the person: mail lies about on servers that Tegas does not know.
 */

import { referenceOf } from '#domain/case/reference.js';
import type { Code, DateOn, Id, Text } from '#domain/event.js';
import { roleName } from '#domain/office/official.js';
import { ACTED_EARLY, DUE_MOVED, LAW_ACTED, LAW_ACTS } from '#domain/process/escalation.js';
import { wordsOf } from '#domain/vocabulary.js';
import type { CaseDesk } from '#event-store/case-desk.js';
import type { Delivery } from '#read-models/outbox.js';
import type { Mail } from './channels.js';

/** Subject, text and Message-ID of a delivery; `publicUrl` is where the console is, without a slash at the end. */
export async function mailOf(
  desk: CaseDesk,
  publicUrl: string,
  { id, event }: Pick<Delivery, 'id' | 'event'>,
): Promise<Omit<Mail, 'to'>> {
  const { subject: about, data, type } = event;
  const messageId = `<${id}@${new URL(publicUrl).hostname}>`;
  if (type === 'tegas.ReferralReceived') return { messageId, ...trafficking(undefined, `${publicUrl}/konsol/pelimpahan`) };
  const link = `${publicUrl}/konsol/perkara/${about}`;
  const reference = referenceOf(about);
  if (type === 'tegas.IndicatorRecorded') return { messageId, ...trafficking(reference, link) };
  if (type === 'tegas.GlassBroken') return { messageId, ...opened(reference, link) };
  const { name, dueOn, zone, byLaw, ofBirth } = await clockOf(desk, about, String(data.clockId), String(data.clock));
  const offices = desk.registry.state.offices;
  const office = offices.get(String(data.office))?.name ?? String(data.office);
  const role = roleName(String(data.toRole));
  const special =
    type === 'tegas.ClockPassedOn'
      ? PASSED_ON
      : type === 'tegas.ClockEscalated'
        ? SPECIAL_STEPS.get(String(data.step))
        : undefined;
  const lawActs = (special === undefined || special === PASSED_ON) && (type === 'tegas.ClockWarned' || byLaw);
  const until: Text =
    dueOn === undefined ? { id: 'lihat konsol', en: 'see the console' } : { id: dayIn('id', dueOn), en: dayIn('en', dueOn) };
  const head = ofBirth ? TOLD : headOf(type === 'tegas.ClockWarned' ? LAW_ACTS : String(data.step));
  return {
    messageId,
    subject: `[Tegas] ${head.id}: ${reference}, ${name.id}, ${until.id} / ${head.en}: ${name.en}, ${until.en}`,
    text: [
      `${head.id}: perkara ${reference}`,
      `Tenggat: ${name.id}`,
      `Jatuh tempo: ${until.id}${zone === undefined ? '' : ` (waktu kantor, ${zone})`}`,
      ...(lawActs ? ['Sesudahnya hukum bertindak sendiri: perkara gugur atau dikabulkan diam-diam.'] : []),
      ...(special === undefined ? [] : [special.id]),
      `Anda diberi tahu sebagai: ${role.id}, ${office}`,
      `Buka: ${link}`,
      '',
      `${head.en}: case ${reference}`,
      `Clock: ${name.en}`,
      `Due: ${until.en}${zone === undefined ? '' : ` (time of the office, ${zone})`}`,
      ...(lawActs ? ['After that the law acts by itself: the case lapses or is granted by silence.'] : []),
      ...(special === undefined ? [] : [special.en]),
      `You are told as: ${role.en}, ${office}`,
      `Open: ${link}`,
      ...ENDING,
    ].join('\n'),
  };
}

/** Of a clock that counts from a birth: how far off its day is would say when that was. */
const TOLD: Text = { id: 'Pemberitahuan tenggat', en: 'Notice of a clock' };

/** The step of the ladder, as a line begins with it: `Lewat 3 hari kerja`. */
function headOf(step: Code): Text {
  // Its words in the inbox speak of the new date, which stands there beside them.
  const { id, en } = step === ACTED_EARLY ? ACTED_TOO_SOON : wordsOf(step);
  const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  return { id: upper(id), en: upper(en) };
}

const ACTED_TOO_SOON: Text = { id: 'hukum telah bertindak lebih awal', en: 'the law acted earlier than it would now' };

const PASSED_ON: Text = {
  id: 'Ini sudah diberitahukan kepada pejabat lain sebelum perkara atau tugasnya beralih kepada Anda.',
  en: 'This was told to another official before the case or their work passed to you.',
};

/** What is told beside the ladder. */
const SPECIAL_STEPS: ReadonlyMap<string, Text> = new Map([
  [
    LAW_ACTED,
    {
      id: 'Tenggat ini lewat dan hukum telah bertindak: perkara gugur atau dikabulkan diam-diam.',
      en: 'This clock ran out and the law has acted: the case lapsed or was granted by silence.',
    },
  ],
  [
    ACTED_EARLY,
    {
      id: 'Hukum telah bertindak atas tenggat ini, padahal menurut keputusan hari libur yang terbit kemudian tenggatnya lebih lama. Perkara tetap seperti adanya; lihat konsol.',
      en: 'The law has acted on this clock, which by a decree of holidays published later would have run longer. The case stands as it is; see the console.',
    },
  ],
  [
    DUE_MOVED,
    {
      id: 'Jatuh tempo ini bergeser ke depan lagi: pemberitahuan bahwa tenggat lewat tidak berlaku lagi.',
      en: 'The due date lies ahead again: what was told of its having passed holds no more.',
    },
  ],
]);

const ENDING = [
  '',
  'Surat otomatis dari Tegas, sengaja tanpa nama dan isi perkara. Jangan dibalas.',
  'An automatic mail from Tegas, without names or contents on purpose. Do not reply.',
  '',
];

function trafficking(reference: string | undefined, link: string): Pick<Mail, 'subject' | 'text'> {
  const which: Text =
    reference === undefined ? { id: 'pelimpahan', en: 'a referral' } : { id: `perkara ${reference}`, en: `case ${reference}` };
  return {
    subject: `[Tegas] Indikasi perdagangan orang: ${which.id} / Trafficking indicator: ${which.en}`,
    text: [
      `Indikasi perdagangan orang tercatat pada ${which.id}. Anda diberi tahu sebagai supervisor.`,
      `Buka: ${link}`,
      '',
      `A trafficking indicator was recorded in ${which.en}. You are told as its supervisor.`,
      `Open: ${link}`,
      ...ENDING,
    ].join('\n'),
  };
}

function opened(reference: string, link: string): Pick<Mail, 'subject' | 'text'> {
  return {
    subject: `[Tegas] Perkara ${reference} dibaca dengan alasan / Case ${reference} was opened for a reason`,
    text: [
      `Seorang pejabat yang tidak menangani perkara ${reference} membukanya dengan alasan. Tinjaulah.`,
      `Buka: ${link}`,
      '',
      `An official whose work case ${reference} is not opened it for a reason. Review it.`,
      `Open: ${link}`,
      ...ENDING,
    ].join('\n'),
  };
}

/** The clock's name and last day as they stand now. The last day of a period that counts from a birth is a birthday, and is left out. */
async function clockOf(
  desk: CaseDesk,
  caseId: Id,
  clockId: string,
  code: string,
): Promise<{
  readonly name: Text;
  readonly dueOn?: DateOn;
  readonly zone?: string;
  readonly byLaw: boolean;
  readonly ofBirth: boolean;
}> {
  const state = await desk.asFarAsReadable(caseId);
  const definition =
    state === undefined ? undefined : desk.procedureOf(state.procedure).clocks.find((clock) => clock.code === code);
  const clock = state?.clocks.find((one) => one.clockId === clockId);
  const name = definition?.name ?? { id: code, en: code };
  const byLaw = clock?.due.law !== undefined;
  const ofBirth = definition?.countsFrom !== undefined;
  if (clock?.due.dueOn === undefined || definition === undefined || ofBirth) return { name, byLaw, ofBirth };
  return { name, byLaw, ofBirth, dueOn: clock.due.dueOn, zone: clock.zone };
}

function dayIn(language: keyof Text, on: DateOn): string {
  return new Intl.DateTimeFormat(language === 'id' ? 'id-ID' : 'en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${on}T00:00:00Z`));
}
