/**
 * Bad input as a value: what is wrong, where, and how to mend it. Everything that reads what a user gave (a file, a
 * spec, an option) returns a `Result`; the edges (command line, server) turn a `Problem` into one clear line.
 * A bug is something else: it is thrown, with its stack.
 */

export interface Problem {
  /** What is wrong, one sentence without a final stop: `the file ends in the middle of a piece`. */
  readonly what: string;
  /** Where: a file, with an offset or a line where one is known. */
  readonly where?: Location;
  /** What the user can do about it, one sentence: `Download the file again.` */
  readonly remedy?: string;
}

export interface Location {
  readonly file?: string;
  /** 1-based line, and column in UTF-16 units from 1. */
  readonly line?: number;
  readonly column?: number;
  /** Length in UTF-16 units of the text at fault, from line and column. */
  readonly length?: number;
  /** Offset in bytes, in binary files. */
  readonly byteOffset?: number;
  /** A named place inside: `optimizer.learningRate`, `model.layers.0.self_attn.q_proj.weight`. */
  readonly name?: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const bad = (
  what: string,
  where?: Location,
  remedy?: string,
): { readonly ok: false; readonly problem: Problem } => ({
  ok: false,
  problem: { what, ...(where === undefined ? {} : { where }), ...(remedy === undefined ? {} : { remedy }) },
});

/** One line for people: `tokenizer.model, byte 120: the file ends in the middle of a piece. Download the file again.` */
export function problemLine(problem: Problem): string {
  const w = problem.where;
  const place = [
    w?.file,
    w?.line === undefined ? undefined : `line ${w.line}${w.column === undefined ? '' : `:${w.column}`}`,
    w?.byteOffset === undefined ? undefined : `byte ${w.byteOffset}`,
    w?.name,
  ].filter((part) => part !== undefined);
  const head = place.length === 0 ? '' : `${place.join(', ')}: `;
  return oneLine(`${head}${problem.what}.${problem.remedy === undefined ? '' : ` ${problem.remedy}`}`);
}

/** Control characters, as a file's name may hold them, written out: a message is one line, and gives a terminal no orders. */
export const oneLine = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Carries a `Problem` across code that can only throw (a callback of a library, a constructor). Catch it at the edge. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problemLine(problem));
    this.problem = problem;
  }
}

/** The value of a result, or its problem thrown: for edges and tests. */
export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new ProblemError(result.problem);
  return result.value;
}
