/**
 * Old events stay readable. Each event type and version has a golden file, kept for ever: an event as it was written then, in the clear.
 * `shapes.json` keeps the shape of each version's data as the compiler sees it, so that no event changes without a new version.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { schemaVersions, upcast } from '#domain/upcasters.js';

const folder = 'libs/domain/golden';
const shapesFile = `${folder}/shapes.json`;

interface Golden {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: object;
  /** What it is lifted to; absent while the version is the newest. */
  readonly lifted?: object;
}

const versions: { readonly [type: string]: number } = schemaVersions;
const goldens = readdirSync(folder)
  .filter((file) => file !== 'shapes.json')
  .map((file): Golden & { readonly file: string } => ({ file, ...JSON.parse(readFileSync(path.join(folder, file), 'utf8')) }));
const shapes: { readonly [type: string]: { readonly [version: string]: string } } = JSON.parse(readFileSync(shapesFile, 'utf8'));

/** Every golden of today's version as a typed constant: the compiler says whether it still fits. */
const probe = [
  `import type { TegasEvent } from '../src/upcasters.js';`,
  `type DataOf<T extends TegasEvent['type']> = Extract<TegasEvent, { type: T }>['data'];`,
  'export type AllEvents = TegasEvent;',
  ...goldens
    .filter(({ type, schemaVersion }) => versions[type] === schemaVersion)
    .map(({ type, data }) => `export const golden${type}: DataOf<'${type}'> = ${JSON.stringify(data)};`),
].join('\n');

function compile(): { readonly program: ts.Program; readonly source: ts.SourceFile } {
  const { config } = ts.readConfigFile('tsconfig.base.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
  const host = ts.createCompilerHost(options);
  const name = path.resolve(folder, 'probe.ts');
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => file === name || fileExists(file);
  host.readFile = (file) => (file === name ? probe : readFile(file));
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, probe, ts.ScriptTarget.ES2022, true) : getSourceFile(file, ...rest);
  const program = ts.createProgram([name], { ...options, noEmit: true }, host);
  const source = program.getSourceFile(name);
  if (source === undefined) throw new Error('The probe was not compiled');
  return { program, source };
}

const { program, source } = compile();
const checker = program.getTypeChecker();

/** A type written out to its last property, names of types left out: two types with equal text hold equal JSON. */
function shapeOf(type: ts.Type, within: readonly ts.Type[] = []): string {
  if (within.includes(type)) return `<${type.aliasSymbol?.name ?? 'itself'}>`;
  const inner = (one: ts.Type) => shapeOf(one, [...within, type]);
  if (type.isUnion()) return [...new Set(type.types.map(inner))].sort().join(' | ');
  if (checker.isArrayType(type)) return `(${checker.getTypeArguments(type as ts.TypeReference).map(inner)})[]`;
  if (!type.isIntersection() && (type.flags & ts.TypeFlags.Object) === 0) return checker.typeToString(type);
  const properties = checker
    .getPropertiesOfType(type)
    .map((property) => {
      const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      return `${property.name}${optional ? '?' : ''}: ${inner(checker.getTypeOfSymbol(property))}`;
    })
    .sort();
  const indexes = checker.getIndexInfosOfType(type).map((info) => `[${checker.typeToString(info.keyType)}]: ${inner(info.type)}`);
  return `{ ${[...properties, ...indexes].join('; ')} }`;
}

function propertyOf(type: ts.Type, name: string): ts.Type | undefined {
  const property = type.getProperty(name);
  return property === undefined ? undefined : checker.getTypeOfSymbol(property);
}

const shapesNow = new Map<string, string>();
ts.forEachChild(source, (node) => {
  if (!ts.isTypeAliasDeclaration(node) || node.name.text !== 'AllEvents') return;
  const all = checker.getTypeAtLocation(node);
  for (const event of all.isUnion() ? all.types : [all]) {
    const [type, data] = ['type', 'data'].map((name) => propertyOf(event, name));
    if (type?.isStringLiteral() && data !== undefined) shapesNow.set(type.value, shapeOf(data));
  }
});

// A new type or version is entered by this; an entry that is there is never rewritten.
if (process.env.UPDATE_SHAPES === '1') {
  const entered = [...shapesNow].map(([type, shape]) => {
    const kept = shapes[type] ?? {};
    const version = versions[type] ?? 1;
    return [type, kept[version] === undefined ? { ...kept, [version]: shape } : kept] as const;
  });
  writeFileSync(shapesFile, `${JSON.stringify(Object.fromEntries(entered.sort()), null, 1)}\n`);
}

describe('stored events', () => {
  it('are all known to the table of versions', () => {
    expect([...shapesNow.keys()].sort()).toEqual(Object.keys(versions).sort());
  });

  it.each(Object.keys(versions))('%s has the shape of its version: a changed event takes a new version', (type) => {
    const version = versions[type] ?? 1;
    if (shapes[type]?.[version] === undefined)
      throw new Error(
        `${type} version ${version} is not in ${shapesFile}: enter it by UPDATE_SHAPES=1 npm test -- test/tidy/golden`,
      );
    // Different? Raise the version in libs/domain/src/upcasters.ts, add an upcaster from the one before, and a golden file of the new one.
    expect(shapesNow.get(type)).toBe(shapes[type]?.[version]);
  });

  it('have a golden file for every type and version, and no file is left over', () => {
    const wanted = Object.entries(versions).flatMap(([type, newest]) =>
      Array.from({ length: newest }, (_, n) => `${type}.v${n + 1}.json`),
    );
    expect(goldens.map(({ file }) => file).sort()).toEqual(wanted.sort());
    for (const { file, type, schemaVersion } of goldens) expect(file).toBe(`${type}.v${schemaVersion}.json`);
  });

  it('fit their golden files, to the last property', () => {
    const faults = ts
      .getPreEmitDiagnostics(program, source)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(faults).toEqual([]);
  });

  it.each(goldens)('$file is read as it was meant', ({ type, schemaVersion, data, lifted }) => {
    expect(lifted === undefined).toBe(versions[type] === schemaVersion);
    expect(upcast(type, schemaVersion, data)).toEqual(lifted ?? data);
  });
});
