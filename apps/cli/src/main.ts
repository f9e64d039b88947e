import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { mendUnreadable, UnreadableStream } from '#event-store/event-log.js';
import { RegistryUnreadable } from '#event-store/registry.js';
import { MasterKeyUnusable } from '#privacy/master-key.js';
import type { OtherStore } from '#read-models/projection.js';
import { OperatorError, WrongUsage } from './progress.js';

const FAILED = 1;
const WRONG_USAGE = 2;

type Register = (program: Command) => void;

/** Each command registers itself from its own file, which is read only when it is the one asked for: some take a second to read. */
const commands: { readonly [name: string]: () => Promise<Register> } = {
  start: async () => (await import('./start.js')).registerStart,
  migrate: async () => (await import('./prepare-database.js')).registerMigrate,
  seed: async () => (await import('./prepare-database.js')).registerSeed,
  token: async () => (await import('./token.js')).registerToken,
  import: async () => (await import('./import-receipt-log.js')).registerImport,
  procedures: async () => (await import('./procedures.js')).registerProcedures,
  rebuild: async () => (await import('./rebuild.js')).registerRebuild,
  parked: async () => (await import('./parked.js')).registerParked,
  outbox: async () => (await import('./outbox.js')).registerOutbox,
  simulate: async () => (await import('./simulate.js')).registerSimulate,
  calendar: async () => (await import('./calendar.js')).registerCalendar,
  history: async () => (await import('./history.js')).registerHistory,
  explain: async () => (await import('./explain.js')).registerExplain,
  clock: async () => (await import('./clock.js')).registerClock,
  'copy-log': async () => (await import('./copy-log.js')).registerCopyLog,
  documents: async () => (await import('./documents.js')).registerDocuments,
  letter: async () => (await import('./letter.js')).registerLetter,
  receipt: async () => (await import('./receipt.js')).registerReceipt,
  audit: async () => (await import('./audit.js')).registerAudit,
  export: async () => (await import('./export.js')).registerExport,
  'checkpoint-key': async () => (await import('./export.js')).registerCheckpointKey,
  'master-key': async () => (await import('./master-key.js')).registerMasterKey,
  verify: async () => (await import('./verify.js')).registerVerify,
};

/** The program `tegas` with the command asked for; with all of them where none of them is. */
async function createProgram(asked: string | undefined): Promise<Command> {
  const program = new Command('tegas')
    .description('Tegas: event-sourced case workflow for determining citizenship and immigration status')
    .exitOverride() // before the commands, which inherit it
    .showHelpAfterError('(tegas --help lists the commands)');
  const known = asked !== undefined && Object.hasOwn(commands, asked) ? commands[asked] : undefined;
  for (const register of known === undefined ? Object.values(commands) : [known]) (await register())(program);
  return program;
}

/** Runs one command line and answers the exit code: 0 ok, 1 failed, 2 wrong usage. */
export async function main(args: string[]): Promise<number> {
  process.exitCode = 0;
  try {
    await (await createProgram(args[0])).parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    if (error instanceof OperatorError) {
      console.error(error.message);
      if (error instanceof WrongUsage) return WRONG_USAGE;
    } else if (error instanceof RegistryUnreadable || isOtherStore(error)) console.error(`${error.text.en}\n${error.text.id}`);
    else if (error instanceof MasterKeyUnusable)
      console.error(
        `${error.message}. Is TEGAS_HOME (or TEGAS_MASTER_KEY_FILE) the folder it was, and may this user read and write it?\nKunci induk tidak dapat dipakai: periksa TEGAS_HOME (atau TEGAS_MASTER_KEY_FILE) dan izin baca-tulis bagi pengguna ini.`,
      );
    else if (error instanceof UnreadableStream) console.error(saidOf(error));
    else console.error(error);
    return FAILED;
  }
}

/** By name: its file brings an object-relational mapper along. */
function isOtherStore(error: unknown): error is OtherStore {
  return error instanceof Error && error.name === 'OtherStore';
}

function saidOf({ message, cause }: UnreadableStream): string {
  const mend = cause instanceof Error ? mendUnreadable(cause.name) : undefined;
  return mend === undefined ? message : `${message}. ${mend.en}\n${mend.id}`;
}

// `node dist/apps/cli/src/main.js`, as in the Docker image: built already.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
