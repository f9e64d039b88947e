/**
 * The ports to the outside, the only file that knows SMTP and HTTP: mail by nodemailer, webhooks signed as Standard Webhooks say. Each says
 * of a failure a code and whether trying again can help; never the other side's own words, which may repeat an address.
 */
import { promises as dns, type LookupAddress } from 'node:dns';
import { request as requestOverHttp } from 'node:http';
import { request as requestOverHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { createTransport } from 'nodemailer';
import { Webhook } from 'standardwebhooks';
import type { Code } from '#domain/event.js';
import type { OutboxEvent } from '#read-models/outbox.js';
import { isThisMachine, mayName, mayReach, type WebhookTarget } from '#read-models/webhook-targets.js';

/** It was not taken. `forGood`: the same again would be refused again. */
export class NotDelivered extends Error {
  override readonly name = 'NotDelivered';
  constructor(
    readonly code: Code,
    readonly forGood = false,
  ) {
    super(code);
  }
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same for every sending of one notification, so that a doubled one is known. */
  readonly messageId: string;
}

export interface MailPort {
  /** @throws NotDelivered */
  send(mail: Mail): Promise<void>;
  close(): void;
}

const CONNECT_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 15_000;

/** Over TLS where the server offers it; a password never travels without, save to this machine. */
export function openSmtp(smtpUrl: string, from: string): MailPort {
  const { hostname, password } = new URL(smtpUrl);
  const transport = createTransport(
    {
      url: smtpUrl,
      pool: true,
      maxConnections: 3,
      connectionTimeout: CONNECT_WITHIN_MS,
      greetingTimeout: CONNECT_WITHIN_MS,
      socketTimeout: ANSWER_WITHIN_MS,
      requireTLS: password !== '' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname),
    },
    { from },
  );
  return {
    async send({ to, subject, text, messageId }) {
      try {
        await transport.sendMail({
          // An address and no more: whatever stands in it adds no second receiver.
          to: { name: '', address: to },
          subject,
          text,
          messageId,
          headers: { 'Auto-Submitted': 'auto-generated' },
          disableFileAccess: true,
          disableUrlAccess: true,
        });
      } catch (error) {
        const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
        const refused = typeof responseCode === 'number' ? responseCode : 0;
        throw new NotDelivered(refused > 0 ? `SMTP-${refused}` : codeIn(code), code === 'EENVELOPE' && refused >= 500);
      }
    },
    close: () => transport.close(),
  };
}

/**
 * Sends an event to a webhook, once: 2xx is taken, all else is not. No redirect is followed. The address is judged after the name was
 * resolved and is the one connected to, so a name that changes its mind between the two leads nowhere.
 * @throws NotDelivered
 */
export function postWebhook(
  { url, secret, allowPrivate }: WebhookTarget,
  id: string,
  event: OutboxEvent,
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify(event);
  const at = new Date();
  if (!mayName(url, allowPrivate)) return Promise.reject(new NotDelivered('address-refused'));
  const allowed = (address: string) => mayReach(address, allowPrivate || isThisMachine(url));
  const lookup: LookupFunction = (hostname, options, done) => {
    dns.lookup(hostname, { all: true, ...(options.family === undefined ? {} : { family: Number(options.family) }) }).then(
      (found: LookupAddress[]) => {
        const [first] = found;
        if (first === undefined || !found.every(({ address }) => allowed(address)))
          done(Object.assign(new Error(), { code: 'address-refused' }), '', 4);
        else if (options.all === true) done(null, found);
        else done(null, first.address, first.family);
      },
      (error) => done(error, '', 4),
    );
  };
  return new Promise((resolve, reject) => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    const request = (url.protocol === 'https:' ? requestOverHttps : requestOverHttp)(url, {
      method: 'POST',
      lookup,
      agent: false,
      signal: within,
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Tegas',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, at, body),
      },
    });
    request.on('error', (error) =>
      reject(new NotDelivered(within.aborted ? 'timeout' : codeIn('code' in error ? error.code : undefined))),
    );
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      // What it has to say beyond that is not read.
      response.destroy();
      if (statusCode >= 200 && statusCode < 300) resolve();
      else reject(new NotDelivered(`HTTP-${statusCode}`));
    });
    request.end(body);
  });
}

function codeIn(code: unknown): Code {
  return typeof code === 'string' && /^[\w-]{1,40}$/.test(code) ? code : 'failed';
}
