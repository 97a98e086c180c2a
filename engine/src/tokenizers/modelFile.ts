/**
 * Tokenizers on disk: a SentencePiece `.model` file, a Hugging Face tokenizer.json, or a directory with a tokenizer.model or,
 * where there is none, a tokenizer.json. What a file is, its content says, not its name.
 */
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem } from '../base/fileProblem.ts';
import { bad, ok, type Result } from '../base/problem.ts';
import type { ByteLevelModel } from './byteLevelModel.ts';
import { ByteLevelTokenizer } from './byteLevelTokenizer.ts';
import { isJson, wanted } from './otherFormats.ts';
import { parseModel, type SentencePieceModel } from './sentencePieceModel.ts';
import { SentencePieceTokenizer } from './sentencePieceTokenizer.ts';
import { parseSpecialNames, parseTokenizerJson, type SpecialNames } from './tokenizerJson.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Larger than any vocabulary (256,000 pieces take 5 MB); a larger file is not read at all. */
const maximumFileSize = 64 * 2 ** 20;

/** A vocabulary with its rules, of either kind. Both have `file`, `bytes`, `pieces` (by id) and `ids` (by piece string). */
export type TokenizerModel = SentencePieceModel | ByteLevelModel;

/** Names in a directory, the first one that is there counts. */
const namesInDirectory = ['tokenizer.model', 'tokenizer.json'] as const;

/** Reads a model; of a directory its `tokenizer.model`, else its `tokenizer.json`. */
export async function readModelFile(place: string): Promise<Result<TokenizerModel>> {
  let file = place;
  try {
    let status = await stat(place);
    if (status.isDirectory()) {
      const inside = await findInside(place);
      if (inside === undefined) {
        return bad('the directory holds no tokenizer.model and no tokenizer.json', { file: place }, wanted);
      }
      file = inside;
      status = await stat(file);
    }
    // Asked before opening: opening a pipe would wait for its other end.
    if (!status.isFile()) return bad('it is no regular file', { file }, wanted);
    const bytes = await readBounded(file);
    if (!bytes.ok) return bytes;
    const model = parseModel(bytes.value, file);
    // What is a model is one, even where its first bytes would do for JSON too.
    if (model.ok || !isJson(bytes.value)) return model;
    return parseTokenizerJson(bytes.value, file, await specialNames(path.dirname(file)));
  } catch (error) {
    const problem = fileProblem(error, file);
    return problem.ok || problem.problem.remedy !== undefined
      ? problem
      : { ok: false, problem: { ...problem.problem, remedy: wanted } };
  }
}

/** As `readModelFile`, for work that only SentencePiece models can do. */
export async function readSentencePieceFile(place: string): Promise<Result<SentencePieceModel>> {
  const model = await readModelFile(place);
  return !model.ok || model.value.format === 'sentencepiece' ? (model as Result<SentencePieceModel>) : notSentencePiece(model.value); // prettier-ignore
}

/** The refusal of a byte-level vocabulary where only a SentencePiece model will do. */
const notSentencePiece = (model: ByteLevelModel) =>
  bad('this is a byte-level tokenizer.json, and this needs a SentencePiece model', { file: model.file }, 'Give a tokenizer.model.'); // prettier-ignore

/** Reads a tokenizer: a file of either kind, or a directory that holds one. */
export async function readTokenizerFile(place: string): Promise<Result<Tokenizer>> {
  const model = await readModelFile(place);
  return model.ok ? ok(createTokenizer(model.value)) : model;
}

export function createTokenizer(model: TokenizerModel): Tokenizer {
  switch (model.format) {
    case 'sentencepiece':
      return new SentencePieceTokenizer(model);
    case 'tokenizer.json':
      return new ByteLevelTokenizer(model);
    default:
      model satisfies never;
      throw new Error('unknown format');
  }
}

async function findInside(directory: string): Promise<string | undefined> {
  for (const name of namesInDirectory) {
    const file = path.join(directory, name);
    if ((await stat(file).catch(() => undefined)) !== undefined) return file;
  }
  return undefined;
}

/** BOS and EOS by name, as the tokenizer_config.json beside a tokenizer.json says; nothing where it says nothing. */
async function specialNames(directory: string): Promise<SpecialNames> {
  const bytes = await readBounded(path.join(directory, 'tokenizer_config.json')).catch(() => undefined);
  return bytes?.ok === true ? parseSpecialNames(bytes.value) : {};
}

async function readBounded(file: string): Promise<Result<Uint8Array>> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size > maximumFileSize) return bad(`the file has ${size} bytes, too many for a tokenizer`, { file }, wanted);
    return ok(await handle.readFile());
  } finally {
    await handle.close();
  }
}
