/**
 * A tokenizer held against independent implementations, line by line: the same ids, and the same text when they are decoded.
 * Reads as it goes, in bounded memory; answers how many lines differ, and the first of them.
 */
import { setImmediate as others } from 'node:timers/promises';
import { bad, ok, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { createTokenizer, type TokenizerModel } from '../modelFile.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { huggingFaceOracle } from './huggingFaceOracle.ts';
import { installedSentencePiece } from './installedSentencePiece.ts';
import type { Oracle, OracleResult } from './oracle.ts';
import { sentencePieceOracle } from './sentencePieceOracle.ts';
import { hostileLines, linesOfFiles, type TextLine } from './textLines.ts';

export interface Difference {
  /** The file, and the line in it from 1; without a file, the line was made from the vocabulary. */
  readonly file?: string;
  readonly line: number;
  /** The line's text, its beginning where it is long. */
  readonly text: string;
  readonly oracle: string;
  /** `ids`: other tokens; `text`: the same tokens are decoded to another text. */
  readonly what: 'ids' | 'text';
  /** Pieces around the first token that differs (its number is `token`, from 0), or the decoded texts. */
  readonly token?: number;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

export interface Verification {
  /** True where no line differs. */
  readonly same: boolean;
  readonly tokenizer: { readonly file: string; readonly algorithm: string; readonly size: number };
  /** What it was compared with, and how many lines differ from that. */
  readonly oracles: readonly { readonly name: string; readonly version: string; readonly differing: number }[];
  /** The files that were read; none: lines made from the vocabulary. */
  readonly files: readonly string[];
  readonly lines: number;
  /** UTF-16 units of all lines. */
  readonly units: number;
  /** Lines that differ from one oracle or another. */
  readonly differing: number;
  readonly differences: readonly Difference[];
}

export interface VerifyOptions extends Work {
  readonly files: readonly string[];
  /** How many differing lines are told. */
  readonly show: number;
}

/** UTF-16 units and lines that are compared before others get their turn. */
const batchUnits = 1 << 18;
const batchLines = 1 << 13;
/** How much of a long line is told, and how many tokens before and behind the first that differs. */
const shownUnits = 200;
const [shownBefore, shownBehind] = [3, 12];

/** Throws the signal's reason when stopped, and the file system's errors of the files to read. */
export async function verifyTokenizer(model: TokenizerModel, options: VerifyOptions): Promise<Result<Verification>> {
  const { files, show, signal, onProgress } = options;
  const found = await oraclesOf(model);
  if (!found.ok) return found;
  const tokenizer = createTokenizer(model);
  const oracles = found.value.map((oracle) => ({ oracle, differing: 0 }));
  const differences: Difference[] = [];
  let [lines, units, differing] = [0, 0, 0];

  const compare = async (batch: readonly TextLine[]) => {
    const texts = batch.map(({ text }) => text);
    const ours = texts.map((text) => Array.from(tokenizer.encode(text).ids));
    const differ = new Set<number>();
    for (const entry of oracles) {
      const theirs = await entry.oracle.encode(texts, signal);
      for (const [i, at] of batch.entries()) {
        const difference = differenceOf(tokenizer, entry.oracle, ours[i]!, theirs[i]!);
        if (difference === undefined) continue;
        entry.differing++;
        differ.add(i);
        if (differences.length < show) {
          const place = at.file === undefined ? {} : { file: at.file };
          differences.push({ ...place, line: at.line, text: beginning(at.text), ...difference });
        }
      }
      await others();
      signal?.throwIfAborted();
    }
    differing += differ.size;
    lines += batch.length;
    for (const text of texts) units += text.length;
    onProgress?.({
      message: `${lines.toLocaleString('en')} lines compared, ${differing} differ`,
      fraction: batch.at(-1)?.share ?? 1,
    });
  };

  let batch: TextLine[] = [];
  let size = 0;
  for await (const line of files.length > 0 ? linesOfFiles(files) : hostileLines(tokenizer)) {
    batch.push(line);
    size += line.text.length;
    if (size < batchUnits && batch.length < batchLines) continue;
    await compare(batch);
    batch = [];
    size = 0;
  }
  if (batch.length > 0) await compare(batch);
  return ok({
    same: differing === 0,
    tokenizer: { file: model.file, algorithm: tokenizer.algorithm, size: tokenizer.size },
    oracles: oracles.map(({ oracle: { name, version }, differing }) => ({ name, version, differing })),
    files,
    lines,
    units,
    differing,
    differences,
  });
}

/** The implementations that can be asked about a model here: at least one. */
async function oraclesOf(model: TokenizerModel): Promise<Result<Oracle[]>> {
  const results: OracleResult[] = [];
  switch (model.format) {
    case 'sentencepiece':
      results.push(await sentencePieceOracle(model.file), await installedSentencePiece(model.file));
      break;
    case 'tokenizer.json':
      results.push(await huggingFaceOracle(model.bytes, model.file));
      break;
    default:
      model satisfies never;
  }
  const oracles: Oracle[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    if (result.value !== undefined) oracles.push(result.value);
  }
  return oracles.length > 0
    ? ok(oracles)
    : bad('there is no independent implementation of this format here', { file: model.file });
}

function differenceOf(
  tokenizer: Tokenizer,
  oracle: Oracle,
  ours: readonly number[],
  theirs: readonly number[],
): Pick<Difference, 'oracle' | 'what' | 'token' | 'ours' | 'theirs'> | undefined {
  let token = 0;
  while (token < ours.length && ours[token] === theirs[token]) token++;
  if (token < ours.length || token < theirs.length) {
    const around = (ids: readonly number[]) =>
      ids
        .slice(Math.max(0, token - shownBefore), token + shownBehind)
        .map((id) => (id >= 0 && id < tokenizer.size ? tokenizer.piece(id).piece : `id ${id}`));
    return { oracle: oracle.name, what: 'ids', token, ours: around(ours), theirs: around(theirs) };
  }
  if (oracle.decode === undefined) return undefined;
  const [our, their] = [tokenizer.decode(ours), oracle.decode(ours)];
  if (our === their || (oracle.losesByteOrderMark === true && our === `\ufeff${their}`)) return undefined;
  return { oracle: oracle.name, what: 'text', ours: [beginning(our)], theirs: [beginning(their)] };
}

const beginning = (text: string): string => (text.length <= shownUnits ? text : `${text.slice(0, shownUnits)}…`);
