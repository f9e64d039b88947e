/** The Docker files as far as they can be held without Docker: against the Compose Specification, and against what the product reads. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
}

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly secrets?: readonly string[];
}

const files = ['docker/compose.yml', 'docker/compose.cluster.yml'];
const read = (file: string): Compose => parse(readFileSync(file, 'utf8'), { merge: true });
const schema: object = JSON.parse(readFileSync('test/docker/compose-spec.json', 'utf8'));
const validate = new Ajv({ strict: false, validateSchema: false, validateFormats: false, allErrors: true }).compile(schema);

describe.each(files)('%s', (file) => {
  const compose = read(file);
  const services = Object.entries(compose.services);

  it('is a Compose file by the specification', () => {
    expect([validate(compose), validate.errors ?? []]).toEqual([true, []]);
    expect(validate({ services: { api: { comand: ['api'] } } })).toBe(false);
  });

  it('names only services, volumes, networks, secrets and files that there are', () => {
    const missing = services.flatMap(([name, service]) => [
      ...Object.keys(service.depends_on ?? {}).filter((other) => compose.services[other] === undefined),
      ...(Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {})).filter(
        (network) => !(network in (compose.networks ?? {})),
      ),
      ...(service.secrets ?? []).filter((secret) => compose.secrets?.[secret] === undefined),
      ...(service.volumes ?? []).flatMap((volume) => {
        const [source = ''] = volume.split(':');
        return source.startsWith('.')
          ? existsSync(join('docker', source))
            ? []
            : [source]
          : source in compose.volumes
            ? []
            : [source];
      }),
      ...(service.build === undefined || existsSync(join('docker', service.build.context, service.build.dockerfile))
        ? []
        : [`${name} build`]),
    ]);
    expect(missing).toEqual([]);
  });

  it('gives the product settings that it reads, and roles that the image has', () => {
    const product = services.filter(([, { image }]) => image === 'tegas');
    expect(product.map(([name]) => name).sort()).toEqual(['api', 'migrate', 'worker']);
    const source = ['apps', 'libs'].flatMap((part) => sourcesIn(part)).join('\n');
    for (const [name, { environment, command }] of product) {
      expect([name, existsSync(`apps/${command?.[0] === 'migrate' ? 'cli' : command?.[0]}/src/main.ts`)]).toEqual([name, true]);
      for (const variable of Object.keys(environment ?? {}))
        expect([variable, source.includes(variable)]).toEqual([variable, true]);
    }
  });
});

describe('the image', () => {
  const dockerfile = readFileSync('docker/Dockerfile', 'utf8');
  const roles = readFileSync('docker/run.sh', 'utf8');

  it('does not run as root, says whether it is ready, and starts programs that the build makes', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
    expect(last).toContain('/health/ready');
    for (const [, program = ''] of roles.matchAll(/"\$main\/(\S+)\.js"/g))
      expect([program, existsSync(join('apps', `${program}.ts`))]).toEqual([program, true]);
    for (const [, from = ''] of dockerfile.matchAll(/^COPY --from=build (.+) \S+$/gm))
      for (const path of from.split(' ').map((one) => one.replace('/tegas/', '')))
        expect([path, existsSync(path)]).toEqual([path, true]);
  });

  it('takes no secret of this machine along', () => {
    const ignored = readFileSync('docker/Dockerfile.dockerignore', 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.tegas', 'docker/secrets', 'node_modules', '.git']));
  });
});

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}
