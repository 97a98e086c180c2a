/** The real SentencePiece (compiled to WebAssembly) as an oracle; its package comes without types. */
// @ts-expect-error -- the package has no types
import * as untyped from 'sentencepiece-js';

export interface SentencePiece {
  load(file: string): Promise<void>;
  encodeIds(text: string): number[];
  encodePieces(text: string): string[];
}

const { SentencePieceProcessor } = untyped as { readonly SentencePieceProcessor: new () => SentencePiece };

export async function loadSentencePiece(file: string): Promise<SentencePiece> {
  const processor = new SentencePieceProcessor();
  await processor.load(file);
  return processor;
}
