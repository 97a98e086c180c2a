/** The file system's errors as problems: what a person did that made it fail, in words. */
import { bad, type Result } from './problem.ts';

/** Error codes that the user can do something about, in words; other codes are told as they come. */
const words: Readonly<Record<string, readonly [what: string, remedy?: string]>> = {
  ENOENT: ['there is no such file or directory'],
  EISDIR: ['a file is wanted here, and this is a directory'],
  ENOTDIR: ['a directory is wanted here, and this is a file'],
  EACCES: ['permission is denied'],
  EPERM: ['permission is denied'],
  EROFS: ['the file system is read-only'],
  ENOSPC: ['the disk is full', 'Free some space and try again.'],
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
  const [what, remedy] = words[error.code ?? ''] ?? [`it cannot be used (${error.code ?? error.message})`];
  return bad(what, { file }, remedy);
}
