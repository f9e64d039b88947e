/** Files of secrets that are there whole or not at all, whoever is killed or writes at the same time. */
import { randomBytes } from 'node:crypto';
import { access, chown, link, mkdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
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

/** Puts a file in the place of whatever is there, for the same owner: who replaces it may be root, and who reads it not. */
export async function replaceWhole(file: string, content: string): Promise<void> {
  const before = await stat(file).catch(() => undefined);
  const draft = await writeDraft(file, content);
  if (before !== undefined && before.uid !== process.getuid?.()) await chown(draft, before.uid, before.gid);
  await rename(draft, file);
}

async function writeDraft(file: string, content: string): Promise<string> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, content, { mode: 0o600, flag: 'wx', flush: true });
  return draft;
}
