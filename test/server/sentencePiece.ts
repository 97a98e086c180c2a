/** The real SentencePiece (compiled to WebAssembly) as an oracle. */
import { SentencePieceProcessor } from 'sentencepiece-js';

export type SentencePiece = SentencePieceProcessor;

export async function loadSentencePiece(file: string): Promise<SentencePiece> {
  const processor = new SentencePieceProcessor();
  await processor.load(file);
  return processor;
}
