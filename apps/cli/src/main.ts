import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { mendUnreadable, UnreadableStream } from '#event-store/event-log.js';
import { RegistryUnreadable } from '#event-store/registry.js';
import { MasterKeyUnusable } from '#privacy/master-key.js';
import { OtherStore } from '#read-models/projection.js';
import { registerAudit } from './audit.js';
import { registerCalendar } from './calendar.js';
import { registerClock } from './clock.js';
import { registerCopyLog } from './copy-log.js';
import { registerExplain } from './explain.js';
import { registerCheckpointKey, registerExport } from './export.js';
import { registerHistory } from './history.js';
import { registerImport } from './import-receipt-log.js';
import { registerOutbox } from './outbox.js';
import { registerParked } from './parked.js';
import { registerMigrate, registerSeed } from './prepare-database.js';
import { registerProcedures } from './procedures.js';
import { OperatorError, WrongUsage } from './progress.js';
import { registerRebuild } from './rebuild.js';
import { registerSimulate } from './simulate.js';
import { registerStart } from './start.js';
import { registerToken } from './token.js';
import { registerVerify } from './verify.js';

const FAILED = 1;
const WRONG_USAGE = 2;

/** The program `tegas`: each command registers itself from its own file. */
function createProgram(): Command {
  const program = new Command('tegas')
    .description('Tegas: event-sourced case workflow for determining citizenship and immigration status')
    .exitOverride() // before the commands, which inherit it
    .showHelpAfterError('(tegas --help lists the commands)');
  registerStart(program);
  registerMigrate(program);
  registerSeed(program);
  registerToken(program);
  registerImport(program);
  registerProcedures(program);
  registerRebuild(program);
  registerParked(program);
  registerOutbox(program);
  registerSimulate(program);
  registerCalendar(program);
  registerHistory(program);
  registerExplain(program);
  registerClock(program);
  registerCopyLog(program);
  registerAudit(program);
  registerExport(program);
  registerCheckpointKey(program);
  registerVerify(program);
  return program;
}

/** Runs one command line and answers the exit code: 0 ok, 1 failed, 2 wrong usage. */
export async function main(args: string[]): Promise<number> {
  process.exitCode = 0;
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    if (error instanceof OperatorError) {
      console.error(error.message);
      if (error instanceof WrongUsage) return WRONG_USAGE;
    } else if (error instanceof RegistryUnreadable || error instanceof OtherStore)
      console.error(`${error.text.en}\n${error.text.id}`);
    else if (error instanceof MasterKeyUnusable)
      console.error(
        `${error.message}. Is TEGAS_HOME (or TEGAS_MASTER_KEY_FILE) the folder it was, and may this user read and write it?\nKunci induk tidak dapat dipakai: periksa TEGAS_HOME (atau TEGAS_MASTER_KEY_FILE) dan izin baca-tulis bagi pengguna ini.`,
      );
    else if (error instanceof UnreadableStream) console.error(saidOf(error));
    else console.error(error);
    return FAILED;
  }
}

function saidOf({ message, cause }: UnreadableStream): string {
  const mend = cause instanceof Error ? mendUnreadable(cause.name) : undefined;
  return mend === undefined ? message : `${message}. ${mend.en}\n${mend.id}`;
}

// `node dist/apps/cli/src/main.js`, as in the Docker image: built already.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
