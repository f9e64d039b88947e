// Where a Chromium is: for browser specs in `npm test`, and for `npm run test:browser`.
import fs from 'node:fs';
import path from 'node:path';

/** TEGAS_TEST_CHROMIUM, or what is found under the usual names; undefined where there is none. */
export function findBrowser() {
  return process.env.TEGAS_TEST_CHROMIUM || onPath('chromium') || onPath('chromium-browser') || onPath('google-chrome');
}

/** The first executable of this name in PATH, or where Debian puts programs. */
export function onPath(program) {
  for (const folder of [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin', '/usr/local/bin']) {
    const file = path.join(folder, program);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  return undefined;
}
