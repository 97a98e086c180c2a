import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { mergeVocabularies } from '../vocab/merge.ts';
import { createTokenizer, parseModel, type SentencePieceModel } from './index.ts';
import { spaceSymbol } from './normalizer.ts';
import { huggingFace } from './testing/huggingFace.ts';
import { dice, english, korean, modelBytes, oddText, type Recipe, trained } from './testing/models.ts';
import { tokenizerConfig, tokenizerJson } from './tokenizerJsonWriter.ts';
import { PieceType } from './tokenizer.ts';

const shared = path.resolve(import.meta.dirname, '../../../../shared/data');
const hasShared = existsSync(shared);
if (!hasShared) process.stderr.write('no ../shared/data: tokenizer.json of real vocabularies is not compared\n');

const handmade = (recipe: Omit<Recipe, 'algorithm'> & { algorithm?: 'unigram' }): SentencePieceModel =>
  unwrap(parseModel(modelBytes({ algorithm: 'bpe', ...recipe }), 'hand.model'));
const ranked = (base: SentencePieceModel, addition: SentencePieceModel) =>
  unwrap(mergeVocabularies(base, addition, 'ranked', 'merged.model')).model;

/** Names of special tokens in a text are tokens to Hugging Face, and text to SentencePiece. */
const named = /<unk>|<s>|<\/s>/;

/** Texts of pieces, parts of pieces and runs of either: where orders of merging would differ, these tell. */
function textsOf(model: SentencePieceModel, count: number, seed: number): string[] {
  const random = dice(seed);
  const pieces = model.pieces.filter(({ type }) => type === PieceType.normal).map(({ piece }) => piece);
  return Array.from({ length: count }, (_, n) => {
    if (n % 4 === 0) return oddText(random);
    let text = '';
    for (let k = 1 + random(8); k > 0; k--) {
      const characters = Array.from(pieces[random(pieces.length)]!);
      const part = characters.slice(random(2) === 0 ? 0 : random(characters.length)).join('');
      text += part.repeat(random(4) === 0 ? 1 + random(6) : 1);
    }
    return text.replaceAll(spaceSymbol, ' ');
  });
}

async function expectTheSame(model: SentencePieceModel, texts: readonly string[], byJavaScript: number) {
  const files = tokenizerConfig(model);
  const peer = huggingFace(unwrap(tokenizerJson(model)), files.tokenizerConfig);
  const ours = createTokenizer(model);
  const plain = texts.filter((text) => !named.test(text));
  const ids = plain.map((text) => Array.from(ours.encode(text).ids));
  const theirs = await peer.encode(plain);
  for (const [i, text] of plain.entries()) {
    if (ids[i]!.join() !== theirs[i]!.join()) expect(theirs[i], JSON.stringify(text)).toEqual(ids[i]);
  }
  for (const [i, text] of plain.slice(0, byJavaScript).entries()) {
    expect(peer.encodeByJavaScript(text), JSON.stringify(text)).toEqual(ids[i]);
  }
  expect(plain.length).toBeGreaterThan(texts.length / 2);
  if (!model.trainer.byteFallback) return; // what is unknown is decoded to something else there
  expect(await peer.decode(ids)).toEqual(ids.map((list) => ours.decode(list)));
}

const small = trained(english, { size: 420, coverage: 0.97 });

describe("tokenizer.json, loaded by Hugging Face's libraries, gives SentencePiece's ids", () => {
  it.each<[string, SentencePieceModel]>([
    ['trained', small],
    ['merged', ranked(small, trained(korean, { size: 360 }))],
    ['without byte fallback', trained(english, { size: 160, coverage: 0.97, byteFallback: false })],
    ['without dummy prefix', handmade({ byteFallback: true, addDummyPrefix: false, pieces: [['a', -9], ['b', -9], ['ab', 1], ['ba', 2], ['aba', 3]] })], // prettier-ignore
    ['with equal scores for runs of spaces, as Llama has them', handmade({ byteFallback: true, pieces: [
      ...Array.from({ length: 16 }, (_, n) => [spaceSymbol.repeat(n + 1), -1e9] as const),
      ['a', -5], ['b', -6], [`${spaceSymbol}a`, -1], [`${spaceSymbol}${spaceSymbol}b`, -2], ['aa', -3], ['aaa', -4],
    ] })], // prettier-ignore
    ['with pieces that overlap themselves', handmade({ byteFallback: true, pieces: [
      ['a', -20], ['b', -21], ['ab', -1], ['ba', -2], ['aba', -3], ['bab', -4], ['ababa', -5], ['abab', -6], ['aa', -7], ['aabaa', -8],
    ] })], // prettier-ignore
  ])('%s', async (_, model) => {
    await expectTheSame(model, textsOf(model, 3000, 7), 1000);
  });

  it.runIf(hasShared).each<[string, () => SentencePieceModel]>([
    ['Llama 2', () => real('tokenizers/llama2.model')],
    ['the two merged', () => ranked(real('tokenizers/llama2.model'), real('tokenizers/kobert.model'))],
    ['stories260K', () => real('models/stories260K/tokenizer.model')],
  ])('%s', async (_, load) => {
    const model = load();
    const lines = ['corpora/korean-english-park.dev.ko', 'corpora/korean-english-park.dev.en'].flatMap((name) =>
      readFileSync(path.join(shared, name), 'utf8').split('\n'),
    );
    await expectTheSame(model, [...lines, ...textsOf(model, 4000, 11)], 300);
  });

  it('any vocabulary of a few letters, however its scores lie', async () => {
    const random = dice(3);
    const word = (letters: string, most: number) =>
      Array.from({ length: 1 + random(most) }, () => letters[random(letters.length)]!).join('');
    for (let n = 0; n < 300; n++) {
      const letters = 'abc'.slice(0, 1 + random(3));
      const pieces = new Set([
        ...Array.from(letters),
        ...Array.from({ length: 4 + random(40) }, () => word(letters, 6)),
      ]);
      const order = [...pieces].sort(() => random(3) - 1);
      const model = handmade({ byteFallback: true, pieces: order.map((piece, i) => [piece, -1 - i]) });
      const texts = Array.from({ length: 40 }, () => word(letters, 30));
      const ours = createTokenizer(model);
      expect(await huggingFace(unwrap(tokenizerJson(model))).encode(texts), order.join(' ')).toEqual(
        texts.map((text) => Array.from(ours.encode(text).ids)),
      );
    }
  });

  it('brings BOS where special tokens are asked for, and takes their names in a text as them', async () => {
    const peer = huggingFace(unwrap(tokenizerJson(small)));
    const ours = createTokenizer(small);
    const [plain, named] = await peer.encode(['the river', '</s>'], true);
    expect(plain).toEqual([ours.bosId, ...ours.encode('the river').ids]);
    expect(named).toEqual([ours.bosId, ours.eosId]);
  });

  it('has every piece under its id, numbers too', () => {
    const model = handmade({ byteFallback: true, pieces: [['b', -1], ['7', -2], ['__proto__', -3], ['"\\\n', -4]] }); // prettier-ignore
    const { model: written } = JSON.parse(unwrap(tokenizerJson(model))) as { model: { vocab: Record<string, number> } };
    expect(Object.entries(written.vocab).sort((a, b) => a[1] - b[1])).toEqual(
      model.pieces.map((p, id) => [p.piece, id]),
    );
  });
});

describe('no tokenizer.json is written', () => {
  it.each<[string, SentencePieceModel, string]>([
    ['for equal scores', handmade({ pieces: [['a', -1], ['b', -2], ['c', -3], ['ab', 0], ['bc', 0]] }), '"ab" and "bc" have the same score'],
    ['for unigram models', handmade({ algorithm: 'unigram', pieces: [['a', -1]] }), 'unigram'],
    ['for user-defined pieces', handmade({ pieces: [['ab', 0, PieceType.userDefined]] }), 'user-defined'],
    ['for unused pieces', handmade({ pieces: [['a', -1], ['b', -2], ['ab', 0, PieceType.unused]] }), 'unused'],
    ['for pieces of characters that are none', handmade({ pieces: [['a', -1], ['ab', 0]] }), '"ab" is made of "b"'],
    ['for rules that squeeze spaces', handmade({ removeExtraWhitespaces: true, pieces: [['a', 0]] }), 'runs of spaces'],
    ['for spaces behind words', handmade({ whitespaceAsSuffix: true, pieces: [['a', 0]] }), 'behind words'],
    ['for a published merge', unwrap(mergeVocabularies(small, trained(korean, { size: 360 }), 'append', 'm')).model, 'the same score'],
  ])('%s', (_, model, what) => {
    const result = tokenizerJson(model);
    expect(result.ok ? result.value : result.problem).toMatchObject({ what: expect.stringContaining(what) as string });
    expect(result).toHaveProperty('problem.remedy');
  }); // prettier-ignore

  it('where Hugging Face would indeed choose otherwise', async () => {
    const model = handmade({
      pieces: [
        ['a', -1],
        ['b', -2],
        ['c', -3],
        ['bc', -4],
        ['ab', -5],
      ],
    });
    const tied = handmade({
      pieces: [
        ['a', -1],
        ['b', -2],
        ['c', -3],
        ['bc', -4],
        ['ab', -4],
      ],
    });
    const [theirs] = await huggingFace(unwrap(tokenizerJson(model))).encode(['abc']);
    expect(theirs).not.toEqual(Array.from(createTokenizer(tied).encode('abc').ids));
  });
});

describe('the files beside it', () => {
  it('name the special tokens', () => {
    const { tokenizerConfig: config, specialTokensMap } = tokenizerConfig(small);
    expect(JSON.parse(config)).toMatchObject({
      bos_token: '<s>',
      eos_token: '</s>',
      unk_token: '<unk>',
      tokenizer_class: 'LlamaTokenizer',
      added_tokens_decoder: { '0': { content: '<unk>' }, '1': { content: '<s>' }, '2': { content: '</s>' } },
    });
    expect(Object.keys(JSON.parse(specialTokensMap) as object)).toEqual(['bos_token', 'eos_token', 'unk_token']);
  });
});

function real(name: string): SentencePieceModel {
  return unwrap(parseModel(readFileSync(path.join(shared, name)), name));
}
