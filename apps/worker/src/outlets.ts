/** The ways out of the house as the environment configures them. What is missing is off; what is wrong is one sentence and no start. */
import type { Id } from '#domain/event.js';
import { MisconfiguredOutbox, readJson, readWebhookTargets } from '#read-models/webhook-targets.js';
import { openSmtp } from './channels.js';
import type { Outlets } from './delivery.js';

/** In the demo addresses may be http, and the console is this machine's. @throws MisconfiguredOutbox */
export async function openOutlets(env: NodeJS.ProcessEnv, demo: boolean): Promise<Outlets> {
  const webhooks = await readWebhookTargets(env.TEGAS_WEBHOOKS, demo);
  const { TEGAS_SMTP_URL: smtpUrl, TEGAS_MAIL_FROM: mailFrom, TEGAS_MAIL_ADDRESSES: mailAddresses } = env;
  if (!smtpUrl) return { webhooks };
  const publicUrl = env.TEGAS_PUBLIC_URL || (demo ? `http://localhost:${env.TEGAS_PORT || '3000'}` : undefined);
  if (!/^smtps?:\/\/./.test(smtpUrl) || !URL.canParse(smtpUrl)) throw wrong('TEGAS_SMTP_URL', 'smtps://user:password@host:465');
  if (mailFrom === undefined || !isAddress(mailFrom)) throw wrong('TEGAS_MAIL_FROM', 'tegas@example.go.id');
  if (!mailAddresses) throw wrong('TEGAS_MAIL_ADDRESSES', '/etc/tegas/addresses.json');
  if (publicUrl === undefined || !URL.canParse(publicUrl) || !(demo || publicUrl.startsWith('https://')))
    throw wrong('TEGAS_PUBLIC_URL', 'https://tegas.example.go.id');
  const told = new Set<string>();
  let known = await readAddresses(mailAddresses, told);
  // Read anew each time, so that a new official is known at once; while the file is being written, what was known still is.
  const addresses = async () => {
    known = await readAddresses(mailAddresses, told).catch((error) => {
      console.error(`worker: ${error.message}`);
      return known;
    });
    return known;
  };
  return { webhooks, mail: { port: openSmtp(smtpUrl, mailFrom), publicUrl: publicUrl.replace(/\/$/, ''), addresses } };
}

/**
 * One address that is none keeps nothing else from running: it is left out, and told once of each official in `told`.
 * @throws MisconfiguredOutbox
 */
async function readAddresses(file: string, told: Set<string>): Promise<ReadonlyMap<Id, string>> {
  const given = await readJson('TEGAS_MAIL_ADDRESSES', file);
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrong('TEGAS_MAIL_ADDRESSES', '{ "officer.kupang": "pemeriksa@example.go.id" }');
  const entries = Object.entries(given as { readonly [login: string]: unknown });
  const good = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string' && isAddress(entry[1]));
  const odd = entries.filter((entry) => !good.some((one) => one === entry)).map(([login]) => login);
  for (const login of told) if (!odd.includes(login)) told.delete(login);
  for (const login of odd.filter((one) => !told.has(one))) {
    // The login says whose it is; an address stands in no log.
    const { id, en } = wrong(`TEGAS_MAIL_ADDRESSES (${login})`, 'pemeriksa@example.go.id').text;
    console.error(
      `worker: NO MAIL to ${login}: ${en} Everyone else gets theirs.\nTIDAK ADA SURAT untuk ${login}: ${id} Pejabat lain tetap menerimanya.`,
    );
    told.add(login);
  }
  return new Map(good);
}

function isAddress(text: string): boolean {
  return /^[^\s@,;:<>()"\\]{1,64}@[A-Za-z0-9.-]{1,190}$/.test(text);
}

function wrong(variable: string, example: string): MisconfiguredOutbox {
  return new MisconfiguredOutbox({
    id: `${variable} harus diisi seperti ${example}.`,
    en: `${variable} must be set as ${example}.`,
  });
}
