/**
 * Files and directories that appear whole or not at all: what is written goes to a temporary name beside its place, is
 * flushed to the disk, and is then renamed. A kill at any moment leaves the old state, and at worst a temporary sibling.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectories } from './directories.ts';

/** Writes a file atomically; replaces one that exists. Throws the file system's errors. */
export async function writeFileAtomic(file: string, data: string | Uint8Array): Promise<void> {
  await writeAtomic(file, (handle) => handle.writeFile(data));
}

/**
 * Puts other content into a file that exists, with the rights it has, and through a link into the file itself. Throws the file
 * system's errors, also where the file may not be written, though a rename would not ask.
 */
export async function replaceContentAtomic(file: string, data: string | Uint8Array): Promise<void> {
  const target = await realpath(file);
  const existing = await open(target, 'r+');
  const { mode } = await existing.stat().finally(() => existing.close());
  await writeAtomic(target, async (handle) => {
    await handle.writeFile(data);
    await handle.chmod(mode & 0o7777);
  });
}

/** As `writeFileAtomic`, for content that is written piece by piece. Nothing appears where `write` throws. */
export async function writeAtomic(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const temporary = temporarySibling(file);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(path.dirname(file));
}

/**
 * Builds a directory atomically: `build` fills a temporary sibling, which is then flushed and renamed. Parent folders are
 * made. Throws where `directory` exists and is not empty (EEXIST or ENOTEMPTY), and the file system's other errors.
 */
export async function writeDirectoryAtomic(
  directory: string,
  build: (temporary: string) => Promise<void>,
): Promise<void> {
  const target = path.resolve(directory);
  const temporary = temporarySibling(target);
  makeDirectories(temporary);
  try {
    await build(temporary);
    await syncTree(temporary);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await syncDirectory(path.dirname(target));
}

/** True for the name of a file or directory that was being written. Whoever removes one must know its writer gone. */
export const isTemporary = (name: string): boolean => /^\..+\.tmp-\d+-[0-9a-f]{8}$/.test(name);

function temporarySibling(target: string): string {
  const name = `.${path.basename(target)}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
  return path.join(path.dirname(target), name);
}

async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const full = path.join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(full);
    else if (entry.isFile()) {
      const handle = await open(full, 'r+');
      await handle.sync().finally(() => handle.close());
    }
  }
  await syncDirectory(directory);
}

/** Makes a rename durable. Windows cannot open a directory for this and does not need it. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}
