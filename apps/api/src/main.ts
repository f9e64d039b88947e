/** The API process: says it is ready when it listens. */
import 'reflect-metadata';
import { MISCONFIGURED, runProcess } from '#privacy/run-process.js';
import { createApi } from './api.js';
import { type ApiSettings, readSettings } from './settings.js';

const settings = settingsOf(process.env);
await runProcess('api', async () => {
  const api = await createApi(settings);
  await api.app.listen(settings.port, settings.host);
  return api;
});

function settingsOf(env: NodeJS.ProcessEnv): ApiSettings {
  try {
    return readSettings(env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(MISCONFIGURED);
  }
}
