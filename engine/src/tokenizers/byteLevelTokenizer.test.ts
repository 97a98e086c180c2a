import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { byteSpans, byteTokens } from './byteSpans.ts';
import { createTokenizer } from './modelFile.ts';
import { dice, english, korean } from './testing/models.ts';
import {
  byteLevelJson,
  type ByteLevelRecipe,
  cl100kPattern,
  jsonBytes,
  llama3Pattern,
  o200kPattern,
  qwenPattern,
} from './testing/byteLevel.ts';
import { huggingFace } from './testing/huggingFace.ts';
import { TokenizedText } from './tokenizedText.ts';
import { PieceType, type Tokenizer } from './tokenizer.ts';
import { parseTokenizerJson } from './tokenizerJson.ts';

const lines = [...english, ...korean, ...english, "don’t we'll I'M 12345 ... --- \n\n\t x", 'AbcDef ABCdef été'];
const byteLevel = (settings: unknown) => ({
  type: 'Sequence',
  pretokenizers: [{ type: 'Digits', individual_digits: true }, settings],
});

const recipes: Record<string, ByteLevelRecipe> = {
  'the kind of Llama 3': { lines, merges: 500, ignoreMerges: true, pattern: llama3Pattern },
  'the kind of GPT-2': {
    lines,
    merges: 400,
    pattern: '',
    preTokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    mergesAsText: true,
    added: [{ content: '<|endoftext|>' }],
  },
  'the kind of Qwen, with NFC': { lines, merges: 400, pattern: qwenPattern, normalizer: { type: 'NFC' } },
  'the kind of cl100k': { lines, merges: 400, pattern: cl100kPattern },
  'the kind of GPT-4o': { lines, merges: 400, pattern: o200kPattern },
  'a space before each text, digits alone': {
    lines,
    merges: 300,
    preTokenizer: byteLevel({ type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }),
  },
  'added tokens of all kinds': {
    lines,
    merges: 300,
    normalizer: { type: 'NFC' },
    added: [
      { content: '<|a|>' },
      { content: '<|a|><|b' },
      { content: '<mask>', lstrip: true, rstrip: true },
      { content: 'word', special: false, single_word: true },
      { content: 'été', special: false, normalized: true },
      { content: 'the', special: false, normalized: true },
      { content: '한 글', special: false },
    ],
  },
  'matches alone are kept': {
    lines,
    merges: 300,
    preTokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { String: 'e' }, behavior: 'Isolated', invert: false },
        { type: 'Split', pattern: { Regex: llama3Pattern }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
  },
};

const bytesOf = (name: string) => jsonBytes(byteLevelJson(recipes[name]!));
const made = new Map<string, { bytes: Uint8Array; tokenizer: Tokenizer }>();
const make = (name: string) => {
  let known = made.get(name);
  if (known === undefined) {
    const bytes = bytesOf(name);
    known = { bytes, tokenizer: createTokenizer(unwrap(parseTokenizerJson(bytes, 'tokenizer.json'))) };
    made.set(name, known);
  }
  return known;
};

/** Of everything that makes trouble somewhere. */
const parts = [
  ' ', '  ', '\n', '\r\n', '\t', '\u00a0', '\u3000', '\u0085', '\ufeff', '\u200b', '\0', "'s", "'S", '’s', "'ll", "'ſ", "'", '"',
  'a', 'the', 'word', 'words', 'The', 'ABC', 'été', 'e\u0301', '\u0301', 'ﬁ', 'Å', 'K', 'ß', 'ǅ', 'ſ', '12', '3', '2023', '½', 'Ⅷ', '٣',
  '.', '...', '!?', '$', '/', '한', '글', '햄', '한 글', '\u1112\u1161\u11ab', '각\u11a8', 'ㄱ', '漢字', 'あ', 'ไทย', 'हिन्दी', '👨‍👩‍👧', '🇰🇷', '👍🏽', '\u{10ffff}', '\ufffd',
  '<|a|>', '<|a|><|b|>', '<|begin_of_text|>', '<|end_of_text|>', '<mask>', '<|', '|>', '\ud800', '\udc00', '<unk>', 'Ġ',
]; // prettier-ignore
const hostile = (seed: number, count: number): string[] => {
  const roll = dice(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: roll(12) }, () => parts[roll(parts.length)]!).join(''),
  );
};

describe.each(Object.keys(recipes))('a byte-level tokenizer: %s', (name) => {
  const texts = [...lines, ...hostile(1, 1500), 'a'.repeat(3000), ' '.repeat(500), '한'.repeat(300)];

  it("gives Hugging Face's ids and text", async () => {
    const { bytes, tokenizer } = make(name);
    const oracle = huggingFace(Buffer.from(bytes).toString('utf8'));
    const clean = texts.map((text) => text.replace(/\p{Surrogate}/gu, '\ufffd'));
    const expected = await oracle.encode(clean);
    expect(texts.map((text) => Array.from(tokenizer.encode(text).ids))).toEqual(expected);
    // Decoding leaves special tokens out, so none are asked for.
    const plain = Array.from({ length: tokenizer.size }, (_, id) => id).filter(
      (id) => tokenizer.piece(id).type !== PieceType.control,
    );
    const roll = dice(5);
    const rows = Array.from({ length: 500 }, () => Array.from({ length: roll(20) }, () => plain[roll(plain.length)]!));
    expect(rows.map((ids) => tokenizer.decode(ids))).toEqual(await oracle.decode(rows));
  });

  it('covers the text with spans of whole characters, in order', () => {
    const { tokenizer } = make(name);
    for (const text of texts) {
      const { ids, starts, ends } = tokenizer.encode(text);
      let covered = 0;
      for (let i = 0; i < ids.length; i++) {
        if (starts[i]! > covered || ends[i]! < covered) throw new Error(`token ${i} of ${JSON.stringify(text)}`);
        covered = ends[i]!;
      }
      if (name !== 'matches alone are kept') expect(covered).toBe(text.length);
      expect(tokenizer.count(text)).toBe(ids.length);
    }
  });

  it('keeps the tokens of a document through any edits', () => {
    const { tokenizer } = make(name);
    const roll = dice(7);
    for (let round = 0; round < 2; round++) {
      let text = hostile(100 + round, 300).join(' ') + lines.join('\n');
      const document = new TokenizedText(tokenizer, text);
      for (let edit = 0; edit < 12; edit++) {
        const start = roll(text.length + 1);
        const end = Math.min(text.length, start + roll(30));
        const inserted = hostile(1000 * round + edit, roll(3)).join('');
        document.replace(start, end, inserted);
        text = text.slice(0, start) + inserted + text.slice(end);
        expect(document.tokens).toBe(tokenizer.encode(text).ids.length);
      }
      expect(document.tokensIn(0, text.length)).toEqual(tokenizer.encode(text));
    }
  });
});

it('cuts texts anywhere that it says they can be cut', () => {
  for (const name of Object.keys(recipes)) {
    const { tokenizer } = make(name);
    let cuts = 0;
    if (tokenizer.parts === undefined) continue;
    for (const text of hostile(3, 400).map((t) => t.replace(/\p{Surrogate}/gu, '\ufffd'))) {
      const characters = Array.from(text);
      const whole = Array.from(tokenizer.encode(text).ids);
      for (let i = 1; i < characters.length; i++) {
        if (!tokenizer.parts.canCut(characters[i - 1]!.codePointAt(0)!, characters[i]!.codePointAt(0)!)) continue;
        cuts++;
        const left = characters.slice(0, i).join('');
        const right = characters.slice(i).join('');
        const both = [
          ...tokenizer.parts.encode(left, true, false).ids,
          ...tokenizer.parts.encode(right, false, true).ids,
        ];
        expect([name, left, right, both]).toEqual([name, left, right, whole]);
      }
    }
    expect(cuts, name).toBeGreaterThan(500);
  }
});

describe('what a token is', () => {
  const { tokenizer } = make('the kind of Llama 3');
  const tokens = (text: string) => {
    const { ids, starts, ends } = tokenizer.encode(text);
    return Array.from(ids, (id, i) => [tokenizer.piece(id).piece, tokenizer.textOf(id), starts[i], ends[i]]);
  };

  it('shows pieces as the file has them, and their text', () => {
    expect(tokens(' the')).toEqual([['Ġthe', ' the', 0, 4]]);
    expect(tokens('<|end_of_text|>')).toEqual([['<|end_of_text|>', '<|end_of_text|>', 0, 15]]);
  });

  it('gives parts of a character the span of the whole, and no text', () => {
    expect(tokens('a🥨b')).toEqual([
      ['a', 'a', 0, 1],
      ['ð', undefined, 1, 3],
      ['Ł', undefined, 1, 3],
      ['¥', undefined, 1, 3],
      ['¨', undefined, 1, 3],
      ['b', 'b', 3, 4],
    ]);
    const { ids } = tokenizer.encode('🥨');
    expect(Array.from(ids, (id) => Array.from(tokenizer.bytesOf(id) ?? []))).toEqual([[0xf0], [0x9f], [0xa5], [0xa8]]);
    expect(tokenizer.bytesOf(tokenizer.idOf('Ġthe')!)).toBeUndefined();
    const encoding = tokenizer.encode('a🥨b🥨🥨');
    expect(byteSpans(tokenizer, encoding)).toEqual([
      { start: 1, end: 3, bytes: 4 },
      { start: 4, end: 6, bytes: 4 },
      { start: 6, end: 8, bytes: 4 },
    ]);
    expect(byteTokens(tokenizer, encoding)).toBe(12);
  });

  it('decodes what is no UTF-8 as U+FFFD, and leaves special tokens out', () => {
    const [first] = tokenizer.encode('🥨').ids;
    expect(tokenizer.decode([tokenizer.idOf('<|begin_of_text|>')!, first!, tokenizer.idOf('Ġthe')!])).toBe(
      '\ufffd the',
    );
    expect([tokenizer.bosId, tokenizer.eosId, tokenizer.unkId]).toEqual([
      tokenizer.size - 2,
      tokenizer.size - 1,
      undefined,
    ]);
    expect(() => tokenizer.piece(tokenizer.size)).toThrow(RangeError);
  });
});

it('takes a million equal characters in proportion, with pauses', () => {
  const { tokenizer } = make('the kind of Llama 3');
  for (const character of ['a', ' ', '한', '.', '\n']) {
    const text = character.repeat(1_000_000);
    const steps = tokenizer.encodeInSteps(text);
    let pauses = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) pauses++;
    expect(pauses, character).toBeGreaterThan(10);
    expect(step.value.ends.at(-1)).toBe(1_000_000);
    expect(tokenizer.decode(step.value.ids)).toBe(text);
  }
});
