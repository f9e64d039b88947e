/** `tegas token <person>`: a bearer token of the running demo's issuer, for curl. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readDemoPeople } from '#event-store/seed.js';
import { cloneFolder, findInstance, homeFolder } from './instance.js';
import { OperatorError } from './progress.js';

export function registerToken(program: Command): void {
  program
    .command('token <person>')
    .description('Print a token of a demo person for the running demo, valid for an hour')
    .action(async (person: string) => {
      const home = homeFolder();
      const instance = findInstance(home);
      if (instance === undefined)
        throw new OperatorError(
          'Tegas is not running here: run npm start in another terminal.',
          'Tegas tidak sedang berjalan di sini: jalankan npm start di terminal lain.',
        );
      const people = await readDemoPeople(join(cloneFolder(), 'data'));
      if (!people.some((p) => p.login === person)) {
        const known = people.map((p) => p.login).join(', ');
        throw new OperatorError(
          `There is no demo person ${person}. Known: ${known}.`,
          `Tidak ada orang demo ${person}. Yang ada: ${known}.`,
        );
      }
      console.log(await demoToken(home, instance.port, person));
    });
}

/** A token of the demo issuer that runs on this port and keeps its secret in this home. @throws OperatorError when it refuses. */
export async function demoToken(home: string, port: number, person: string): Promise<string> {
  const { clientSecret } = JSON.parse(await readFile(join(home, 'demo-issuer.json'), 'utf8')) as { clientSecret: string };
  const answer = await fetch(`http://127.0.0.1:${port}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: person,
      client_secret: clientSecret,
      scope: 'tegas',
    }),
    signal: AbortSignal.timeout(10_000),
  });
  const body = (await answer.json()) as { access_token?: string; error_description?: string };
  const why = body.error_description ?? answer.status;
  if (body.access_token === undefined)
    throw new OperatorError(`The demo issuer refused: ${why}`, `Penerbit demo menolak: ${why}`);
  return body.access_token;
}
