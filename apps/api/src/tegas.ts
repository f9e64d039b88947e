/** What the API runs on, opened once: the event log with its registry and time, and the read models. */

import { Documents } from '#evidence/documents.js';
import type { DocumentSettings } from '#evidence/settings.js';
import { type LogSettings, type OpenLog, openLog } from '#privacy/open-log.js';
import { openReadModels, type ReadModels } from '#read-models/data-source.js';

/** `close` ends all of it. */
export type Tegas = OpenLog & { readonly readModels: ReadModels; readonly documents: Documents };
export const OpenLogToken = 'tegas:open-log';

/** All of it or, when something cannot be opened, nothing: then whoever waits for it may try again. */
export async function openTegas(settings: LogSettings & { readonly documents: DocumentSettings }): Promise<Tegas> {
  const log = await openLog(settings);
  try {
    const readModels = await openReadModels(settings.databaseUrl);
    const close = async () => {
      await readModels.destroy();
      await log.close();
    };
    const documents = new Documents(log.pool, log.codec, settings.documents);
    return { ...log, readModels, documents, close };
  } catch (error) {
    await log.close();
    throw error;
  }
}
