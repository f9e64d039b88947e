/** Files of secrets that are there whole or not at all, whoever is killed or writes at the same time. */
import { randomBytes } from 'node:crypto';
import { access, link, mkdir, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Puts a file where none is, readable by its owner only; answers whether this one did. Of several that try at once, one does. */
export async function createWhole(file: string, contentOf: () => string): Promise<boolean> {
  const present = await access(file).then(
    () => true,
    (error) => error.code !== 'ENOENT',
  );
  if (present) return false;
  const draft = await writeDraft(file, contentOf());
  try {
    // A link never replaces a file that is there, and shows it whole or not at all.
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/** Puts a file in the place of whatever is there. */
export async function replaceWhole(file: string, content: string): Promise<void> {
  await rename(await writeDraft(file, content), file);
}

async function writeDraft(file: string, content: string): Promise<string> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, content, { mode: 0o600, flag: 'wx', flush: true });
  return draft;
}
