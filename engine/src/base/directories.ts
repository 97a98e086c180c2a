/** Directories with their parents. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a directory where there is none, and its parents. Throws the file system's errors. In place of Node's recursive mkdir,
 * which never returns where a file system that takes no directories (/proc) says ENOENT.
 */
export function makeDirectories(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
    const parent = path.dirname(directory);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(parent)) throw error;
    makeDirectories(parent);
    makeDirectories(directory);
  }
}
