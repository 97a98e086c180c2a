/** Damaged models: a problem with its place, or a model that encodes as SentencePiece does; nothing else. */
import { describe, expect, it } from 'vitest';
import { createTokenizer, parseModel, type SentencePieceModel } from './index.ts';
import { maximumPieces } from './sentencePieceModel.ts';
import { damaged } from './testing/damaged.ts';
import { dice, english, korean, modelBytes, trained } from './testing/models.ts';
import { hasLoader, loadAll } from './testing/nativeLoader.ts';
import { PieceType } from './tokenizer.ts';

if (!hasLoader) process.stderr.write('no sentencepiece for python3: damaged models are not compared with it\n');

/** A longer one: BLLOSSOM_TESTS=full. */
const rounds = process.env['BLLOSSOM_TESTS'] === 'full' ? 20 : 1;
const texts = [
  '',
  ' ',
  'The weather  was fine.',
  '오늘 아침에는 날씨가',
  'aab 🙂\u0000<s>',
  'abababab \u2581x',
  '①ﬁ\u3000e\u0301',
];

const seeds: readonly (readonly [string, Uint8Array])[] = [
  ['bpe', trained(english, { size: 330, coverage: 0.97 }).bytes],
  ['bpe without bytes', trained(korean, { size: 180, byteFallback: false }).bytes],
  ['unigram', modelBytes({ algorithm: 'unigram', byteFallback: true, removeExtraWhitespaces: true, pieces: [['a', -1], ['b', -2], ['ab', -2.5], ['\u2581', -3], ['\u2581ab', -4], ['x', 0, PieceType.userDefined], ['bb', -4, PieceType.unused]] })],
]; // prettier-ignore

/** Ids of the texts where the bytes are read as a model; checks the problem where not. */
function ours(bytes: Uint8Array): number[][] | undefined {
  const model = parseModel(bytes, 'x.model');
  if (model.ok) return idsOf(model.value);
  const { what, where, remedy } = model.problem;
  expect(what).not.toBe('');
  expect(remedy).toBeDefined();
  expect(where?.byteOffset ?? 0).toBeLessThanOrEqual(bytes.length);
  return undefined;
}

function idsOf(model: SentencePieceModel): number[][] {
  const tokenizer = createTokenizer(model);
  return texts.map((text) => {
    const { ids, starts, ends } = tokenizer.encode(text);
    tokenizer.decode(ids);
    for (let i = 0; i < ids.length; i++) {
      if (!(starts[i]! >= 0 && starts[i]! <= ends[i]! && ends[i]! <= text.length))
        expect([starts[i], ends[i]]).toEqual([]);
    }
    return Array.from(ids);
  });
}

describe('a damaged model', () => {
  it.each(seeds)('%s: is a problem with its place, or a tokenizer', (_, bytes) => {
    const random = dice(41);
    let read = 0;
    const all = 1500 * rounds;
    for (let n = 0; n < all; n++) if (ours(damaged(bytes, random)) !== undefined) read++;
    // Both happen, or the damage is too great or too small to say anything.
    expect(read).toBeGreaterThan(all / 20);
    expect(read).toBeLessThan(all * 0.95);
  });

  it.runIf(hasLoader).each(seeds)(
    '%s: is read as SentencePiece reads it, or refused',
    { timeout: 900_000 },
    async (_, bytes) => {
      const random = dice(43);
      const models = Array.from({ length: 250 * rounds }, () => damaged(bytes, random));
      const theirs = await loadAll(models, texts);
      let both = 0;
      for (const [i, model] of models.entries()) {
        const ids = ours(model);
        const { state, ids: expected } = theirs[i]!;
        if (ids === undefined) continue;
        const name = `model ${i} of seed 43`;
        // What crashes SentencePiece has no ids to compare.
        if (state === 'crashed') continue;
        expect(state, name).toBe('loaded');
        expect(ids, name).toEqual(expected);
        both++;
      }
      expect(both).toBeGreaterThan(models.length / 50);
    },
  );
});

describe('a hostile model', () => {
  const pieceOf = (text: string) => Uint8Array.of(0x0a, text.length + 2, 0x0a, text.length, ...Buffer.from(text));

  it('of more pieces than any vocabulary has is refused before they are kept', () => {
    const one = pieceOf('a');
    const bytes = new Uint8Array(one.length * (maximumPieces + 1));
    for (let at = 0; at < bytes.length; at += one.length) bytes.set(one, at);
    const result = parseModel(bytes, 'x.model');
    expect(result).toMatchObject({ ok: false, problem: { where: { byteOffset: one.length * maximumPieces } } });
  });

  it('of fields in fields, endless numbers and empty fields ends', () => {
    let nested = Buffer.of(0x0a, 0);
    while (nested.length < 16_000) {
      nested = Buffer.concat([Uint8Array.of(0x0a, (nested.length & 127) | 128, nested.length >> 7), nested]);
    }
    for (const bytes of [nested, new Uint8Array(100_000).fill(0x80), new Uint8Array(100_000).fill(0), Buffer.from('\n\0'.repeat(50_000))]) {
      expect(ours(bytes)).toBeUndefined();
    } // prettier-ignore
  });
});
