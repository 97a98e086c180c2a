import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { createTokenizer, parseModel, TokenizedText } from './index.ts';
import { dice, english, korean, modelBytes, oddText, trained } from './testing/models.ts';
import { byteSpans } from './byteSpans.ts';
import { PieceType, type Tokenizer } from './tokenizer.ts';

const tokenizers: Record<string, Tokenizer> = {
  'with byte fallback': createTokenizer(trained(english, { size: 420 })),
  'with unknown characters': createTokenizer(trained(english, { size: 200, byteFallback: false, coverage: 0.97 })),
  'with user-defined pieces and inner spaces': createTokenizer(
    unwrap(
      parseModel(
        modelBytes({
          algorithm: 'bpe',
          byteFallback: true,
          pieces: [
            ['a', -9],
            ['\u2581', -8],
            ['a\u2581', -1],
            ['aa', -2],
            ['\u2581\u2581', -3],
            ['the ', -4, PieceType.userDefined],
            ['\n\n', -5],
          ],
        }),
        'test.model',
      ),
    ),
  ),
  'where only the whole text can be encoded': createTokenizer(
    unwrap(
      parseModel(
        modelBytes({
          algorithm: 'unigram',
          removeExtraWhitespaces: true,
          pieces: Array.from('\u2581abt한').map((piece, i) => [piece, -i] as const),
        }),
        'test.model',
      ),
    ),
  ),
};

/** Everything a document tells, against the encoding of its whole text. */
function compare(tokenized: TokenizedText, text: string): void {
  const whole = tokenized.tokenizer.encode(text);
  const spans = byteSpans(tokenized.tokenizer, whole);
  expect(tokenized.length).toBe(text.length);
  expect(tokenized.slice(0, text.length)).toBe(text);
  expect(tokenized.tokens).toBe(whole.ids.length);
  expect(tokenized.byteCharacters).toBe(spans.length);
  expect(tokenized.byteTokens).toBe(spans.reduce((sum, span) => sum + span.bytes, 0));
  expect(tokenized.tokensIn(0, text.length)).toEqual(whole);
  expect(tokenized.byteSpansIn(0, text.length)).toEqual(spans);
}

describe.each(Object.entries(tokenizers))('a text under edit, tokenizer %s', (_, tokenizer) => {
  it('always equals the encoding of the whole text', () => {
    const random = dice(5);
    const unit = () => (random(3) === 0 ? String.fromCharCode(0xd800 + random(0x800)) : oddText(random));
    for (let round = 0; round < 15; round++) {
      let text = '';
      // Some documents are longer than a chunk, and some have no line at all.
      for (let n = random(40); n > 0; n--) text += oddText(random).replaceAll('\n', round % 2 === 0 ? '\n' : 'a');
      const tokenized = new TokenizedText(tokenizer, text);
      compare(tokenized, text);
      for (let edit = 0; edit < 12; edit++) {
        const start = random(text.length + 1);
        const length = random(5) === 0 ? random(text.length - start + 1) : random(Math.min(4, text.length - start) + 1);
        const inserted = random(3) === 0 ? '' : unit();
        tokenized.replace(start, start + length, inserted);
        text = text.slice(0, start) + inserted + text.slice(start + length);
        if (random(2) === 0) tokenized.work(0);
        if (edit % 3 === 2) compare(tokenized, text);
      }
      tokenized.replace(0, text.length, '');
      compare(tokenized, '');
    }
  });
});

describe('a text under edit', () => {
  const tokenizer = tokenizers['with byte fallback']!;

  it('finds the tokens at a place and the characters that fall to bytes', () => {
    const text = 'the 햄 was\nfine';
    const tokenized = new TokenizedText(tokenizer, text);
    const ham = text.indexOf('햄');
    const at = tokenized.tokensAt(ham);
    expect(Array.from(at.ids, (id) => tokenizer.piece(id).piece)).toEqual(['<0xED>', '<0x96>', '<0x84>']);
    expect(new Set(at.starts)).toEqual(new Set([ham]));
    expect(tokenized.byteSpansIn(0, text.length)).toEqual([
      { start: ham, end: ham + 1, bytes: 3 },
      { start: 9, end: 10, bytes: 1 },
    ]);
    expect(tokenized.byteSpansIn(0, ham)).toEqual([]);
  });

  it('counts in slices, and encodes only what an edit touches', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => english[i % 6]! + korean[i % 5]!).join('\n');
    let encoded = 0;
    const watched: Tokenizer = {
      ...tokenizer,
      parts: {
        canCut: (left, right) => tokenizer.parts!.canCut(left, right),
        encode: (part, first, last) => {
          encoded += part.length;
          return tokenizer.parts!.encode(part, first, last);
        },
      },
      byteOf: (id) => tokenizer.byteOf(id),
    };
    const tokenized = new TokenizedText(watched, text);
    expect(tokenized.work(0)).toBe(false);
    while (!tokenized.work(2));
    expect(encoded).toBe(text.length);
    const before = tokenized.tokens;
    encoded = 0;
    tokenized.replace(text.length / 2, text.length / 2, '햄');
    expect(tokenized.tokens).toBeGreaterThan(before);
    expect(encoded).toBeLessThan(5000);
  });

  it('pauses also where only the whole text can be encoded, and encodes it once', () => {
    const whole = tokenizers['where only the whole text can be encoded']!;
    const text = 'ab  tab 한 '.repeat(10_000);
    let begun = 0;
    const watched: Tokenizer = {
      ...whole,
      parts: undefined,
      chain: undefined,
      byteOf: (id) => whole.byteOf(id),
      encodeInSteps: (part) => {
        begun++;
        return whole.encodeInSteps(part);
      },
    };
    const tokenized = new TokenizedText(watched, text);
    let pauses = 0;
    while (!tokenized.work(0.01)) pauses++;
    expect(pauses).toBeGreaterThan(10);
    expect(tokenized.tokens).toBe(whole.encode(text).ids.length);
    expect(tokenized.tokensIn(0, text.length)).toEqual(whole.encode(text));
    expect(begun).toBe(1);
    // An edit in the middle of a count begins a new one.
    const edited = new TokenizedText(whole, text);
    edited.work(0.01);
    edited.replace(4, 8, 'b한');
    expect(edited.tokens).toBe(whole.encode(text.slice(0, 4) + 'b한' + text.slice(8)).ids.length);
  });

  it('refuses a place outside of the text', () => {
    expect(() => new TokenizedText(tokenizer, 'abc').replace(2, 4, '')).toThrow(RangeError);
  });
});
