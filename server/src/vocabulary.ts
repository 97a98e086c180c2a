/**
 * `VocabularySummary` and `VocabularyRows`: a tokenizer's file, to be looked through. The server keeps the tables and
 * answers in pages, so that the page in the editor stays as light with 260,000 pieces as with 8,000, over a slow
 * connection too. What a query leaves is kept as a list of ids for the next page of it.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem } from '../../engine/src/base/fileProblem.ts';
import { ok } from '../../engine/src/base/problem.ts';
import type { Result } from '../../engine/src/base/problem.ts';
import type { Steps } from '../../engine/src/base/steps.ts';
import { PieceType, readModelFile } from '../../engine/src/tokenizers/index.ts';
import type { TokenizerModel } from '../../engine/src/tokenizers/index.ts';
import { bytesOfSymbols } from '../../engine/src/tokenizers/byteLevelModel.ts';
import type { Context } from './context.ts';
import { cancelled, failure } from './failure.ts';
import * as shapes from './params.ts';
import { VocabularyRows, VocabularySummary } from './protocol.ts';
import type { Slices } from './slices.ts';
import { tokenizerName } from './tokenizers.ts';
import { textPieces, VocabularyTable } from './vocabularyTable.ts';
import type { Source } from './vocabularyTable.ts';

/** Vocabularies, and queries of each, that are kept. */
const kept = 4;
/** Milliseconds that the server computes at a stretch. */
const slice = 8;
/** Special pieces that a summary names. */
const specialsNamed = 12;

const rowsParams = {
  path: shapes.path,
  query: shapes.members({
    search: shapes.text,
    regex: shapes.flag,
    matchCase: shapes.flag,
    scripts: shapes.texts,
    kinds: shapes.texts,
    part: shapes.optional(shapes.oneOf('base', 'added')),
    characters: shapes.optional(shapes.whole),
    sort: shapes.oneOf('id', 'piece', 'score', 'characters', 'bytes'),
    descending: shapes.flag,
  }),
  from: shapes.whole,
  count: shapes.whole,
  find: shapes.optional(shapes.number),
};

interface Vocabulary {
  readonly stamp: string;
  readonly table: VocabularyTable;
  readonly facts: Omit<VocabularySummary.Answer, 'scripts' | 'kinds' | 'lengths' | 'longest'>;
  readonly queries: Map<string, Int32Array>;
}

export function registerVocabulary({ connection, slices }: Context): void {
  const vocabularies = new Map<string, { readonly stamp: string; readonly reading: Promise<Result<Vocabulary>> }>();

  const load = async (file: string): Promise<Result<Vocabulary>> => {
    let stamp: string;
    let bytes: number;
    try {
      const { mtimeMs, size } = await stat(file);
      stamp = `${mtimeMs} ${size}`;
      bytes = size;
    } catch (error) {
      return fileProblem(error, file);
    }
    const known = vocabularies.get(file);
    if (known?.stamp === stamp) {
      keep(vocabularies, file, known);
      return known.reading;
    }
    const reading = read(file, stamp, bytes, slices);
    keep(vocabularies, file, { stamp, reading });
    return reading;
  };

  connection.onRequest(VocabularySummary.type, async (params) => {
    const refused = shapes.refusal(params, { path: shapes.path });
    if (refused !== undefined) return refused;
    const { path: file } = params;
    const vocabulary = await load(file);
    if (!vocabulary.ok) return failure(vocabulary.problem);
    const { facts, table } = vocabulary.value;
    const counts = await inSlices(slices, table.summary(), () => true);
    return { ...facts, ...counts! };
  });

  connection.onRequest(VocabularyRows.type, async (params, token) => {
    const refused = shapes.refusal(params, rowsParams);
    if (refused !== undefined) return refused;
    const { path: file, query, from, count, find } = params;
    const vocabulary = await load(file);
    if (!vocabulary.ok) return failure(vocabulary.problem);
    const { table, queries, stamp } = vocabulary.value;
    const key = JSON.stringify(query);
    let ids = queries.get(key);
    if (ids === undefined) {
      const found = await inSlices(slices, table.query(query), () => !token.isCancellationRequested);
      if (found === undefined) return cancelled();
      if (!found.ok) return failure(found.problem);
      ids = found.value;
    }
    keep(queries, key, ids);
    const some = ids.subarray(from, from + Math.min(count, VocabularyRows.most));
    return {
      stamp,
      total: ids.length,
      rows: Array.from(some, (id) => table.row(id)),
      ...(find === undefined ? {} : { place: ids.indexOf(find) }),
    };
  });
}

async function read(file: string, stamp: string, bytes: number, slices: Slices): Promise<Result<Vocabulary>> {
  const model = await readModelFile(file);
  if (!model.ok) return model;
  const { pieces } = model.value;
  const firstAdded = await firstAddedOf(file, pieces.length);
  const table = (await inSlices(slices, VocabularyTable.make(sourceOf(model.value), firstAdded), () => true))!;
  const specials = pieces.flatMap(({ piece, type }, id) =>
    type === PieceType.unknown || (type === PieceType.control && /^[<[]/.test(piece)) ? [{ id, piece }] : [],
  );
  const facts = {
    stamp,
    name: tokenizerName(file),
    bytes,
    size: pieces.length,
    specials: specials.slice(0, specialsNamed),
    ...(firstAdded === undefined ? {} : { firstAdded }),
    ...rules(model.value),
  };
  return ok({ stamp, table, facts, queries: new Map() });
}

function rules(model: TokenizerModel) {
  if (model.format === 'tokenizer.json') return { algorithm: 'byte-level bpe', byteFallback: false };
  const { trainer, normalizer } = model;
  return {
    algorithm: trainer.algorithm,
    byteFallback: trainer.byteFallback,
    normalizer: {
      name: normalizer.name,
      dummyPrefix: normalizer.addDummyPrefix,
      removesExtraSpaces: normalizer.removeExtraWhitespaces,
    },
  };
}

/** The pieces of a byte-level vocabulary are bytes in a printable spelling, but for its added tokens. */
function sourceOf(model: TokenizerModel): Source {
  const { pieces } = model;
  if (model.format === 'sentencepiece') return textPieces(pieces);
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const bytes = (id: number) => (id < model.vocabularySize ? bytesOfSymbols(pieces[id]!.piece) : undefined);
  return {
    pieces,
    space: ' ',
    textOf: (id) => {
      const spelled = pieces[id]!.type === PieceType.normal ? bytes(id) : undefined;
      if (spelled === undefined) return pieces[id]!.piece;
      try {
        return utf8.decode(spelled);
      } catch {
        return undefined; // begins or ends inside of a character
      }
    },
    bytesOf: (id) => bytes(id)?.length ?? 0,
  };
}

/** Where the added pieces begin, by a merge report that stands beside the file and is about it. */
async function firstAddedOf(file: string, size: number): Promise<number | undefined> {
  try {
    const text = await readFile(path.join(path.dirname(file), 'merge-report.json'), 'utf8');
    const { base, files } = JSON.parse(text) as { base?: unknown; files?: { tokenizer?: unknown } };
    if (typeof base !== 'number' || !(base > 0 && base < size)) return undefined;
    const written = files?.tokenizer;
    return typeof written === 'string' && path.basename(written) === path.basename(file) ? base : undefined;
  } catch {
    return undefined; // no report, or none that says so
  }
}

/** Runs steps in turns with everything else; undefined where they are not wanted any more. */
async function inSlices<T>(slices: Slices, steps: Steps<T>, wanted: () => boolean): Promise<T | undefined> {
  for (;;) {
    await slices.turn();
    if (!wanted()) return undefined;
    const until = performance.now() + slice;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
  }
}

/** Puts an entry last, and lets go the one that was used longest ago. */
function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > kept && oldest !== undefined) map.delete(oldest);
}
