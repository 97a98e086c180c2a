/**
 * Grows a model to a larger vocabulary: embedding and head get a row for each new piece, everything else stays. The new
 * tokenizer must begin with the old one's pieces under the same ids.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { bad, ok, type Result, unwrap } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { Random } from '../../base/random.ts';
import { createTokenizer, readSentencePieceFile, type SentencePieceModel } from '../../tokenizers/index.ts';
import { fillNormal } from './initModel.ts';
import { type ModelFiles, openModelDirectory } from './modelDirectory.ts';
import { embeddingName, headName } from './parameters.ts';
import { readSafetensorsEntry, type TensorSource } from './safetensors.ts';
import { refuseExisting, writeModelDirectory } from './writeModel.ts';
import { subpieces } from './subpieces.ts';

/**
 * How new rows start. `subpieces`: the mean of the rows that the old tokenizer spells the piece with. `mean`: the mean of all
 * old rows. `random`: normal with the config's initializer_range.
 */
export const expandInits = ['subpieces', 'mean', 'random'] as const;
export type ExpandInit = (typeof expandInits)[number];

export interface ExpandOptions {
  readonly model: string;
  /** A SentencePiece model, or a directory that holds one. */
  readonly tokenizer: string;
  readonly init: ExpandInit;
  /** For `random`. */
  readonly seed: number;
  readonly out: string;
}

export interface Expansion {
  /** vocab_size before and after. */
  readonly oldSize: number;
  readonly newSize: number;
  /** Pieces that the new tokenizer has more. */
  readonly added: number;
  readonly init: ExpandInit;
  readonly out: string;
}

/** Writes the grown model to `options.out`, which must not exist: config, tokenizer and weights together or not at all. */
export async function expandModel(options: ExpandOptions, work: Work = {}): Promise<Result<Expansion>> {
  const free = await refuseExisting(options.out);
  if (!free.ok) return free;
  const opened = await openModelDirectory(options.model);
  if (!opened.ok) return opened;
  const files = opened.value;
  if (files.tokenizer === undefined)
    return bad('the model has no tokenizer.model, so old and new ids cannot be matched', { file: options.model });
  const tokenizer = await readSentencePieceFile(options.tokenizer);
  if (!tokenizer.ok) return tokenizer;
  const [before, after] = [files.tokenizer, tokenizer.value];
  const fits = checkExtends(before, after);
  if (!fits.ok) return fits;

  const oldSize = files.config.vocabularySize;
  const newSize = Math.max(oldSize, after.pieces.length);
  const spelled = options.init === 'subpieces' ? spell(before, after) : [];
  const tensors = files.parameters.map(({ name, shape, file, entry }, done): TensorSource => {
    const read = async () => {
      work.signal?.throwIfAborted();
      work.onProgress?.({ message: `writing ${name}`, fraction: done / files.parameters.length });
      return unwrap(await readSafetensorsEntry(file, entry));
    };
    if (name !== embeddingName && name !== headName) return { name, shape, load: read };
    const grow = async () => growTable(await read(), name, files, newSize, after.pieces.length, options, spelled);
    return { name, shape: [newSize, files.config.hiddenSize], load: grow };
  });
  const generation = await readFile(path.join(options.model, 'generation_config.json')).catch(() => undefined);
  const written = await writeModelDirectory(options.out, {
    config: { ...files.config, vocabularySize: newSize },
    tensors,
    tokenizer: after.bytes,
    others: generation === undefined ? {} : { 'generation_config.json': generation },
  });
  if (!written.ok) return written;
  const added = after.pieces.length - before.pieces.length;
  return ok({ oldSize, newSize, added, init: options.init, out: options.out });
}

/** The new vocabulary is the old one with more behind it. */
function checkExtends(before: SentencePieceModel, after: SentencePieceModel): Result<void> {
  const remedy = "Merge the new vocabulary onto the model's own: bllossom vocab merge --base.";
  for (const [id, { piece }] of before.pieces.entries()) {
    const other = after.pieces[id]?.piece;
    if (other === piece) continue;
    const found = other === undefined ? 'is missing' : `is ${JSON.stringify(other)}`;
    return bad(
      `the tokenizer does not begin with the model's: id ${id} ${found}, but was ${JSON.stringify(piece)}`,
      { file: after.file },
      remedy,
    );
  }
  return after.pieces.length === before.pieces.length
    ? bad(
        "the tokenizer has the model's pieces and no more, so there is nothing to expand",
        { file: after.file },
        remedy,
      )
    : ok(undefined);
}

/** Old ids by new piece, in the order of the new ids. */
function spell(before: SentencePieceModel, after: SentencePieceModel): Int32Array[] {
  const tokenizer = createTokenizer(before);
  const { addDummyPrefix } = before.normalizer;
  return after.pieces.slice(before.pieces.length).map(({ piece }) => subpieces(tokenizer, addDummyPrefix, piece));
}

/**
 * A table of [newSize, hidden] with the old rows, exactly, and new ones behind them. Rows that only filled the old table up
 * (ids without a piece) become new pieces' rows too.
 */
function growTable(
  old: Float32Array,
  name: string,
  files: ModelFiles,
  newSize: number,
  pieces: number,
  { init, seed }: ExpandOptions,
  spelled: readonly Int32Array[],
): Float32Array {
  const width = files.config.hiddenSize;
  const known = files.tokenizer!.pieces.length;
  const table = new Float32Array(newSize * width);
  table.set(old);
  const fresh = table.subarray(known * width, pieces * width);
  if (init === 'random') {
    fillNormal(fresh, files.config.initializerRange, new Random(seed, `expand ${name}`));
    return table;
  }
  const everything = meanOfRows(
    old,
    width,
    Int32Array.from({ length: known }, (_, id) => id),
  );
  for (let row = 0; row * width < fresh.length; row++) {
    const ids = spelled[row];
    fresh.set(ids === undefined || ids.length === 0 ? everything : meanOfRows(old, width, ids), row * width);
  }
  return table;
}

function meanOfRows(table: Float32Array, width: number, ids: Int32Array): Float64Array {
  const sum = new Float64Array(width);
  for (const id of ids) for (let i = 0; i < width; i++) sum[i]! += table[id * width + i]!;
  return sum.map((value) => value / ids.length);
}
