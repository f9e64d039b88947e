/** Who is told by webhook, as the file named by TEGAS_WEBHOOKS says it: read by the worker, which sends, and by `tegas outbox replay`. */
import { readFile } from 'node:fs/promises';
import type { Text } from '#domain/event.js';
import type { RecordedEvent } from '#event-store/port.js';
import { type NewDelivery, outboxEventOf } from './outbox.js';

export interface WebhookTarget {
  /** Names it in the outbox and in every message; the address, which may hold a secret, stands nowhere else. */
  readonly name: string;
  readonly url: URL;
  /** Of Standard Webhooks: `whsec_` and base64. */
  readonly secret: string;
  /** Types of events it is told of, as the log names them. */
  readonly types: readonly string[];
  /** It may stand at a private address of the house's own network. */
  readonly allowPrivate: boolean;
}

/** Something in the environment or in a file it names is wrong: what, and what to do. */
export class MisconfiguredOutbox extends Error {
  override readonly name = 'MisconfiguredOutbox';
  constructor(readonly text: Text) {
    super(`${text.en}\n${text.id}`);
  }
}

/** None without a file. Over http only in the demo, or to this machine. @throws MisconfiguredOutbox */
export async function readWebhookTargets(file: string | undefined, demo: boolean): Promise<readonly WebhookTarget[]> {
  if (file === undefined || file === '') return [];
  const given = await readJson('TEGAS_WEBHOOKS', file);
  if (!Array.isArray(given)) throw wrong(file, 'must be a list, […]', 'harus berupa daftar, […]');
  const targets = given.map((one: unknown, at) => targetOf(file, at, one, demo));
  const twice = targets.find(({ name }, at) => targets.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) throw wrong(file, `names ${twice.name} twice`, `menyebut ${twice.name} dua kali`);
  return targets;
}

/** The JSON of a file that a variable names. @throws MisconfiguredOutbox */
export async function readJson(variable: string, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'JSON' : String((error as { readonly code?: unknown }).code);
    throw new MisconfiguredOutbox({
      id: `Berkas ${file} pada ${variable} tidak dapat dibaca (${why}): perbaiki, atau kosongkan ${variable}.`,
      en: `The file ${file} of ${variable} cannot be read (${why}): correct it, or unset ${variable}.`,
    });
  }
}

function targetOf(file: string, at: number, given: unknown, demo: boolean): WebhookTarget {
  const { name, url: address, secret, types, allowPrivate = false } = (given ?? {}) as { readonly [key: string]: unknown };
  const which = typeof name === 'string' ? name : `#${at + 1}`;
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,40}$/.test(name))
    throw wrong(file, `${which}: name must be lower-case letters, digits and -`, `${which}: name harus huruf kecil, angka dan -`);
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined;
  const local = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && (demo || local))))
    throw wrong(file, `${name}: url must begin with https://`, `${name}: url harus diawali https://`);
  if (typeof secret !== 'string' || !/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret))
    throw wrong(
      file,
      `${name}: secret must be whsec_ and at least 24 bytes in base64`,
      `${name}: secret harus whsec_ dan sedikitnya 24 byte dalam base64`,
    );
  if (!Array.isArray(types) || types.length === 0 || !types.every((type) => typeof type === 'string' && /^[A-Z]\w+$/.test(type)))
    throw wrong(
      file,
      `${name}: types must list types of events, such as "ClockEscalated"`,
      `${name}: types harus memuat jenis peristiwa, misalnya "ClockEscalated"`,
    );
  if (typeof allowPrivate !== 'boolean')
    throw wrong(file, `${name}: allowPrivate must be true or false`, `${name}: allowPrivate harus true atau false`);
  return { name, url, secret, types, allowPrivate };
}

function wrong(file: string, en: string, id: string): MisconfiguredOutbox {
  return new MisconfiguredOutbox({ id: `TEGAS_WEBHOOKS, ${file}: ${id}.`, en: `TEGAS_WEBHOOKS, ${file}: ${en}.` });
}

/** What the targets are told of an event. */
export function webhooksOf(targets: readonly WebhookTarget[], event: RecordedEvent, store: string): readonly NewDelivery[] {
  return targets
    .filter(({ types }) => types.includes(event.type))
    .map(({ name }) => ({ channel: 'webhook', to: name, position: event.position, event: outboxEventOf(event, store) }));
}
