import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'tegas-procedures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(...args: string[]) {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const command = ['bin/tegas.mjs', 'procedures', 'check', ...args];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, { encoding: 'utf8', env });
  return { stdout, stderr, status };
}
function written(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}
const psk = readFileSync('data/procedures/PSK.json', 'utf8');

describe('tegas procedures check', () => {
  it('finds nothing wrong in what is shipped, and lists every number with how sure it is', () => {
    const { stdout, status } = check('--json');
    const { faults, procedures } = JSON.parse(stdout);
    expect({ status, faults }).toEqual({ status: 0, faults: [] });
    expect(procedures).toHaveLength(11);
    const oath = procedures.find((p: { code: string }) => p.code === 'SKIM').numbers;
    expect(oath).toContainEqual(expect.objectContaining({ path: 'clocks.oath', number: '3 months', confidence: 'S' }));
  });

  it('names file, path and fault, of every file, and ends with 1', () => {
    const typing = written('typing.json', psk.replace('"fact": "falseDataFound"', '"fact": "falseDataFond"'));
    const broken = written('broken.json', '{');
    const twin = written('twin.json', psk);
    const { stderr, status } = check(typing, broken, join(folder, 'gone.json'), 'data/procedures/PSK.json', twin);
    expect(stderr.trim().split('\n')).toEqual([
      'typing.json: criteria[0].when.all[0].fact: no fact has the code falseDataFond',
      expect.stringMatching(/^broken\.json: \(file\): is not JSON: /),
      'gone.json: (file): cannot be read (ENOENT)',
      'twin.json: version: PSK 2026-11 stands in PSK.json too',
    ]);
    expect(status).toBe(1);
  });

  it('names an outcome that opens a procedure that there is not', () => {
    const { stderr, status } = check(written('opens.json', psk.replace('"opens": "PSIM"', '"opens": "PSIMM"')));
    expect(stderr.trim()).toBe('opens.json: outcomes[1].opens: no procedure has the code PSIMM');
    expect(status).toBe(1);
  });

  it('gives the tables of docs/legal-sources.md: no number is changed in the one and not in the other', () => {
    expect(readFileSync('docs/legal-sources.md', 'utf8')).toContain(check('--markdown').stdout.trim());
  });
});
