/** Small byte-level vocabularies for tests, trained on the spot, as the text of a tokenizer.json. */
import { byteSymbols, symbolsOfBytes } from '../byteLevelModel.ts';
import { gpt2Pattern, PreTokenizer } from '../preTokenizer.ts';

/** As Llama 3's expression: contractions, words, up to three digits, the rest, white space. */
export const llama3Pattern = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
export const qwenPattern = llama3Pattern.replace(String.raw`\p{N}{1,3}`, String.raw`\p{N}`);
/** With possessive repetitions and the end of a line, as cl100k's. */
export const cl100kPattern = String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`;
/** With cases told apart, as GPT-4o's. */
export const o200kPattern = [
  String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
  String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
  String.raw`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
].join('|');

export interface AddedTokenJson {
  readonly content: string;
  readonly special?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly single_word?: boolean;
  readonly normalized?: boolean;
}

export interface ByteLevelRecipe {
  readonly lines: readonly string[];
  /** Merges learnt at most. */
  readonly merges: number;
  readonly pattern?: string;
  readonly preTokenizer?: unknown;
  readonly normalizer?: unknown;
  readonly ignoreMerges?: boolean;
  readonly added?: readonly AddedTokenJson[];
  /** Merges as "a b", the older form. */
  readonly mergesAsText?: boolean;
  readonly postProcessor?: unknown;
}

/** The pre-tokenizer of Llama 3, with another expression. */
const splitBy = (pattern: string) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
});

/** The content of a tokenizer.json, as an object that a test may change. */
export function byteLevelJson(recipe: ByteLevelRecipe) {
  const pattern = recipe.pattern ?? llama3Pattern;
  const merges = trainMerges(recipe.lines, recipe.merges, pattern);
  const vocab: Record<string, number> = {};
  // As GPT-2 numbers them: printable bytes first.
  for (const symbol of [...byteSymbols].sort()) vocab[symbol] = Object.keys(vocab).length;
  let next = 256;
  for (const [a, b] of merges) vocab[a + b] ??= next++;
  const added = (recipe.added ?? [{ content: '<|begin_of_text|>' }, { content: '<|end_of_text|>' }]).map((token) => ({
    id: vocab[token.content] ?? next++,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
    ...token,
  }));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: recipe.normalizer ?? null,
    pre_tokenizer: recipe.preTokenizer ?? splitBy(pattern),
    post_processor: recipe.postProcessor ?? { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true }, // prettier-ignore
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: recipe.ignoreMerges ?? false,
      vocab,
      merges: recipe.mergesAsText === true ? merges.map(([a, b]) => `${a} ${b}`) : merges,
    },
  };
}

export const jsonBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), 'utf8');

/** The most frequent pair of all words, again and again; of equals the first. Quadratic: for small texts. */
function trainMerges(lines: readonly string[], most: number, pattern: string): [string, string][] {
  const counts = new Map<string, number>();
  const preTokenizer = new PreTokenizer([{ kind: 'split', pattern: pattern === '' ? gpt2Pattern : pattern, keep: 'isolated' }]); // prettier-ignore
  for (const line of lines) {
    const words = preTokenizer.words(line);
    while (words.next()) counts.set(words.text, (counts.get(words.text) ?? 0) + 1);
  }
  const words = Array.from(counts, ([word, count]) => ({
    count,
    symbols: Array.from(symbolsOfBytes(Buffer.from(word, 'utf8'))),
  }));
  const merges: [string, string][] = [];
  while (merges.length < most) {
    const pairs = new Map<string, number>();
    for (const { symbols, count } of words) {
      for (let i = 0; i + 1 < symbols.length; i++) {
        const pair = `${symbols[i]!} ${symbols[i + 1]!}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + count);
      }
    }
    let best: string | undefined;
    for (const [pair, count] of pairs) if (count > 1 && count > (pairs.get(best ?? '') ?? 0)) best = pair;
    if (best === undefined) break;
    const [a, b] = best.split(' ') as [string, string];
    merges.push([a, b]);
    for (const { symbols } of words) {
      for (let i = 0; i + 1 < symbols.length; i++) {
        if (symbols[i] === a && symbols[i + 1] === b) symbols.splice(i, 2, a + b);
      }
    }
  }
  return merges;
}
