/** What the API runs on, opened once: the event log with its registry and time, and the read models. */
import type { DataSource } from 'typeorm';
import type { OpenLog } from '#privacy/open-log.js';

export type Tegas = OpenLog & { readonly readModels: DataSource };
export const OpenLogToken = 'tegas:open-log';
