/** The files of data that a run spec names, for training and for held-out loss. */
import { statSync } from 'node:fs';
import { isFileError, systemProblem } from '../base/fileProblem.ts';

export interface DataFile {
  /** Absolute. */
  readonly path: string;
  readonly weight?: number;
  readonly language?: string;
}

const extensions = /\.(txt|jsonl|json)(\.gz)?$/i;

export function dataFileProblem(file: string): readonly [what: string, remedy: string] | undefined {
  let stat;
  try {
    stat = statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (!isFileError(error)) throw error;
    return [`${file} cannot be used: ${systemProblem(error).what}`, 'Name a file that can be read.'];
  }
  if (stat === undefined)
    return [`there is no file ${file}`, 'Correct the path: it starts at the directory of the spec.'];
  if (!stat.isFile()) return [`${file} is not a file`, 'Name a file.'];
  if (!extensions.test(file)) return ['this kind of file is not known', 'Use .txt, .jsonl or .json, each also as .gz.'];
  return undefined;
}
