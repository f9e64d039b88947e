/** `tegas export`: what an auditor takes along. Bundles prove themselves (`tegas verify <bundle>`); a checkpoint alone is kept elsewhere. */
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import { type BundleScope, readCheckpoint, writeBundle, writeCheckpoint } from '#audit/bundle.js';
import { casesInLog } from '#audit/cases-in-log.js';
import type { Checkpoint, CheckpointKey } from '#audit/checkpoint.js';
import { CheckpointSigner, checkpointKeysFile } from '#audit/checkpoint-keys.js';
import { type LoggedCase, ocelOf, pseudonymsOf, xesOf } from '#audit/event-logs.js';
import { HistoryAltered, MerkleLog } from '#audit/merkle-log.js';
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import type { Id, PersonalPart } from '#domain/event.js';
import { subtreeOf } from '#domain/office/office.js';
import type { OfficialEvent } from '#domain/office/official.js';
import { caseStream, clocksStream } from '#domain/process/escalation.js';
import type { OpenLog } from '#privacy/open-log.js';
import { caseIdOf } from './history.js';
import { homeFolder, withLog } from './instance.js';
import { ground, recordOperatorRead } from './operator-read.js';
import { createProgress, OperatorError, type Progress, WrongUsage } from './progress.js';
import { orSaid } from './verify.js';

interface Selection {
  readonly all?: boolean;
  readonly case?: string;
  readonly office?: string;
}

export function registerExport(program: Command): void {
  const exporting = program.command('export').description('Write what an auditor takes along');
  const selecting = (command: Command, out: 'folder' | 'file' = 'folder'): Command =>
    command
      .addOption(new Option('--all', 'the whole log').conflicts(['case', 'office']))
      .addOption(new Option('--case <id>', 'a case, by its id or reference').conflicts(['all', 'office']))
      .addOption(
        new Option('--office <code>', 'every case that an office, or one below it, has or had').conflicts(['all', 'case']),
      )
      .requiredOption(`--out <${out}>`, out === 'folder' ? 'where to; made if need be, and must be empty' : 'the file to write')
      .option('--json', 'one line of JSON', false);
  selecting(exporting.command('bundle'))
    .description('Write events as they are stored, encrypted where they are personal, with proofs, checkpoint and public keys')
    .option('--since <path>', 'prove too that the log continues this checkpoint, exported before')
    .action((options: Selection & { out: string; since?: string; json: boolean }) => exportBundle(options));
  for (const format of ['ocel', 'xes'] as const)
    selecting(exporting.command(format), 'file')
      .description(
        format === 'ocel'
          ? 'Write cases as an object-centric event log, OCEL 2.0 in JSON; personal data left out, officials under other names'
          : 'Write cases as an event log, XES (IEEE 1849); personal data left out, officials under other names',
      )
      .action((options: Selection & { out: string; json: boolean }) => exportEventLog(format, options));
  exporting
    .command('person <personId>')
    .description('Write everything that is kept of a person, in the clear, for their right of access (UU 27/2022 art. 7)')
    .requiredOption('--out <file>', 'the file to write; readable for its owner only')
    .option('--ground <code>', 'why, as a code; it is recorded with who you are on this machine', ground, 'subject-access')
    .option('--json', 'one line of JSON', false)
    .action((personId: string, options: { out: string; ground: string; json: boolean }) => exportPerson(personId, options));
  exporting
    .command('checkpoint')
    .description(
      'Write the newest signed checkpoint and the public keys: keep them where no administrator of this instance can write',
    )
    .requiredOption('--out <folder>', 'where to; made if need be')
    .option('--json', 'one line of JSON', false)
    .action(({ out, json }: { out: string; json: boolean }) =>
      withMerkleLog(async (opened, merkle) => {
        const { checkpoint, keys } = await checkpointNow(opened, merkle);
        await writeCheckpoint(out, checkpoint, keys);
        const { size, root, signedAt } = checkpoint;
        const said = { out, size, root: root.toString('base64'), signedAt };
        console.log(json ? JSON.stringify(said) : `Checkpoint of ${size} events, signed ${signedAt}, in ${out}`);
      }),
    );
}

export function registerCheckpointKey(program: Command): void {
  program
    .command('checkpoint-key')
    .description('The keys that sign checkpoints')
    .command('rotate')
    .description(
      'A new key takes the place of the one that signs, which endorses it and is destroyed; what it signed verifies for ever',
    )
    .action(async () => {
      const signer = await CheckpointSigner.open(checkpointKeysFile(homeFolder()));
      if (signer === undefined) throw noKeys();
      const { key } = await signer.rotate(new Date().toISOString());
      console.log(key.vkey);
    });
}

async function exportBundle({
  out,
  since,
  json,
  ...selection
}: Selection & { out: string; since?: string; json: boolean }): Promise<void> {
  const from = since === undefined ? undefined : (await orSaid(() => readCheckpoint(since))).checkpoint;
  await withMerkleLog(async (opened, merkle, databaseUrl, progress) => {
    const { scope, cases } = await selected(opened, databaseUrl, selection);
    const { checkpoint, keys } = await checkpointNow(opened, merkle);
    progress.step('Writing the bundle');
    const events = await writeBundle(out, {
      store: opened.log.store,
      merkle,
      checkpoint,
      keys,
      scope,
      streams: cases.flatMap((id) => [caseStream(id), clocksStream(id)]),
      ...(from === undefined ? {} : { since: from }),
      exportedAt: opened.time.now(),
      onProgress: (done, total) => progress.at(done, total),
    }).catch((error): never => {
      throw new OperatorError(
        `The bundle could not be written: ${error instanceof Error ? error.message : error}. Choose an empty folder, and run npx tegas verify if it says that hashes are lacking.`,
        'Berkas tidak dapat ditulis: pilih map yang kosong, dan jalankan npx tegas verify bila ada hash yang kurang.',
      );
    });
    progress.end();
    const said = { out, scope, events, size: checkpoint.size, signedAt: checkpoint.signedAt };
    console.log(
      json
        ? JSON.stringify(said)
        : `${events} events in ${out}, proved by a checkpoint of ${checkpoint.size} (${checkpoint.signedAt})`,
    );
  });
}

async function exportEventLog(
  format: 'ocel' | 'xes',
  { out, json, ...selection }: Selection & { out: string; json: boolean },
): Promise<void> {
  await withLog(async (opened, databaseUrl) => {
    const { log } = opened;
    const { scope, cases: some } = await selected(opened, databaseUrl, selection);
    const cases = scope.kind === 'all' ? await casesInLog(log.store) : some;
    const progress = createProgress(1);
    progress.step('Reading cases');
    const logged: LoggedCase[] = [];
    for (const caseId of cases) {
      logged.push({ caseId, events: (await log.readOpened(caseStream(caseId))) as LoggedCase['events'] });
      progress.at(logged.length, cases.length);
    }
    progress.end();
    const pseudonym = pseudonymsOf(log);
    await writeFile(
      out,
      format === 'ocel'
        ? `${JSON.stringify(ocelOf(logged, pseudonym), null, 1)}\n`
        : Readable.from(linesOf(xesOf(logged, pseudonym))),
    );
    const said = { out, format, cases: logged.length, events: logged.reduce((sum, { events }) => sum + events.length, 0) };
    console.log(json ? JSON.stringify(said) : `${said.events} events of ${said.cases} cases in ${out}`);
  });
}

type GrantedData = Extract<OfficialEvent, { type: 'DelegationGranted' }>['data'];

/** Every event with a part about the person, as it was recorded; parts about others are left out. */
interface PersonExport {
  readonly out: string;
  readonly ground: string;
  readonly json: boolean;
}

async function exportPerson(personId: Id, { out, ground: why, json }: PersonExport): Promise<void> {
  await withLog(async ({ log, pool, time, registry }) => {
    const progress = createProgress(1);
    progress.step('Reading the log');
    const events: object[] = [];
    const caseIds: Id[] = [];
    let unreadable = 0;
    const head = Number(await log.head());
    const holds = ({ delegation }: GrantedData) => registry.state.officials.get(delegation.holder)?.personId === personId;
    for await (const batch of log.readAll('0')) {
      for (const { stream, revision, type, data, metadata, unreadable: fault } of batch) {
        const { personal = [], ...rest } = data as { readonly personal?: readonly PersonalPart[] };
        // Why a role of theirs was lent has a key of its own, and is theirs.
        const lent = type === 'DelegationGranted' && holds(data as GrantedData);
        const own = lent ? personal : personal.filter((part) => part.personId === personId);
        if (own.length === 0) continue;
        if (stream.startsWith(caseStream(''))) caseIds.push(stream.slice(caseStream('').length));
        if (fault !== undefined) unreadable += 1;
        else
          events.push({
            stream,
            revision,
            type,
            at: metadata.effectiveAt,
            recordedAt: metadata.recordedAt,
            data: rest,
            personal: own,
          });
      }
      progress.at(Number(batch.at(-1)?.position ?? 0), head);
    }
    progress.end();
    if (events.length === 0 && unreadable === 0)
      throw new OperatorError(
        `Nothing is kept of a person ${personId}: give the subjectId of one of their cases.`,
        `Tidak ada data orang ${personId}: sebutkan subjectId dari salah satu perkaranya.`,
      );
    if (unreadable > 0) process.exitCode = 1;
    const subjects = [personId, ...new Set(caseIds)];
    await recordOperatorRead(
      pool,
      { act: 'ExportPerson', route: 'tegas export person', subjects, rows: events.length, ground: why },
      registry,
    );
    await writeFile(out, `${JSON.stringify({ personId, exportedAt: time.now(), events }, null, 1)}\n`, { mode: 0o600 });
    const said = { out, events: events.length, unreadable };
    console.log(
      json ? JSON.stringify(said) : `${events.length} events in ${out}${unreadable > 0 ? `; ${unreadable} cannot be read` : ''}`,
    );
  });
}

function* linesOf(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

/** The cases that were chosen, and the scope in a bundle's words. @throws WrongUsage, OperatorError */
export async function selected(
  { log, registry, time }: OpenLog,
  databaseUrl: string,
  { all, case: name, office }: Selection,
  usage = 'export … --all | --case <id> | --office <code> --out <folder>',
): Promise<{ readonly scope: BundleScope; readonly cases: readonly Id[] }> {
  if (all === true) return { scope: { kind: 'all' }, cases: [] };
  if (name !== undefined) {
    const caseId = await caseIdOf(databaseUrl, name);
    if ((await log.store.read(caseStream(caseId))).length === 0)
      throw new OperatorError(`There is no case ${name}.`, `Perkara ${name} tidak ada.`);
    return { scope: { kind: 'case', caseId }, cases: [caseId] };
  }
  if (office === undefined)
    throw new WrongUsage('Say of what: which case, or which office.', 'Sebutkan perkara atau kantornya.', usage);
  const { offices } = registry.state;
  if (!offices.has(office))
    throw new OperatorError(
      `There is no office ${office}. Choose: ${[...offices.keys()].join(', ')}.`,
      `Kantor ${office} tidak ada. Pilih salah satu di atas.`,
    );
  const subtree = subtreeOf(offices, office, dateIn(zoneOf(offices, office), time.now()));
  return { scope: { kind: 'office', office }, cases: await casesInLog(log.store, subtree) };
}

/** The Merkle log, level with the event log. */
async function withMerkleLog(
  use: (opened: OpenLog, merkle: MerkleLog, databaseUrl: string, progress: Progress) => Promise<void>,
): Promise<void> {
  await withLog(async (opened, databaseUrl) => {
    const progress = createProgress(2);
    progress.step('Reading the log');
    try {
      const merkle = await MerkleLog.open(opened.pool, opened.log.store);
      const head = Number(await opened.log.head());
      await merkle.catchUp(opened.log.store, (leaves) => progress.at(leaves, head));
      await use(opened, merkle, databaseUrl, progress);
    } finally {
      progress.end();
    }
  });
}

/**
 * Where the log stands, signed; without the keys, the newest that a worker signed. Where history was altered, the last that was signed, for
 * then what is exported does not hold against it: that is said, and the exit code is 1.
 */
async function checkpointNow(
  { time }: OpenLog,
  merkle: MerkleLog,
): Promise<{ readonly checkpoint: Checkpoint; readonly keys: readonly CheckpointKey[] }> {
  // First the time, then the key: should another take its place in between, this one was still to sign then.
  const at = time.now();
  const signer = await CheckpointSigner.open(checkpointKeysFile(homeFolder()));
  try {
    const checkpoint = signer === undefined ? await merkle.latestCheckpoint() : await merkle.sign(signer, at);
    if (checkpoint === undefined) throw noKeys();
    return { checkpoint, keys: signer?.keys ?? (await merkle.keys()) };
  } catch (error) {
    if (!(error instanceof HistoryAltered) || signer === undefined) throw error;
    process.exitCode = 1;
    console.error(
      `${error.message}. What is exported is held against that checkpoint. / Riwayat tidak lagi sesuai dengan checkpoint itu.`,
    );
    return { checkpoint: error.signed, keys: signer.keys };
  }
}

function noKeys(): OperatorError {
  const file = checkpointKeysFile(homeFolder());
  return new OperatorError(
    `No checkpoint has been signed: the keys of checkpoints are not at ${file}. Set TEGAS_CHECKPOINT_KEYS, or make them with npx tegas migrate.`,
    `Belum ada checkpoint yang ditandatangani: kuncinya tidak ada di ${file}. Atur TEGAS_CHECKPOINT_KEYS, atau buat dengan npx tegas migrate.`,
  );
}
