/** Tokenizers: what other folders may use. */
export { type ByteLevelModel } from './byteLevelModel.ts';
export {
  createTokenizer,
  readModelFile,
  readSentencePieceFile,
  readTokenizerFile,
  type TokenizerModel,
} from './modelFile.ts';
export { parseModel, type SentencePieceModel } from './sentencePieceModel.ts';
export type { ByteSpan } from './byteSpans.ts';
export { heatLevel, wordCosts, type WordCost } from './heat.ts';
export { TokenizedText } from './tokenizedText.ts';
export { TriedChunks } from './triedChunks.ts';
export { type Encoding, type Piece, PieceType, type Tokenizer } from './tokenizer.ts';
