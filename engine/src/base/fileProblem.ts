/** The file system's errors as problems: what a person did that made it fail, in words. */
import { type Stats, statSync } from 'node:fs';
import { devNull } from 'node:os';
import { bad, type Problem, type Result } from './problem.ts';

const diskFull = 'the disk is full';

/** Error codes that the user can do something about, in words; other codes are told as they come. */
const words: Readonly<Record<string, readonly [what: string, remedy?: string]>> = {
  ENOENT: ['there is no such file or directory'],
  EISDIR: ['a file is wanted here, and this is a directory'],
  ENOTDIR: ['a directory is wanted here, and this is a file'],
  EACCES: ['permission is denied'],
  EPERM: ['permission is denied'],
  EROFS: ['the file system is read-only'],
  ENOSPC: [diskFull, 'Free some space and try again.'],
  EDQUOT: [diskFull, 'Free some space (your quota is used up) and try again.'],
  EFBIG: [diskFull, 'Free some space (or raise the limit on the size of files) and try again.'],
  ELOOP: ['its links go round in a circle'],
  ENAMETOOLONG: ['the name is too long'],
  EEXIST: ['it exists already', 'Choose another place.'],
  ENOTEMPTY: ['the directory exists already and is not empty', 'Choose another place.'],
  EMFILE: ['too many files are open'],
};

/** True for an error that the file system raised (it bears a code), as opposed to a bug. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && 'syscall' in error;
}

/** The error of a file operation as a bad result; anything that is no file error is thrown again. */
export function fileProblem(error: unknown, file: string): Result<never> {
  if (!isFileError(error)) throw error;
  return { ok: false, problem: systemProblem(error, file) };
}

/** The file system's error as a problem; its place is the error's own path where the caller knows none. */
export function systemProblem(error: NodeJS.ErrnoException, file = error.path): Problem {
  const [what, remedy] = words[error.code ?? ''] ?? [`it cannot be used (${error.code ?? error.message})`];
  return bad(what, file === undefined ? undefined : { file }, remedy).problem;
}

/**
 * The problem of what is no file and need not end. A pipe by name in a directory: to open it would wait for its other end, and nothing
 * could stop that. A pipe that a shell hands over, `<(…)` or standard input's, has its other end already and is read until it ends.
 * A device: a disk is no text, `/dev/zero` never ends. The empty device is read: it ends at once.
 */
export function endlessInput(status: Stats, file: string): Problem | undefined {
  if ((status.isCharacterDevice() && !isEmpty(status, file)) || status.isBlockDevice())
    return bad('this is a device, and no file', { file }, 'Give a file or a pipe.').problem;
  if (!status.isFIFO() || /^\/(dev|proc)\//.test(file)) return undefined;
  return bad('this is a named pipe', { file }, `Give a file, or let the shell hand the pipe over: <(cat ${file}).`)
    .problem;
}

/** The problem of work that was not begun because the disk has no room for it; sizes in bytes. */
export const outOfRoom = (needed: number, free: number, file: string): Problem => {
  const size = (bytes: number) => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)} GB`;
  const what = `${diskFull}: ${size(needed)} are needed and ${size(free)} are free`;
  return bad(what, { file }, 'Free some space or choose another place.').problem;
};

/** True where a problem is no fault of what was given: the disk was full, so the work failed. */
export const isOutOfRoom = (problem: Problem): boolean => problem.what.startsWith(diskFull);

/** The empty device, by whatever name: standard input is it where a shell or a scheduler has none to give. */
const isEmpty = ({ rdev }: Stats, file: string): boolean =>
  file === devNull || (rdev !== 0 && rdev === statSync(devNull, { throwIfNoEntry: false })?.rdev);
