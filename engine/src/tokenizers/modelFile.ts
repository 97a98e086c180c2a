/** Tokenizers on disk: a SentencePiece `.model` file, or a directory that holds one as `tokenizer.model`. */
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem } from '../base/fileProblem.ts';
import { bad, ok, type Result } from '../base/problem.ts';
import { wanted } from './otherFormats.ts';
import { parseModel, type SentencePieceModel } from './sentencePieceModel.ts';
import { SentencePieceTokenizer } from './sentencePieceTokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Larger than any vocabulary (256,000 pieces take 5 MB); a larger file is not read at all. */
export const maximumFileSize = 64 * 2 ** 20;

/** Reads a model; for a directory its `tokenizer.model`. */
export async function readModelFile(place: string): Promise<Result<SentencePieceModel>> {
  let file = place;
  try {
    let status = await stat(place);
    if (status.isDirectory()) {
      file = path.join(place, 'tokenizer.model');
      const inside = await stat(file).catch(() => undefined);
      if (inside === undefined) return bad('the directory holds no tokenizer.model', { file: place }, wanted);
      status = inside;
    }
    // Asked before opening: opening a pipe would wait for its other end.
    if (!status.isFile()) return bad('it is no regular file', { file }, wanted);
    const bytes = await readBounded(file);
    if (!bytes.ok) return bytes;
    return parseModel(bytes.value, file);
  } catch (error) {
    const problem = fileProblem(error, file);
    return problem.ok || problem.problem.remedy !== undefined
      ? problem
      : { ok: false, problem: { ...problem.problem, remedy: wanted } };
  }
}

/** Reads a tokenizer: a BPE or unigram model, or a directory with its `tokenizer.model`. */
export async function readTokenizerFile(place: string): Promise<Result<Tokenizer>> {
  const model = await readModelFile(place);
  return model.ok ? ok(createTokenizer(model.value)) : model;
}

export function createTokenizer(model: SentencePieceModel): Tokenizer {
  return new SentencePieceTokenizer(model);
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
