/** Where the engine's processes listen: Unix sockets in a directory that only this user may enter, named pipes on Windows. */
import { createHash } from 'node:crypto';
import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isFileError, systemProblem } from './base/fileProblem.ts';
import { type Problem, ProblemError } from './base/problem.ts';

/** Longest path of a Unix socket in bytes: sun_path less its final zero, 108 on Linux and 104 elsewhere. */
const longest = 103;

/**
 * The address for a name (a run's directory, say), the same each time. Short whatever the name. In the directory for
 * temporary files, or in /tmp where that one's path is too long or nothing can be made in it. Makes its directory; throws a
 * ProblemError where there is no place for one, or somebody else owns it.
 */
export function socketPath(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 20);
  if (process.platform === 'win32') return `\\\\.\\pipe\\bllossom-${hash}`;
  const uid = process.getuid?.() ?? 0;
  let problem: Problem | undefined;
  for (const root of new Set([os.tmpdir(), '/tmp'])) {
    const directory = path.join(root, `bllossom-${uid}`);
    const socket = path.join(directory, `${hash}.sock`);
    const reason =
      Buffer.byteLength(socket) > longest
        ? { what: 'the path is too long for a socket', where: { file: directory } }
        : ownDirectory(directory, uid);
    if (reason === undefined) return socket;
    problem ??= reason;
  }
  throw new ProblemError({ ...problem!, remedy: 'Set TMPDIR to a directory of your own with a short path.' });
}

/** Makes a directory that only this user may enter; why that cannot be, if so. */
function ownDirectory(directory: string, uid: number): Problem | undefined {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const stat = lstatSync(directory);
    if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o077) !== 0)
      return { what: 'this directory must be yours alone, and is not', where: { file: directory } };
    accessSync(directory, constants.W_OK);
    return undefined;
  } catch (error) {
    if (!isFileError(error)) throw error;
    return systemProblem(error, directory);
  }
}
