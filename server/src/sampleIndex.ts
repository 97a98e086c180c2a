/**
 * The rows of a samples file, of which only figures are kept in memory: what a query asks about, and where each line stands, so
 * that those on screen are read again from the file. Reading lets others in every few milliseconds.
 */
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { fileProblem } from '../../engine/src/base/fileProblem.ts';
import { bad, ok } from '../../engine/src/base/problem.ts';
import type { Result } from '../../engine/src/base/problem.ts';
import { softmax } from '../../engine/src/evaluation/analysis.ts';
import { promptHash, readSample } from '../../engine/src/evaluation/sampleRows.ts';
import type { Sample } from '../../engine/src/evaluation/sampleRows.ts';
import type { SampleKind } from './protocol.ts';

/** Lets others in where it is time to; false where the work is not wanted any more. */
export type Pause = () => Promise<boolean>;

/** What is kept of a row. */
export interface RowFigures {
  readonly id: number;
  readonly gold: number;
  readonly prediction: number;
  readonly right: boolean;
  /** The probability of the prediction among the candidates; NaN where there are none. */
  readonly confidence: number;
  readonly characters: number;
  /** Tokens of the context (of a scored text its own), and the shares of bytes and new tokens; NaN where the file does not say. */
  readonly tokens: number;
  readonly bytes: number;
  readonly fresh: number;
  /** Bits per byte of a text, chrF of what a model wrote; NaN where there is none. */
  readonly value: number;
  /** Of a text: its bytes, and its negated log-likelihood in nats; else NaN. */
  readonly size: number;
  readonly nats: number;
  readonly prompt: bigint;
  /** Bytes of the file: the line is [at, at + length). */
  readonly at: number;
  readonly length: number;
}

export interface SampleIndex {
  readonly file: string;
  readonly stamp: string;
  /** Of all rows: a line of another kind is none. */
  readonly kind: SampleKind;
  readonly rows: readonly RowFigures[];
  /** Lines that are no rows. */
  readonly unread: number;
  /** As `EvaluationDetail.Answer` has them. */
  readonly labels: readonly string[];
}

const chunkBytes = 1 << 20;
/** A line longer than this is no row; it would be all of memory. */
const longestLine = 64 << 20;

export async function stampOf(file: string): Promise<Result<string>> {
  try {
    const { mtimeMs, size } = await stat(file);
    return ok(`${mtimeMs} ${size}`);
  } catch (error) {
    return fileProblem(error, file);
  }
}

/** undefined as a value where the work was not wanted to its end. */
export async function indexSamples(
  file: string,
  stamp: string,
  pause: Pause,
): Promise<Result<SampleIndex | undefined>> {
  const rows: RowFigures[] = [];
  let unread = 0;
  const seen: { kind?: SampleKind; labels?: readonly string[]; same: boolean; most: number } = { same: true, most: 0 };
  const ended = await eachLine(file, pause, (line, at, length) => {
    const sample = readSample(line);
    if (sample === undefined || kindOf(sample) !== (seen.kind ??= kindOf(sample))) {
      unread++;
      return;
    }
    const { candidates } = sample;
    const labels = (seen.labels ??= candidates);
    seen.same &&= candidates.length === labels.length && candidates.every((text, i) => text === labels[i]);
    seen.most = Math.max(seen.most, candidates.length);
    rows.push(figuresOf(sample, at, length));
  });
  if (!ended.ok) return ended;
  if (!ended.value) return ok(undefined);
  if (seen.kind === undefined) return bad('the file holds no rows of an evaluation', { file });
  const numbers = Array.from({ length: seen.most }, (_, i) => String(i + 1));
  return ok({ file, stamp, kind: seen.kind, rows, unread, labels: seen.same ? (seen.labels ?? []) : numbers });
}

function kindOf({ scored, candidates }: Sample): SampleKind {
  if (scored !== undefined) return 'text';
  return candidates.length === 0 ? 'written' : 'choice';
}

/** The value that a row has beside being right; NaN where it has none. */
export const valueOf = ({ scored, figures }: Sample): number => scored?.bitsPerByte ?? figures['chrf'] ?? Number.NaN;

function figuresOf(sample: Sample, at: number, length: number): RowFigures {
  const { id, gold, prediction, right, context, tokens, logLikelihoods, scored } = sample;
  const share = (part: number | undefined) =>
    part === undefined || tokens === undefined ? Number.NaN : part / Math.max(1, tokens.all);
  return {
    ...{ id, gold, prediction, right, at, length },
    confidence: softmax(logLikelihoods)[prediction] ?? Number.NaN,
    characters: context.length,
    tokens: (scored === undefined ? tokens?.context : tokens?.all) ?? Number.NaN,
    bytes: share(tokens?.byte),
    fresh: share(tokens?.fresh),
    value: valueOf(sample),
    size: scored?.bytes ?? Number.NaN,
    nats: scored === undefined ? Number.NaN : -scored.logLikelihood,
    prompt: promptHash(sample),
  };
}

/** Rows read again from their file, in the order given. A row that is not there any more is left out. */
export async function readRows(index: SampleIndex, which: readonly RowFigures[]): Promise<Result<Sample[]>> {
  let handle: FileHandle;
  try {
    handle = await open(index.file, 'r');
  } catch (error) {
    return fileProblem(error, index.file);
  }
  try {
    const samples: Sample[] = [];
    for (const { at, length } of which) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await handle.read(bytes, 0, length, at);
      const sample = readSample(bytes.toString('utf8', 0, bytesRead));
      if (sample !== undefined) samples.push(sample);
    }
    return ok(samples);
  } catch (error) {
    return fileProblem(error, index.file);
  } finally {
    await handle.close();
  }
}

/** Rows, as indices, whose context, candidates or answer hold a text, without regard to case; undefined where not wanted to the end. */
export async function searchRows(
  index: SampleIndex,
  wanted: string,
  pause: Pause,
): Promise<Result<Set<number> | undefined>> {
  const needle = wanted.toLocaleLowerCase();
  const found = new Set<number>();
  const byPlace = new Map(index.rows.map(({ at }, i) => [at, i]));
  const holds = (text: string | undefined) => text?.toLocaleLowerCase().includes(needle) === true;
  const ended = await eachLine(index.file, pause, (line, at) => {
    const row = byPlace.get(at);
    const sample = row === undefined ? undefined : readSample(line);
    if (row === undefined || sample === undefined) return;
    const { context, candidates, goldText, answer } = sample;
    if (holds(context) || candidates.some(holds) || holds(goldText) || holds(answer)) found.add(row);
  });
  if (!ended.ok) return ended;
  return ok(ended.value ? found : undefined);
}

/** Reads a file's lines with their places in bytes; false where `pause` said no before the end. */
async function eachLine(
  file: string,
  pause: Pause,
  take: (line: string, at: number, length: number) => void,
): Promise<Result<boolean>> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    return fileProblem(error, file);
  }
  try {
    let rest: Buffer = Buffer.alloc(0);
    let restAt = 0;
    for (;;) {
      const chunk = Buffer.alloc(chunkBytes);
      const { bytesRead } = await handle.read(chunk, 0, chunkBytes, restAt + rest.length);
      const bytes =
        rest.length === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      let from = 0;
      for (;;) {
        const found = bytes.indexOf(0x0a, from);
        const to = found < 0 ? (bytesRead === 0 ? bytes.length : -1) : found;
        if (to < 0 || (to === from && found < 0)) break;
        if (to > from) take(bytes.toString('utf8', from, to), restAt + from, to - from);
        from = found < 0 ? to : found + 1;
        if (!(await pause())) return ok(false);
      }
      rest = bytes.subarray(from);
      restAt += from;
      if (bytesRead === 0) return ok(true);
      if (rest.length > longestLine) return bad('a line is too long to be a row', { file });
    }
  } catch (error) {
    return fileProblem(error, file);
  } finally {
    await handle.close();
  }
}
