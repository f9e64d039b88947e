/** What the house promises of its own source (ARCHITECTURE.md, docs/adding-a-command.md). Each failure names the file and what is missing. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const CASE = 'libs/domain/src/case';
const POLICIES = 'libs/domain/src/policy-table.ts';
const files = trackedFiles();
const sources = files.filter((file) => /\.(ts|tsx|mjs|cjs)$/.test(file) && !file.endsWith('.d.ts'));

/** What git tracks and what is about to be added; without git, what lies there apart from what is installed or built. */
function trackedFiles(): readonly string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
    return listed.split('\n').filter((file) => file !== '' && existsSync(file));
  } catch {
    const left = new Set(['node_modules', 'dist', '.git', '.tegas']);
    const walk = (folder: string): readonly string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        left.has(entry.name) ? [] : entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
      );
    return walk('.');
  }
}

const parsed = new Map<string, ts.SourceFile>();
function parse(file: string): ts.SourceFile {
  const source =
    parsed.get(file) ??
    ts.createSourceFile(file, existsSync(file) ? readFileSync(file, 'utf8') : '', ts.ScriptTarget.ES2022, true);
  parsed.set(file, source);
  return source;
}

/** Every node of a tree that a question picks out. */
function pick<T>(root: ts.Node, question: (node: ts.Node) => T | undefined): readonly T[] {
  const found: T[] = [];
  const visit = (node: ts.Node): void => {
    const answer = question(node);
    if (answer !== undefined) found.push(answer);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

/** `X` of every `Generic<'X', …>` in a file. */
const firstTypeArguments = (file: string, generic: string): readonly string[] =>
  pick(parse(file), (node) => {
    if (!ts.isTypeReferenceNode(node) || node.typeName.getText() !== generic) return undefined;
    const [argument] = node.typeArguments ?? [];
    return argument !== undefined && ts.isLiteralTypeNode(argument) && ts.isStringLiteral(argument.literal)
      ? argument.literal.text
      : undefined;
  });

/** The keys of `const name = { … }`, with the text of their values. */
function tableIn(file: string, name: string): ReadonlyMap<string, string> {
  const [table] = pick(parse(file), (node) =>
    ts.isVariableDeclaration(node) &&
    node.name.getText() === name &&
    node.initializer &&
    ts.isObjectLiteralExpression(node.initializer)
      ? node.initializer
      : undefined,
  );
  return new Map(
    (table?.properties ?? []).map((property) => [
      property.name?.getText() ?? '',
      ts.isPropertyAssignment(property) ? property.initializer.getText() : property.getText(),
    ]),
  );
}

/** Words that a file tells apart: `case 'X':` and `=== 'X'`. */
const toldApart = (file: string): ReadonlySet<string> =>
  new Set(
    pick(parse(file), (node) => {
      const word = ts.isCaseClause(node)
        ? node.expression
        : ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken
          ? node.right
          : undefined;
      return word !== undefined && ts.isStringLiteral(word) ? word.text : undefined;
    }),
  );

const classesIn = (file: string): ReadonlySet<string> =>
  new Set(pick(parse(file), (node) => (ts.isClassDeclaration(node) ? node.name?.text : undefined)));

/** Of each `describe('X', …)`, the methods called within. */
function calledPerDescribe(file: string): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    pick(parse(file), (node) => {
      if (!ts.isCallExpression(node) || node.expression.getText() !== 'describe') return undefined;
      const [title, body] = node.arguments;
      if (title === undefined || body === undefined || !ts.isStringLiteral(title)) return undefined;
      const called = pick(body, (n) =>
        ts.isCallExpression(n) && ts.isPropertyAccessExpression(n.expression) ? n.expression.name.text : undefined,
      );
      return [title.text, new Set(called)] as const;
    }),
  );
}

const commands = firstTypeArguments(`${CASE}/commands.ts`, 'Command');
const events = firstTypeArguments(`${CASE}/events.ts`, 'DomainEvent');

describe('every command of a case', () => {
  const requests = 'apps/api/src/requests.ts';
  const spec = `${CASE}/decide.spec.ts`;
  const missing = (where: string, has: (command: string) => boolean): readonly string[] =>
    commands.filter((command) => !has(command)).map((command) => `${command} is missing: ${where}`);

  it('is found at all, with its events', () => {
    expect(commands.length).toBeGreaterThan(20);
    expect(events.length).toBeGreaterThan(20);
    expect(new Set(commands).size).toBe(commands.length);
    expect(new Set(events).size).toBe(events.length);
  });
  it('has a row in the table of policies', () => {
    const rows = tableIn(POLICIES, 'policyTable');
    expect(missing(`a row of policyTable in ${POLICIES}`, (c) => rows.has(c))).toEqual([]);
  });
  it('is decided', () => {
    const decided = toldApart(`${CASE}/decide.ts`);
    expect(missing(`a case in ${CASE}/decide.ts`, (c) => decided.has(c))).toEqual([]);
  });
  it('has a request class and a row for it, unless only an importer sends it; opening has a route of its own', () => {
    expect([requests, existsSync(requests)]).toEqual([requests, true]);
    const policies = tableIn(POLICIES, 'policyTable');
    const table = tableIn(requests, 'commandRequests');
    const classes = classesIn(requests);
    const imports = (c: string): boolean => /^importing\(/.test(policies.get(c) ?? '');
    expect(missing(`class <command>Request in ${requests}`, (c) => imports(c) || classes.has(`${c}Request`))).toEqual([]);
    expect(
      missing(
        `a row "<command>: <command>Request" of commandRequests in ${requests}`,
        (c) => imports(c) || c === 'OpenDraft' || table.get(c) === `${c}Request`,
      ),
    ).toEqual([]);
  });
  it('has a label, and each event a sentence, in both languages', () => {
    const file = `${CASE}/sentences.ts`;
    const said = (table: ReadonlyMap<string, string>, word: string): boolean =>
      /\bid:\s*['"`][\w{].+\ben:\s*['"`][\w{]/s.test(table.get(word) ?? '');
    const labels = tableIn(file, 'commandSentences');
    expect(missing(`{ id, en } in commandSentences in ${file}`, (c) => said(labels, c))).toEqual([]);
    const sentences = tableIn(file, 'eventSentences');
    expect(
      events.filter((e) => !said(sentences, e)).map((e) => `${e} is missing: { id, en } in eventSentences in ${file}`),
    ).toEqual([]);
  });
  it('has a scenario in which it is accepted and one in which it is rejected', () => {
    const scenarios = calledPerDescribe(spec);
    expect(missing(`describe('<command>') with .then( in ${spec}`, (c) => scenarios.get(c)?.has('then') === true)).toEqual([]);
    expect(
      missing(`describe('<command>') with .thenRejected( in ${spec}`, (c) => scenarios.get(c)?.has('thenRejected') === true),
    ).toEqual([]);
  });
  it('leads to events that the fold knows', () => {
    const folded = toldApart(`${CASE}/state.ts`);
    expect(events.filter((e) => !folded.has(e)).map((e) => `${e} is missing: a case of evolve in ${CASE}/state.ts`)).toEqual([]);
  });
});

describe('every route', () => {
  it('goes by a row of the policy table', () => {
    const handlers = sources
      .filter((file) => /^apps\/api\/src\/.*\.ts$/.test(file) && !file.endsWith('.spec.ts'))
      .flatMap((file) =>
        pick(parse(file), (node) => {
          if (!ts.isMethodDeclaration(node)) return undefined;
          const said = (on: ts.Node): readonly string[] =>
            (ts.canHaveDecorators(on) ? (ts.getDecorators(on) ?? []) : []).map((one) =>
              ts.isCallExpression(one.expression) ? one.expression.expression.getText() : '',
            );
          if (
            !said(node).some((name) => ['Get', 'Post', 'Put', 'Patch', 'Delete', 'Head', 'Options', 'All', 'Sse'].includes(name))
          )
            return undefined;
          return { at: `${file}: ${node.name.getText()}`, may: [...said(node), ...said(node.parent)].includes('May') };
        }),
      );
    expect(handlers.length).toBeGreaterThan(40);
    expect(handlers.filter(({ may }) => !may).map(({ at }) => `${at} is missing: @May`)).toEqual([]);
  });
});

describe('events', () => {
  const aliases = new Set(
    pick(parse('libs/domain/src/event.ts'), (node) =>
      ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node) ? node.name.text : undefined,
    ),
  );
  // Free text stands in `personal` only: what else an event holds is a declared code, id, date or hash.
  it.each([
    `${CASE}/events.ts`,
    'libs/domain/src/process/events.ts',
    'libs/domain/src/person/events.ts',
    'libs/domain/src/referral/events.ts',
    'libs/domain/src/destruction/events.ts',
  ])('%s: no free string outside the personal parts', (file) => {
    const source = parse(file);
    const own = new Set(
      pick(source, (node) => (ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node) ? node.name.text : undefined)),
    );
    const shapes = pick(source, (node) =>
      ts.isInterfaceDeclaration(node) || (ts.isTypeAliasDeclaration(node) && node.name.text !== 'CaseEventOf') ? node : undefined,
    );
    const line = (node: ts.Node): string => `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    const loose = shapes.flatMap((shape) =>
      pick(shape, (node) => {
        const free = [
          ts.SyntaxKind.StringKeyword,
          ts.SyntaxKind.AnyKeyword,
          ts.SyntaxKind.UnknownKeyword,
          ts.SyntaxKind.ObjectKeyword,
        ];
        if (free.includes(node.kind))
          return `${line(node)} says ${node.getText()}: declare a Code, an Id or a date, or put it in personal`;
        if (!ts.isTypeReferenceNode(node)) return undefined;
        const name = node.typeName.getText();
        return own.has(name) || aliases.has(name) || ['ClockLength', 'PinnedProcedure'].includes(name)
          ? undefined
          : `${line(node)} uses ${name}, which event.ts does not declare`;
      }),
    );
    expect(shapes.length).toBeGreaterThan(0);
    expect(loose).toEqual([]);
    expect(
      pick(source, (n) => (ts.isTypeReferenceNode(n) && ['Text', 'Json'].includes(n.typeName.getText()) ? line(n) : undefined)),
    ).toEqual([]);
  });
  it('are named by past participles: never Created, Updated or Processed', () => {
    expect(events.filter((e) => /(Created|Updated|Processed|Deleted|Changed)$/.test(e))).toEqual([]);
  });
});

describe('rooms', () => {
  it('no folder that says nothing of what is in it', () => {
    const empty = new Set(['utils', 'common', 'shared', 'helpers', 'types', 'dto']);
    const folders = new Set(files.map((file) => dirname(file)));
    expect([...folders].filter((folder) => folder.split('/').some((part) => empty.has(part)))).toEqual([]);
  });
  it('no barrels', () => {
    expect(sources.filter((file) => /^index\.(ts|tsx)$/.test(basename(file)))).toEqual([]);
    const onlyExports = sources.filter((file) => {
      const { statements } = parse(file);
      return statements.length > 0 && statements.every((s) => ts.isExportDeclaration(s) && s.moduleSpecifier !== undefined);
    });
    expect(onlyExports).toEqual([]);
  });
  it('typeorm lives in libs/read-models', () => {
    // The benchmark's peer is what a team with an object-relational mapper would write.
    const homes = /^(libs\/read-models|test\/bench\/baseline)\//;
    expect(filesImporting(/^typeorm(\/|$)/).filter((file) => !homes.test(file))).toEqual([]);
  });
  it('bullmq lives in one file, @eventstore/db-client in one file, Nest in apps', () => {
    const product = (file: string): boolean => !file.endsWith('.spec.ts') && !file.startsWith('test/');
    expect(filesImporting(/^bullmq$/).filter(product)).toEqual(['libs/alarms/src/alarm-queue.ts']);
    expect(filesImporting(/^@eventstore\/db-client$/).filter(product).length).toBeLessThan(2);
    expect(filesImporting(/^@nestjs\//).filter((file) => product(file) && !file.startsWith('apps/'))).toEqual([]);
  });
});

function filesImporting(name: RegExp): readonly string[] {
  return sources.filter((file) =>
    pick(parse(file), (node) => {
      const specifier =
        ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
          ? node.moduleSpecifier
          : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
            ? node.arguments[0]
            : undefined;
      return specifier !== undefined && ts.isStringLiteral(specifier) && name.test(specifier.text) ? true : undefined;
    }).includes(true),
  );
}

/** Specs of what only some machines can do, each with the reason: it runs wherever it can. Anything else that is skipped fails. */
const ONLY_ON_SOME_MACHINES = new Set(['test/launcher/launcher.spec.ts: describe.skip']); // only root can try to start as root

describe('specs', () => {
  it('none is skipped, focused or left to be written', () => {
    const dodged = sources
      .filter((file) => file.endsWith('.spec.ts') || file.includes('/testing/') || file.startsWith('test/'))
      .flatMap((file) =>
        pick(parse(file), (node) => {
          const said = ts.isPropertyAccessExpression(node)
            ? /^(it|test|describe)(\.each|\.concurrent)?\.(skip|only|todo|failing)\b/.test(node.getText())
            : ts.isCallExpression(node) && /^(xit|xtest|xdescribe|fit|fdescribe)$/.test(node.expression.getText());
          return said ? `${file}: ${node.getText().slice(0, 60)}` : undefined;
        }),
      );
    expect(dodged.filter((said) => !ONLY_ON_SOME_MACHINES.has(said))).toEqual([]);
    expect([...ONLY_ON_SOME_MACHINES].filter((said) => !dodged.includes(said))).toEqual([]);
  });
});

describe('what types promise', () => {
  it('no any, no non-null assertion, no cast through unknown, unless a biome-ignore above gives its reason', () => {
    const doubted = sources.flatMap((file) => {
      const source = parse(file);
      return pick(source, (node) => {
        const bad =
          node.kind === ts.SyntaxKind.AnyKeyword ||
          ts.isNonNullExpression(node) ||
          (ts.isAsExpression(node) &&
            ts.isAsExpression(node.expression) &&
            node.expression.type.kind === ts.SyntaxKind.UnknownKeyword);
        if (!bad) return undefined;
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        const above = source.text.split('\n')[line - 1] ?? '';
        return /biome-ignore lint\/\S+: \S/.test(above) ? undefined : `${file}:${line + 1} ${node.getText().slice(0, 60)}`;
      });
    });
    expect(doubted).toEqual([]);
  });
});

describe('documents', () => {
  const documents = files.filter((file) => file.endsWith('.md'));
  it.each(documents)('%s: every link to a file leads somewhere', (file) => {
    const prose = readFileSync(file, 'utf8').replace(/```[\s\S]*?```/g, '');
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => (link === undefined ? [] : [link]));
    const local = links.filter((link) => !/^([a-z]+:|#)/.test(link)).map((link) => link.replace(/#.*$/, ''));
    expect(local.filter((link) => !existsSync(normalize(join(dirname(file), decodeURIComponent(link)))))).toEqual([]);
  });
  it('no file knows the machine it was written on', () => {
    const paths = new RegExp(`(^|[^\\w.-])/(${['work', 'root', 'tmp'].join('|')})/`);
    const known = files
      .filter((file) => basename(file) !== '.gitignore' && !/\.(png|jpg|ico|pdf|woff2?)$/.test(file))
      .flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .flatMap((line, i) => (paths.test(line) ? [`${file}:${i + 1} ${line.trim().slice(0, 80)}`] : [])),
      );
    expect(known).toEqual([]);
  });
});
