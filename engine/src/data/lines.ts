/** Text files line by line, gzipped or not, of any size. Lines end at \n only; a \r before it and a BOM are dropped. */
import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { ProblemError, unwrap } from '../base/problem.ts';
import { fileProblem, endlessInput } from '../base/fileProblem.ts';
import type { Work } from '../base/progress.ts';
import { LineCutter } from './lineCutter.ts';

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

const isGzip = (file: string): boolean => /\.gz$/i.test(file);

/** Throws a ProblemError where the file cannot be read or unpacked, and the signal's reason when aborted. */
export async function* readLines(file: string, work: Work = {}): AsyncGenerator<Line> {
  let number = 0;
  const cutter = new LineCutter(file);
  for await (const chunk of readText(file, work)) {
    for (const text of cutter.take(chunk)) yield { number: ++number, text: trimmed(text, number) };
  }
  for (const text of cutter.end()) yield { number: ++number, text: trimmed(text, number) };
}

/** Most UTF-16 units of a text that is read whole: what a string can hold. */
const longestText = 2 ** 29 - 2 ** 16;
const tooLong = { what: 'the file is too long to be read as one text', remedy: 'Write it as JSON lines.' };

/** The whole text of a file, gzipped or not, without a BOM. */
export async function readWhole(file: string, work: Work = {}): Promise<string> {
  let whole = '';
  for await (const chunk of readText(file, work)) {
    if (whole.length + chunk.length > longestText) throw new ProblemError({ ...tooLong, where: { file } });
    whole += chunk;
  }
  return whole.replace(/^\uFEFF/, '');
}

const trimmed = (text: string, number: number): string => {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text;
  return number === 1 && line.startsWith('\uFEFF') ? line.slice(1) : line;
};

/** Chunks of text; a character is never split. */
async function* readText(file: string, work: Work): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  for await (const chunk of readBytes(file, work)) yield decoder.write(chunk);
  yield decoder.end();
}

/** Chunks of a file as they come, unpacked where it is gzipped. Throws as `readLines` does. */
export async function* readBytes(file: string, work: Work = {}): AsyncGenerator<Buffer> {
  try {
    const status = statSync(file);
    const waiting = endlessInput(status, file);
    if (waiting !== undefined) throw new ProblemError(waiting);
    const size = status.isFile() ? status.size : undefined;
    const raw = createReadStream(file);
    let read = 0;
    raw.on('data', (chunk) => (read += chunk.length));
    const stream: Readable = isGzip(file) ? unpacked(raw) : raw;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      work.signal?.throwIfAborted();
      yield chunk;
      work.onProgress?.(
        size === undefined
          ? { message: `reading data, ${Math.floor(read / 1e6)} MB so far` }
          : { message: 'reading data', fraction: Math.min(1, read / Math.max(1, size)) },
      );
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (/^Z_/.test(code)) {
      throw new ProblemError({
        what: 'this is not a whole gzip file',
        where: { file },
        remedy: 'Make the file again.',
      });
    }
    unwrap(fileProblem(error, file));
  }
}

function unpacked(raw: Readable): Readable {
  const gunzip = createGunzip();
  raw.on('error', (error) => gunzip.destroy(error));
  return raw.pipe(gunzip);
}
