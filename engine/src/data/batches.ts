/** The micro-batches of a step: a function of data, spec and the step's number, so a resumed run goes on with the same ones. */
import type { MicroBatch } from '../model/sessions.ts';
import type { RunSource } from '../protocol.ts';
import { type Corpus, ignored, tokenKinds } from './corpus.ts';
import { type RowOptions, RowStream, type Slice, layoutOf } from './rows.ts';

export interface BatchOptions extends RowOptions {
  readonly batchSize: number;
  readonly gradientAccumulation: number;
}

export interface StepBatch {
  readonly microBatches: readonly MicroBatch[];
  /** Tokens of documents, padding not counted. */
  readonly tokens: number;
  readonly labels: number;
  /** UTF-8 bytes of the text that the labels stand for; undefined for rows of ready ids. */
  readonly bytes: number | undefined;
  /** Tokens by data file; their sum is `tokens`. */
  readonly bySource: readonly number[];
}

/** Held-out files as batches, and what a figure over all of them is divided by. */
export interface HeldOut {
  /** Tokens of a row of the longest batch. */
  readonly longest: number;
  readonly batches: readonly MicroBatch[];
  readonly labels: number;
  /** As a step's. */
  readonly bytes: number | undefined;
}

/** The shares of a longer run are those of its first so many rows. */
const mostRowsCounted = 1_000_000;

/** What so many steps read. */
export interface Reading {
  /** What each file gives: effective shares of tokens, and how often it is read. */
  readonly sources: readonly RunSource[];
  /** Tokens of the longest row: what the longest step is padded to. */
  readonly longest: number;
}

export class Batches {
  readonly #corpus: Corpus;
  readonly #options: BatchOptions;
  #rows: RowStream;

  constructor(corpus: Corpus, options: BatchOptions) {
    this.#corpus = corpus;
    this.#options = options;
    this.#rows = new RowStream(corpus, options);
  }

  get rowsPerStep(): number {
    return this.#options.batchSize * this.#options.gradientAccumulation;
  }

  /** Steps in so many epochs, rounded up to whole ones: one at least. */
  stepsOf(epochs: number): number {
    return Math.max(1, Math.ceil(RowStream.rowsOf(this.#corpus, this.#options, epochs) / this.rowsPerStep));
  }

  reading(steps: number): Reading {
    const { files, fileStarts, offsets } = this.#corpus;
    const read = new Float64Array(files.length);
    const rows = steps * this.rowsPerStep;
    const counted = Math.min(rows, mostRowsCounted);
    const stream = new RowStream(this.#corpus, this.#options);
    const packed = layoutOf(this.#corpus, this.#options.packing) !== 'single';
    let longest = packed ? this.#options.sequenceLength : counted < rows ? this.#longestDocument() : 0;
    for (let row = 0; row < counted; row++)
      for (const { document, length } of stream.next()) {
        read[fileOf(this.#corpus, document)]! += length;
        longest = Math.max(longest, length);
      }
    const all = read.reduce((a, b) => a + b, 0);
    const sources = files.map(({ path, language, weight }, i) => {
      const tokens = offsets[fileStarts[i + 1]!]! - offsets[fileStarts[i]!]!;
      return {
        path,
        ...(language === undefined ? {} : { language }),
        ...(weight === undefined ? {} : { weight }),
        tokens,
        share: read[i]! / all,
        epochs: ((read[i]! / tokens) * rows) / counted,
      };
    });
    return { sources, longest };
  }

  /** Tokens, as far as a row holds them. */
  #longestDocument(): number {
    const { offsets, size } = this.#corpus;
    let longest = 0;
    for (let d = 0; d < size; d++) longest = Math.max(longest, offsets[d + 1]! - offsets[d]!);
    return Math.min(longest, this.#options.sequenceLength);
  }

  /** The batch of a step, from 1. Cheap in order; going back reads the order of rows from its start. */
  step(step: number): StepBatch {
    const first = (step - 1) * this.rowsPerStep;
    if (this.#rows.count > first) this.#rows = new RowStream(this.#corpus, this.#options);
    while (this.#rows.count < first) this.#rows.next();
    const rows = Array.from({ length: this.rowsPerStep }, () => this.#rows.next());
    return stepBatch(this.#corpus, rows, this.#options);
  }
}

/** Rows as micro-batches of `batchSize` rows, all of one length: `sequenceLength` where packed, else the longest row's. */
function stepBatch(
  corpus: Corpus,
  rows: readonly (readonly Slice[])[],
  options: Pick<BatchOptions, 'batchSize' | 'packing' | 'sequenceLength'>,
): StepBatch {
  const lengthOf = (row: readonly Slice[]): number => row.reduce((sum, slice) => sum + slice.length, 0);
  const packed = layoutOf(corpus, options.packing) !== 'single';
  const length = packed ? options.sequenceLength : Math.max(...rows.map(lengthOf));
  const microBatches: MicroBatch[] = [];
  const totals = { tokens: 0, labels: 0, bytes: 0, bySource: corpus.files.map(() => 0) };
  for (let first = 0; first < rows.length; first += options.batchSize) {
    microBatches.push(microBatch(corpus, rows.slice(first, first + options.batchSize), length, totals));
  }
  return { microBatches, ...totals, bytes: corpus.bytes === undefined ? undefined : totals.bytes };
}

function microBatch(
  corpus: Corpus,
  rows: readonly (readonly Slice[])[],
  length: number,
  totals: { tokens: number; labels: number; bytes: number; bySource: number[] },
): MicroBatch {
  const size = rows.length * length;
  const ids = new Int32Array(size);
  const labels = new Int32Array(size).fill(ignored);
  const positions = new Int32Array(size);
  const segments = new Int32Array(size).fill(-1);
  const classes = new Int32Array(size);
  rows.forEach((row, r) => {
    let at = r * length;
    row.forEach((slice, segment) => {
      const start = corpus.offsets[slice.document]! + slice.from;
      const file = fileOf(corpus, slice.document);
      const cls = corpus.fileClasses[file]!;
      for (let i = 0; i < slice.length; i++, at++) {
        ids[at] = corpus.ids[start + i]!;
        positions[at] = i;
        segments[at] = segment;
        classes[at] = corpus.kinds === undefined ? cls : cls * tokenKinds.length + corpus.kinds[ids[at]!]!;
        const label = i === 0 ? ignored : corpus.labels[start + i]!; // nothing before it predicts the first
        labels[at] = label;
        if (label === ignored) continue;
        totals.labels++;
        totals.bytes += corpus.bytes?.[start + i] ?? 0;
      }
      totals.tokens += slice.length;
      totals.bySource[file]! += slice.length;
    });
  });
  return { batch: rows.length, length, ids, labels, positions, segments, ...(corpus.classes > 1 ? { classes } : {}) };
}

function fileOf(corpus: Corpus, document: number): number {
  let file = 0;
  while (corpus.fileStarts[file + 1]! <= document) file++;
  return file;
}

/** Every document once, in the order of the files, as batches for a held-out loss. The last one may have fewer rows. */
export function heldOutBatches(
  corpus: Corpus,
  options: Pick<BatchOptions, 'batchSize' | 'packing' | 'sequenceLength'>,
): HeldOut {
  const stream = new RowStream(unweighted(corpus), { ...options, seed: 0, shuffle: false });
  const all = stream.tokensOfEpoch;
  const rows: Slice[][] = [];
  while (stream.tokens < all) {
    const row = stream.next();
    for (let over = stream.tokens - all; over > 0;) {
      const last = row.pop()!; // begins the second reading
      if (last.length > over) row.push({ ...last, length: last.length - over });
      over -= last.length;
    }
    rows.push(row);
  }
  const steps: StepBatch[] = [];
  for (let first = 0; first < rows.length; first += options.batchSize) {
    steps.push(stepBatch(corpus, rows.slice(first, first + options.batchSize), options));
  }
  const batches = steps.flatMap(({ microBatches }) => microBatches);
  return {
    batches,
    // There may be more batches than one call takes values.
    longest: batches.reduce((most, { length }) => Math.max(most, length), 0),
    labels: steps.reduce((sum, { labels }) => sum + labels, 0),
    bytes: corpus.bytes === undefined ? undefined : steps.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
  };
}

const unweighted = (corpus: Corpus): Corpus => ({
  ...corpus,
  files: corpus.files.map(({ path, language }) => ({ path, ...(language === undefined ? {} : { language }) })),
});
