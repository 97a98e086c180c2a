/** The text rules that a new vocabulary takes over from a SentencePiece model. */
import { bad, ok, type Result } from '../../base/problem.ts';
import { readSentencePieceFile } from '../../tokenizers/index.ts';
import type { NormalizerSpec } from '../../tokenizers/sentencePieceModel.ts';

export async function readNormalizer(file: string): Promise<Result<NormalizerSpec>> {
  const model = await readSentencePieceFile(file);
  if (!model.ok) return model;
  const { normalizer, trainer } = model.value;
  if (!normalizer.escapeWhitespaces || trainer.whitespaceAsSuffix) {
    return bad('its rules do not put ▁ in front of words', { file }, 'Take another model for --normalizer-from.');
  }
  return ok(normalizer);
}
