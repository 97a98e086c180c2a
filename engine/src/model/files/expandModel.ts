/**
 * Grows a model to a larger vocabulary: embedding and head get a row for each new piece, everything else stays. The new
 * tokenizer must begin with the old one's pieces under the same ids.
 */
import path from 'node:path';
import { bad, ok, ProblemError, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { createTokenizer, readModelFile, type TokenizerModel } from '../../tokenizers/index.ts';
import { align } from './alignment.ts';
import { companionsOf, type LeftOut } from './companions.ts';
import { type ExpandSource, openToExpand } from './expandSource.ts';
import type { TableFigures } from './growTable.ts';
import { clearLeftovers } from './leftovers.ts';
import { type Blend, blended, evenly, type ExpandInit } from './newRows.ts';
import { openParallelText } from './parallelText.ts';
import { embeddingName } from './parameters.ts';
import { speller, unreachableFrom } from './subpieces.ts';
import { writeExpanded } from './writeExpanded.ts';
import { refuseExisting } from './writeModel.ts';

export { type ExpandInit, expandInits } from './newRows.ts';

export interface ExpandOptions {
  readonly model: string;
  /** A tokenizer file, or a directory that holds one. */
  readonly tokenizer: string;
  readonly init: ExpandInit;
  /** For `random`. */
  readonly seed: number;
  readonly out: string;
  /** For `aligned`: a JSON lines file, or two text files that go line by line. */
  readonly parallel?: readonly string[];
  /** The number of rows is rounded up to a multiple of this. */
  readonly padToMultiple?: number;
}

export interface Expansion {
  /** vocab_size before and after. */
  readonly oldSize: number;
  readonly newSize: number;
  /** Pieces that the new tokenizer has more, and how many of them no text leads to: they start like the others and never train. */
  readonly added: number;
  readonly unreachable: number;
  /** Rows beyond the pieces. */
  readonly padding: number;
  readonly init: ExpandInit;
  /** How many new rows started as what: with `aligned`, those it had no evidence for started as `subpieces`. */
  readonly starts: Readonly<Partial<Record<ExpandInit, number>>>;
  /** What `aligned` learnt from. */
  readonly parallel?: {
    readonly fresh: string;
    readonly old: string;
    readonly pairs: number;
    readonly skipped: number;
  };
  /** Lengths of rows by table: those of the old pieces and of the new ones. */
  readonly norms: Readonly<Record<string, TableFigures>>;
  /** Bytes of the weights, and the number of files they are in. */
  readonly bytes: number;
  readonly shards: number;
  readonly files: { readonly written: readonly string[]; readonly leftOut: readonly LeftOut[] };
  /** Temporary directories of killed expansions to the same place that were removed. */
  readonly cleared: readonly string[];
  readonly out: string;
}

/** Writes the grown model to `options.out`, which must not exist: config, tokenizer and weights together or not at all. */
export async function expandModel(options: ExpandOptions, work: Work = {}): Promise<Result<Expansion>> {
  const free = await refuseExisting(options.out);
  if (!free.ok) return free;
  work.onProgress?.({ message: 'reading the tokenizers' });
  const opened = await openToExpand(options.model);
  if (!opened.ok) return opened;
  const tokenizer = await readModelFile(options.tokenizer);
  if (!tokenizer.ok) return tokenizer;
  const source = opened.value;
  const [before, after] = [source.tokenizer, tokenizer.value];
  const fits = checkExtends(before, after);
  if (!fits.ok) return fits;
  const starts = await newStarts(options, before, after, work);
  if (!starts.ok) return starts;

  const { vocabularySize: oldSize, tiedHead, initializerRange } = source.config;
  const multiple = options.padToMultiple ?? 1;
  const newSize = Math.ceil(Math.max(oldSize, after.pieces.length) / multiple) * multiple;
  const known = before.pieces.length;
  const companions = await companionsOf(options.model, after, known);
  const cleared = await clearLeftovers(options.out);
  const written = await writeExpanded(
    options.out,
    source,
    companions,
    {
      ...{ known, pieces: after.pieces.length, size: newSize, init: options.init },
      ...{ blends: starts.value.blends, seed: options.seed, deviation: initializerRange },
    },
    (table) => (tiedHead ? embeddingName : table),
    work,
  );
  if (!written.ok) return written;
  const { weights: bytes, tables: norms } = written.value;
  return ok({
    oldSize,
    newSize,
    added: after.pieces.length - known,
    unreachable: unreachableFrom(after, known),
    padding: newSize - after.pieces.length,
    init: options.init,
    ...starts.value.told,
    norms,
    bytes,
    shards: source.files.length,
    files: { written: writtenNames(source, companions), leftOut: companions.leftOut },
    cleared,
    out: options.out,
  });
}

function writtenNames(source: ExpandSource, companions: Awaited<ReturnType<typeof companionsOf>>): string[] {
  const weights = source.files.map((file) => path.basename(file.path));
  const index = source.index === undefined ? [] : ['model.safetensors.index.json'];
  const others = [...Object.keys(companions.written), ...companions.copied.map(({ name }) => name)];
  return ['config.json', ...others, ...index, ...weights];
}

/** The new vocabulary is the old one with more behind it. */
function checkExtends(before: TokenizerModel, after: TokenizerModel): Result<void> {
  const remedy = "Merge the new vocabulary onto the model's own: bllossom vocab merge --base.";
  if (before.format !== after.format)
    return bad(
      `the model's tokenizer is of another kind (${path.basename(before.file)})`,
      { file: after.file },
      remedy,
    );
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

interface Starts {
  /** By new piece. */
  readonly blends: readonly Blend[];
  readonly told: Pick<Expansion, 'starts' | 'parallel'>;
}

/**
 * How much of a row its links make, the rest being its spelling: nothing without links, half of the most with `evidence` links.
 * Links alone would make a row that competes with the old pieces it follows: what the model knew then suffers (measured in
 * docs/reports/expansion.md).
 */
const mostShare = 0.7;
const evidence = 4;

/** What each new row is made of. */
async function newStarts(
  options: ExpandOptions,
  before: TokenizerModel,
  after: TokenizerModel,
  work: Work,
): Promise<Result<Starts>> {
  const added = after.pieces.slice(before.pieces.length);
  const spelt = (): Blend[] => {
    const spell = speller(before);
    return added.map((piece) => evenly(spell(piece)));
  };
  const empty = (blends: readonly Blend[]) => blends.filter(({ ids }) => ids.length === 0).length;
  switch (options.init) {
    case 'random':
    case 'mean':
      return ok({ blends: [], told: { starts: { [options.init]: added.length } } });
    case 'subpieces': {
      const blends = spelt();
      const mean = empty(blends);
      return ok({ blends, told: { starts: { subpieces: added.length - mean, ...(mean === 0 ? {} : { mean }) } } });
    }
    case 'aligned': {
      const files = options.parallel ?? [];
      if (files.length === 0)
        return bad(
          'aligned texts are needed to start rows as aligned ones',
          { name: '--parallel' },
          'Give JSON lines with a field for each language, or two text files that go line by line; or take another --init.',
        );
      const [first, old, fresh] = [before.pieces.length, createTokenizer(before), createTokenizer(after)];
      const text = await openParallelText(files, old, fresh, first, work);
      if (!text.ok) return text;
      try {
        const alignment = await align(text.value.pairs(), (id) => id >= first, work);
        let aligned = 0;
        const spellings = spelt();
        const blends = spellings.map((spelling, i) => {
          const links = alignment.links(first + i);
          if (links === undefined) return spelling;
          aligned++;
          const count = links.counts.reduce((sum, c) => sum + c, 0);
          const linked = { ids: links.ids, weights: links.counts.map((c) => c / count) };
          return spelling.ids.length === 0
            ? linked
            : blended(linked, spelling, (mostShare * count) / (count + evidence));
        });
        const mean = empty(blends);
        const { fresh: freshField, old: oldField } = text.value;
        const { pairs, skipped } = alignment;
        const starts = { aligned, subpieces: added.length - aligned - mean, ...(mean === 0 ? {} : { mean }) };
        return ok({
          blends,
          told: { starts, parallel: { fresh: freshField, old: oldField, pairs, skipped } },
        });
      } catch (error) {
        if (error instanceof ProblemError) return { ok: false, problem: error.problem };
        throw error;
      }
    }
    default:
      options.init satisfies never;
      throw new Error('unknown init');
  }
}
