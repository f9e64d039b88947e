/** Who is told by webhook, as the file named by TEGAS_WEBHOOKS says it: read by the worker, which sends, and by `tegas outbox replay`. */
import { readFile } from 'node:fs/promises';
import { BlockList, isIP } from 'node:net';
import type { Text } from '#domain/event.js';
import type { RecordedEvent } from '#event-store/port.js';
import { type NewDelivery, outboxEventOf } from './outbox.js';
import { isKnown } from './projection.js';

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
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && (demo || isThisMachine(url)))))
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
  const unknown = types.filter((type) => !isKnown(type));
  if (unknown.length > 0)
    throw wrong(
      file,
      `${name}: there are no events of the type ${unknown.join(', ')}: check the spelling`,
      `${name}: tidak ada peristiwa berjenis ${unknown.join(', ')}: periksa ejaannya`,
    );
  if (typeof allowPrivate !== 'boolean')
    throw wrong(file, `${name}: allowPrivate must be true or false`, `${name}: allowPrivate harus true atau false`);
  if (!mayName(url, allowPrivate))
    throw wrong(
      file,
      `${name}: url names an address inside the network: correct it, or set allowPrivate if the receiver is your own`,
      `${name}: url menyebut alamat di jaringan dalam: perbaiki, atau isi allowPrivate bila penerimanya milik sendiri`,
    );
  return { name, url, secret, types, allowPrivate };
}

/** Never reached from here: where clouds keep their secrets, and what is nobody's address. */
const never = new BlockList();
/** Reached only where the configuration says that the receiver stands within the house. */
const inside = new BlockList();
for (const [list, ranges] of [
  [never, ['0.0.0.0/8', '169.254.0.0/16', '100.100.100.200/32', '192.0.0.192/32', '224.0.0.0/3', '::/128', 'fe80::/10']],
  [never, ['fd00:ec2::254/128', 'ff00::/8', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16']],
  [inside, ['10.0.0.0/8', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15', '::1/128']],
  [inside, ['fc00::/7']],
] as const)
  for (const range of ranges) {
    const [net = '', bits] = range.split('/');
    list.addSubnet(net, Number(bits), isIP(net) === 6 ? 'ipv6' : 'ipv4');
  }

/** May a webhook go to this address? An IPv6 that only wraps an IPv4 counts as that. */
export function mayReach(address: string, allowPrivate: boolean): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return !never.check(address, family) && (allowPrivate || !inside.check(address, family));
}

/** Said by its name in the configuration, this machine is meant. */
export function isThisMachine(url: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}

/** May a webhook's url say this? A name may; it is judged by the address that it has when something is sent. */
export function mayName(url: URL, allowPrivate: boolean): boolean {
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(literal) === 0 || mayReach(literal, allowPrivate || isThisMachine(url));
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
