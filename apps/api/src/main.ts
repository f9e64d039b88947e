/** The API process: listens, says it is ready, and ends in order when it is told to or when its supervisor is gone. */
import 'reflect-metadata';
import { createApi } from './api.js';
import { type ApiSettings, readSettings } from './settings.js';

/** Wrong configuration: a restart would not help (EX_CONFIG). */
const MISCONFIGURED = 78;

const api = await start();

async function start() {
  let settings: ApiSettings;
  try {
    settings = readSettings(process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(MISCONFIGURED);
  }
  const created = await createApi(settings);
  await created.app.listen(settings.port, settings.host);
  process.send?.({ type: 'ready' });
  return created;
}

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  void api.close().then(
    () => process.exit(0),
    (error) => {
      console.error('api: did not end in order', error);
      process.exit(1);
    },
  );
}
process.on('SIGTERM', end).on('SIGINT', end).on('disconnect', end);
