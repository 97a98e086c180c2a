/**
 * Files of JSON lines that only grow. Who is killed while writing leaves half a line at the end: readers pass over it, and the
 * next writer takes it away.
 */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { fileProblem, isFileError } from '../base/fileProblem.ts';
import { objectOfLine } from '../base/jsonLine.ts';
import { bad, type Location, ok, type Result } from '../base/problem.ts';

/** Each line as `read` has it, which says undefined for what is none of its lines; no lines where there is no file. */
export async function readJsonLines<T>(
  file: string,
  read: (value: Readonly<Record<string, unknown>>) => T | undefined,
): Promise<Result<T[]>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isFileError(error) && error.code === 'ENOENT') return ok([]);
    return fileProblem(error, file);
  }
  const lines = text.split('\n');
  const values: T[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const value = objectOfLine(line);
    const one = value === undefined ? undefined : read(value);
    if (one !== undefined) values.push(one);
    else if (i < lines.length - 1 || value !== undefined) return notALine({ file, line: i + 1 });
  }
  return ok(values);
}

const notALine = (where: Location): Result<never> =>
  bad('this line is none that was written here', where, 'Remove the line.');

/** Adds lines to a file, one after the other; each is on the disk when its promise resolves. Throws the file system's errors. */
export class JsonLinesWriter {
  readonly #handle: FileHandle;
  #last: Promise<void> = Promise.resolve();

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /**
   * Makes the file where there is none, and takes half a line at its end away; of a `shared` file, to which another process may be
   * adding just now, half a line is ended.
   */
  static async open(file: string, use: 'own' | 'shared' = 'own'): Promise<JsonLinesWriter> {
    const handle = await open(file, 'a+');
    try {
      if (use === 'own') await mendEnd(handle);
      else await endLine(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new JsonLinesWriter(handle);
  }

  append(value: object): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    this.#last = this.#last.then(async () => {
      await this.#handle.appendFile(bytes);
      await this.#handle.datasync();
    });
    return this.#last;
  }

  /** After all that was appended; throws where that failed. */
  async close(): Promise<void> {
    await this.#last.finally(() => this.#handle.close());
  }
}

async function mendEnd(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const chunk = Buffer.alloc(65_536);
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - chunk.length);
    const { bytesRead } = await handle.read(chunk, 0, end - from, from);
    const newline = chunk.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (newline >= 0 || from === 0) {
      const whole = newline < 0 ? 0 : from + newline + 1;
      if (whole < size) await handle.truncate(whole);
      return;
    }
    end = from;
  }
}

async function endLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size === 0) return;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer[0] !== 0x0a) await handle.appendFile('\n');
}
