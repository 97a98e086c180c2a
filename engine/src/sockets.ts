/** Where the engine's processes listen: Unix sockets in a directory that only this user may enter, named pipes on Windows. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ProblemError } from './base/problem.ts';

/**
 * The address for a name (a run's directory, say), the same each time. Short whatever the name: a Unix socket's path holds
 * 104 bytes at most. Makes the directory; throws a ProblemError where somebody else owns it.
 */
export function socketPath(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 20);
  if (process.platform === 'win32') return `\\\\.\\pipe\\bllossom-${hash}`;
  const uid = process.getuid?.() ?? 0;
  const directory = path.join(os.tmpdir(), `bllossom-${uid}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stat = lstatSync(directory);
  if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o077) !== 0) {
    throw new ProblemError({
      what: 'this directory must be yours alone, and is not',
      where: { file: directory },
      remedy: 'Remove it, or set TMPDIR to a directory of your own.',
    });
  }
  return path.join(directory, `${hash}.sock`);
}
