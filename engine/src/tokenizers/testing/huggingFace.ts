/** Hugging Face's own libraries for tests: the Rust one (npm `tokenizers`) and the JavaScript one, on a `tokenizer.json`. */
import { Tokenizer as JavaScriptTokenizer } from '@huggingface/tokenizers';
import { createRequire } from 'node:module';

interface RustTokenizer {
  encodeBatch(
    texts: readonly string[],
    pair: null | { addSpecialTokens: boolean },
  ): Promise<{ getIds(): number[]; getOffsets(): [number, number][] }[]>;
  decodeBatch(ids: readonly (readonly number[])[], skipSpecialTokens: boolean): Promise<string[]>;
}

export interface HuggingFace {
  /** Ids of each text, by the Rust library. */
  encode(texts: readonly string[], addSpecialTokens?: boolean): Promise<number[][]>;
  /** The text of each list of ids, by the Rust library. */
  decode(ids: readonly (readonly number[])[]): Promise<string[]>;
  /** Ids by the JavaScript library. */
  encodeByJavaScript(text: string): number[];
}

export function huggingFace(tokenizerJson: string, tokenizerConfig = '{}'): HuggingFace {
  const library = createRequire(import.meta.url)('tokenizers') as {
    Tokenizer: { fromString(json: string): RustTokenizer };
  };
  const rust = library.Tokenizer.fromString(tokenizerJson);
  let javaScript: JavaScriptTokenizer | undefined;
  return {
    encode: async (texts, addSpecialTokens = false) =>
      (await rust.encodeBatch(texts, { addSpecialTokens })).map((encoding) => encoding.getIds()),
    decode: (ids) => rust.decodeBatch(ids, false),
    encodeByJavaScript(text) {
      javaScript ??= new JavaScriptTokenizer(
        JSON.parse(tokenizerJson) as object,
        JSON.parse(tokenizerConfig) as object,
      );
      return javaScript.encode(text, { add_special_tokens: false }).ids;
    },
  };
}
