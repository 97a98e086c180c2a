/** The part of `sentencepiece-js` (it has no types of its own) that is used here. */
declare module 'sentencepiece-js' {
  export class SentencePieceProcessor {
    /** Reads a `.model` file; one that is none is taken in silence, and encodes everything to nothing. */
    load(file: string): Promise<void>;
    encodeIds(text: string): number[];
    encodePieces(text: string): string[];
    /** A byte-order mark at the text's beginning is lost. */
    decodeIds(ids: readonly number[]): string;
  }
}
