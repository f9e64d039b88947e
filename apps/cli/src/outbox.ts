/** `tegas outbox`: what is to be sent out of the house and was, what was given up and why, trying again, and webhooks anew from a position. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Text } from '#domain/event.js';
import { comparePositions, type Position } from '#event-store/port.js';
import { openReadModels, type ReadModels } from '#read-models/data-source.js';
import { countOutbox, findDead, type NewDelivery, putInAgain, retryDead, toldPrefixes } from '#read-models/outbox.js';
import { MisconfiguredOutbox, readWebhookTargets, type WebhookTarget, webhooksOf } from '#read-models/webhook-targets.js';
import { mayMoveTime, withLog } from './instance.js';
import { createProgress, OperatorError } from './progress.js';

const MOST_LISTED = 1000;

export function registerOutbox(program: Command): void {
  const outbox = program
    .command('outbox')
    .description(
      'Count what is to be sent by mail and webhook and was, and list what was given up and why; --retry tries it again',
    )
    .option('--retry', 'try again what was given up', false)
    .option('--json', 'one line of JSON', false)
    .action(({ retry, json }: { retry: boolean; json: boolean }) =>
      withLog(async (_, databaseUrl) =>
        withReadModels(databaseUrl, (readModels) => (retry ? again(readModels, json) : list(readModels, json))),
      ),
    );
  outbox
    .command('replay')
    .description('Send webhooks anew from a position of the log on, under the ids they had; mail is never sent anew')
    .requiredOption('--from <position>', 'the first position to send', positionOf)
    .option('--to <target>', 'only to this target of TEGAS_WEBHOOKS')
    // `--json` is the outbox's own option, before and after `replay`.
    .action((_options: unknown, command: Command) => {
      const { from, to, json } = command.optsWithGlobals<{ from: Position; to?: string; json: boolean }>();
      return replay(from, to, json);
    });
}

async function withReadModels(databaseUrl: string, use: (readModels: ReadModels) => Promise<void>): Promise<void> {
  const readModels = await openReadModels(databaseUrl, { poolSize: 2 });
  try {
    await use(readModels);
  } finally {
    await readModels.destroy();
  }
}

async function list(readModels: ReadModels, json: boolean): Promise<void> {
  const [counts, dead] = [await countOutbox(readModels), await findDead(readModels, MOST_LISTED)];
  if (json)
    return console.log(JSON.stringify({ counts, dead: dead.map((one) => ({ ...one, explanation: explain(one.lastError) })) }));
  if (counts.length === 0) console.log('The outbox is empty. / Kotak keluar kosong.');
  for (const { channel, state, count } of counts) console.log(`${channel.padEnd(8)} ${state.padEnd(8)} ${count}`);
  for (const { channel, target, type, position, attempts, lastError, createdAt } of dead) {
    const { id, en } = explain(lastError);
    console.log(
      `\n${channel} ${target}  ${type}, position ${position}, since ${createdAt}, ${attempts} attempts\n  ${lastError ?? '–'}\n  ${id}\n  ${en}`,
    );
  }
  if (dead.length > 0) console.log('\nTry again / Ulangi: npx tegas outbox --retry');
}

async function again(readModels: ReadModels, json: boolean): Promise<void> {
  const retried = await retryDead(readModels);
  if (json) return console.log(JSON.stringify({ retried }));
  console.log(`${retried} deliveries are tried again / kiriman diulangi`);
  const gone = (await findDead(readModels, MOST_LISTED)).filter(({ lastError }) => lastError === 'target-gone').length;
  if (gone > 0)
    console.log(
      `${gone} stay, for a target that is configured no more / tetap tersimpan, bagi tujuan yang tidak lagi ada dalam konfigurasi`,
    );
}

/** Why a delivery was given up and what to do, in both languages. */
function explain(error: string | null): Text {
  if (error === 'target-gone')
    return {
      id: 'Tujuan ini tidak lagi ada dalam konfigurasi. Pasang kembali, lalu ulangi.',
      en: 'This target is configured no more. Put it back, then try again.',
    };
  if (error === 'no-address')
    return {
      id: 'Pejabat ini tidak punya alamat dalam TEGAS_MAIL_ADDRESSES. Tambahkan, lalu ulangi.',
      en: 'This official has no address in TEGAS_MAIL_ADDRESSES. Add it, then try again.',
    };
  if (error === 'address-refused')
    return {
      id: 'Alamat webhook berada di jaringan dalam, yang tidak diizinkan. Periksa url, atau isi allowPrivate bila memang milik sendiri.',
      en: 'The webhook’s address lies inside the network, which is not allowed. Check its url, or set allowPrivate if it is your own.',
    };
  if (error?.startsWith('SMTP-5') === true)
    return {
      id: 'Server surat menolak penerima. Periksa alamatnya dalam TEGAS_MAIL_ADDRESSES, lalu ulangi.',
      en: 'The mail server refused the receiver. Check the address in TEGAS_MAIL_ADDRESSES, then try again.',
    };
  if (error?.startsWith('SMTP-') === true)
    return {
      id: 'Server surat menunda sampai akhir. Minta pengelolanya memeriksa, lalu ulangi.',
      en: 'The mail server put it off to the last. Have it looked at, then try again.',
    };
  if (error?.startsWith('HTTP-') === true)
    return {
      id: 'Penerima webhook menolak sampai akhir. Minta pengelolanya memeriksa, lalu ulangi.',
      en: 'The webhook’s receiver refused it to the last. Have it looked at, then try again.',
    };
  if (error === null || error === 'fault')
    return {
      id: 'Kiriman ini gagal karena kesalahan dalam Tegas, yang tercatat pada keluaran worker. Laporkan, lalu ulangi.',
      en: 'It failed by a fault in Tegas, which the worker’s output tells. Report it, then try again.',
    };
  return {
    id: 'Server tujuan tidak dapat dihubungi sampai akhir. Periksa jaringan dan konfigurasi, lalu ulangi.',
    en: 'The server could not be reached to the last. Check the network and the configuration, then try again.',
  };
}

async function replay(from: Position, to: string | undefined, json: boolean): Promise<void> {
  const targets = await configuredTargets(to);
  await withLog(async ({ log }, databaseUrl) =>
    withReadModels(databaseUrl, async (readModels) => {
      const [store, head] = [await log.store.identity(), await log.head()];
      const wanted = new Set(targets.flatMap(({ types }) => types));
      const progress = createProgress(1);
      progress.step('Replaying');
      let replayed = 0;
      // Positions are said inclusively and read exclusively.
      for await (const batch of log.readAll(String(BigInt(from) - 1n), { filter: { streamPrefixes: toldPrefixes } })) {
        // What happens from now on is sent as ever.
        const past = batch.filter(({ type, position }) => wanted.has(type) && comparePositions(position, head) <= 0);
        const deliveries: readonly NewDelivery[] = past.flatMap((event) => webhooksOf(targets, event, store));
        replayed += await putInAgain(readModels, deliveries);
        progress.at(Number(batch.at(-1)?.position ?? from) - Number(from), Number(head) - Number(from));
      }
      progress.end();
      const names = targets.map(({ name }) => name);
      console.log(
        json
          ? JSON.stringify({ replayed, from, to: names })
          : `${replayed} deliveries to ${names.join(', ')} will be sent anew / kiriman akan dikirim ulang`,
      );
    }),
  );
}

async function configuredTargets(to: string | undefined): Promise<readonly WebhookTarget[]> {
  const all = await readWebhookTargets(process.env.TEGAS_WEBHOOKS, mayMoveTime()).catch((error): never => {
    throw error instanceof MisconfiguredOutbox ? new OperatorError(error.text.en, error.text.id) : error;
  });
  const chosen = all.filter(({ name }) => to === undefined || name === to);
  if (chosen.length > 0) return chosen;
  if (all.length === 0)
    throw new OperatorError(
      'No webhook is configured here, so there is nothing to replay: name the file of targets in TEGAS_WEBHOOKS, as the worker has it.',
      'Tidak ada webhook yang dikonfigurasi di sini, sehingga tidak ada yang diulang: sebut berkas tujuan dalam TEGAS_WEBHOOKS, seperti pada worker.',
    );
  const names = all.map(({ name }) => name).join(', ');
  throw new OperatorError(
    `There is no such target in TEGAS_WEBHOOKS, which names: ${names}.`,
    `Tidak ada tujuan itu dalam TEGAS_WEBHOOKS, yang menyebut: ${names}.`,
  );
}

function positionOf(said: string): Position {
  if (!/^[1-9]\d{0,18}$/.test(said))
    throw new InvalidArgumentError('A position is a whole number from 1, as answers and events carry it.');
  return said;
}
