/**
 * The tokenizer.json of a base that has grown: the base's own, with new pieces and merges behind. The added tokens that stood only
 * in their list stand in the vocabulary too, for Hugging Face's library gives all others the ids behind it.
 */
import type { ByteLevelModel } from '../tokenizers/byteLevelModel.ts';
import type { GrowingBpe } from './growingBpe.ts';

interface TokenizerJson {
  model: { vocab: Record<string, number>; merges: unknown[] };
}

export function grownTokenizerJson(base: ByteLevelModel, { pieces, added }: GrowingBpe): string {
  // It was read before, so its shape is known.
  const json = JSON.parse(Buffer.from(base.bytes).toString('utf8')) as TokenizerJson;
  const { vocab, merges } = json.model;
  for (let id = 0; id < pieces.length; id++) if (id >= base.vocabularySize) vocab[pieces[id]!] = id;
  const asText = merges.length > 0 && merges.every((merge) => typeof merge === 'string');
  for (const { left, right } of added) {
    const [a, b] = [pieces[left]!, pieces[right]!];
    merges.push(asText ? `${a} ${b}` : [a, b]);
  }
  return `${JSON.stringify(json, null, 1)}\n`;
}
