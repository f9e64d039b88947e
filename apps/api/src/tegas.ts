/** What the API runs on, opened once: the event log with its registry and time, and the read models. */

import type { OpenLog } from '#privacy/open-log.js';
import type { ReadModels } from '#read-models/data-source.js';

export type Tegas = OpenLog & { readonly readModels: ReadModels };
export const OpenLogToken = 'tegas:open-log';
