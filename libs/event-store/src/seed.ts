/**
 * Publishes the files of `data/` into the registry streams. What is there already with the same content is left alone, so it may run at
 * every start; changed content becomes a new version beside the old one, and running cases keep theirs.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCalendar } from '#domain/calendar/calendar.js';
import { parseRetention } from '#domain/destruction/retention.js';
import type { Id, Json, Sha256 } from '#domain/event.js';
import { parseOffices } from '#domain/office/office.js';
import type { IdentityNumber, OfficialEvent, RoleAssignment } from '#domain/office/official.js';
import type { Procedure } from '#domain/procedure/procedure.js';
import { parseProcedure } from '#domain/procedure/procedure-faults.js';
import {
  calendarStream,
  officesStream,
  officialStream,
  procedureStream,
  type RegistryEvent,
  retentionStream,
} from '#domain/registry.js';
import { canonicalJson, commandIdOf, eventIdOf, sha256Of } from './envelope.js';
import type { EventLog } from './event-log.js';
import type { RecordedEvent } from './port.js';
import { withProvisionalYears } from './provisional-years.js';

const SEEDER = 'seed';

export interface DemoPerson {
  readonly login: Id;
  readonly name: string;
  readonly identityNumbers?: readonly IdentityNumber[];
  readonly roles: readonly { readonly role: RoleAssignment['role']; readonly office: string }[];
}

/** Seeds offices, calendar and procedures; with `demoPeople`, the fictional officials too. Throws with the file and path of what is wrong. */
export async function seed(
  log: EventLog,
  dataFolder: string,
  at: string,
  options: { readonly demoPeople: boolean },
): Promise<{ published: number }> {
  let published = 0;
  const publish = async (stream: Id, event: RegistryEvent, content: object): Promise<void> => {
    if (await appendOnce(log, stream, event, sha256Of(content), at)) published += 1;
  };
  const offices = parseOffices(await readJson(join(dataFolder, 'offices-ntt.json')));
  await publish(officesStream, { type: 'OfficesEstablished', data: { at, sha256: sha256Of(offices), offices } }, offices);

  const calendarJson = await readJson(join(dataFolder, 'calendar-id.json'));
  const years = parseCalendar(calendarJson, 1).years;
  const { events: calendars } = await log.read(calendarStream);
  const calendar = withProvisionalYears(parseCalendar(calendarJson, calendars.length + 1));
  await publish(calendarStream, { type: 'CalendarPublished', data: { at, sha256: sha256Of(years), calendar } }, years);

  const periods = parseRetention(await readJson(join(dataFolder, 'retention.json')));
  await publish(retentionStream, { type: 'RetentionPublished', data: { at, sha256: sha256Of(periods), periods } }, periods);

  for (const procedure of await readProcedures(join(dataFolder, 'procedures'))) {
    const sha256 = sha256Of(procedure);
    await publish(procedureStream(procedure.code), { type: 'ProcedurePublished', data: { at, sha256, procedure } }, procedure);
  }
  if (options.demoPeople)
    for (const person of await readDemoPeople(dataFolder)) published += await registerOfficial(log, person, at);
  return { published };
}

export async function readDemoPeople(dataFolder: string): Promise<readonly DemoPerson[]> {
  return (await readJson(join(dataFolder, 'demo-people.json'))) as readonly DemoPerson[];
}

/** Every procedure file of a folder, checked; the error names the file and each fault. */
export async function readProcedures(folder: string): Promise<readonly Procedure[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  const read = await Promise.all(
    files.map(async (file) => [join('data', 'procedures', file), await readJson(join(folder, file))] as const),
  );
  const codes = new Set(read.map(([, json]) => (json as Partial<Procedure> | null)?.code ?? ''));
  return read.map(([file, json]) => parseProcedure(json, file, codes));
}

/**
 * Registers an official once; roles that changed in the file since it was last read are assigned anew, and what an administrator entered stands
 * until then. Answers how many events that took.
 */
export async function registerOfficial(log: EventLog, person: DemoPerson, at: string): Promise<number> {
  const stream = officialStream(person.login);
  const { events } = await log.read(stream);
  const assignments = person.roles.map(({ role, office }) => ({ role, office, from: null, to: null }));
  const personal = [
    { personId: commandIdOf(SEEDER, stream), retentionClass: 'official', fields: { name: person.name, ...numbersOf(person) } },
  ];
  const official = person.login;
  if (events.length === 0) {
    const registered: OfficialEvent = { type: 'OfficialRegistered', data: { official, assignments, personal } };
    return (await appendOnce(log, stream, registered, sha256Of(assignments), at)) ? 1 : 0;
  }
  const last = (events as readonly (RecordedEvent & OfficialEvent)[]).findLast(
    ({ type, metadata }) => metadata.actor === SEEDER && (type === 'OfficialRegistered' || type === 'RolesAssigned'),
  );
  // Entered by an administrator: no file's to change.
  if (last === undefined) return 0;
  if ('assignments' in last.data && canonicalJson([...last.data.assignments]) === canonicalJson(assignments)) return 0;
  return (await appendOnce(log, stream, { type: 'RolesAssigned', data: { official, assignments } }, sha256Of(assignments), at))
    ? 1
    : 0;
}

function numbersOf({ identityNumbers }: DemoPerson): { readonly [field: string]: Json } {
  return identityNumbers === undefined ? {} : { identityNumbers: identityNumbers.map(({ kind, number }) => ({ kind, number })) };
}

/**
 * Appends unless this content is the stream's newest, or, of a procedure (versions stand side by side) or a calendar (a decree may have
 * been published since), was published before.
 */
async function appendOnce(log: EventLog, stream: Id, event: RegistryEvent, sha256: Sha256, at: string): Promise<boolean> {
  const { events, head } = await log.read(stream);
  const hashes = events.map((recorded) => (recorded.data as { sha256?: Sha256 }).sha256);
  const once = event.type === 'ProcedurePublished' || event.type === 'CalendarPublished';
  if (once ? hashes.includes(sha256) : hashes.at(-1) === sha256) return false;
  const commandId = commandIdOf(SEEDER, `${stream}@${head.revision + 1}:${sha256}`);
  const metadata = { actor: SEEDER, effectiveAt: at, commandId, correlationId: commandId };
  await log.append(stream, head, [{ id: eventIdOf(commandId, 0), metadata, ...event }]);
  return true;
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
