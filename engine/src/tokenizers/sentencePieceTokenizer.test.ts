import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { createTokenizer, parseModel, readTokenizerFile } from './index.ts';
import { compiledRules, someRules } from './testing/charsmaps.ts';
import { hostileText } from './testing/hostile.ts';
import { dice, english, korean, modelBytes, oddText, type Recipe, trained } from './testing/models.ts';
import { hasNativeOracle, nativeEncodings } from './testing/nativeOracle.ts';
import { oracleOf } from './testing/oracle.ts';
import { type Encoding, PieceType, type Tokenizer } from './tokenizer.ts';
import { wellFormed } from './unicode.ts';

const shared = path.resolve(import.meta.dirname, '../../../../shared/data');
const hasShared = existsSync(shared);
if (!hasShared) process.stderr.write('no ../shared/data: the golden texts of Llama 2 and KoBERT are not compared\n');

const edgeTexts = ['', ' ', '  ', '\n', '\n\n', ' a', 'a ', '\u2581', 'a\u2581b', '\0', '\r\n', '😀', '<s>', '\ufffd'];
const hostile = dice(1);
const texts = [...edgeTexts, ...english, ...korean, ...Array.from({ length: 500 }, () => oddText(hostile))];
texts.push(...Array.from({ length: 300 }, () => hostileText(hostile)));

/** Compares ids, counts and decodings with SentencePiece on all texts. */
async function compare(bytes: Uint8Array): Promise<Tokenizer> {
  const oracle = await oracleOf(bytes);
  const tokenizer = createTokenizer(unwrap(parseModel(bytes, 'test.model')));
  for (const text of texts) {
    const ids = Array.from(tokenizer.encode(text).ids);
    const expected = oracle.encode(text);
    expect(ids, JSON.stringify(text)).toEqual(expected);
    expect(tokenizer.count(text)).toBe(expected.length);
    // The library loses a BOM that begins a text on its way out.
    const [own, theirs] = [tokenizer.decode(ids), oracle.decode(ids)].map((decoded) =>
      decoded.replaceAll('\ufeff', ''),
    );
    expect(own, JSON.stringify(text)).toBe(theirs);
  }
  return tokenizer;
}

/** Spans are in order, cover the text, and read as their pieces; byte pieces bear their whole character. */
function checkSpans(tokenizer: Tokenizer, text: string, encoding: Encoding): void {
  const { ids, starts, ends } = encoding;
  let at = 0;
  for (let i = 0; i < ids.length; i++) {
    const { piece, type } = tokenizer.piece(ids[i]!);
    const span = text.slice(starts[i], ends[i]);
    if (type === PieceType.byte) {
      const bytes = [...new TextEncoder().encode(span)];
      let first = i;
      while (first > 0 && starts[first - 1] === starts[i] && ends[first - 1] === ends[i]) first--;
      expect(bytes[i - first]).toBe(tokenizer.byteOf(ids[i]!));
    } else {
      const escaped = span.replaceAll(' ', '\u2581');
      expect(i === 0 && starts[0] === 0 ? ['\u2581' + escaped, escaped] : [escaped]).toContain(piece);
    }
    expect(starts[i] === at || ends[i] === at).toBe(true);
    at = ends[i]!;
  }
  expect(at).toBe(ids.length === 0 ? 0 : text.length);
}

describe('BPE against SentencePiece', () => {
  it('is exact for a trained model with byte fallback, spans included', async () => {
    const tokenizer = await compare(trained(english, { size: 450, coverage: 0.99 }).bytes);
    for (const text of texts.slice(0, 300)) checkSpans(tokenizer, text, tokenizer.encode(text));
  });

  it('is exact for a trained model without byte fallback: a run of unknown characters is one token', async () => {
    await compare(trained([...korean, ...english], { size: 350, coverage: 0.98, byteFallback: false }).bytes);
  });

  const pieces: Recipe['pieces'] = [
    ...Array.from('ab\u2581한글0', (piece, i) => [piece, -20 - i] as const),
    ['aa', -1],
    ['aaa', -1],
    ['ab', -2],
    ['aab', -3, PieceType.unused],
    ['bb', -0.5, PieceType.unused],
    ['\u2581a', -4],
    ['\u2581\u2581', -5],
    ['a\u2581', -5],
    ['<0x0A>x', -3, PieceType.userDefined],
    ['the ', -3, PieceType.userDefined],
    ['한', -3, PieceType.userDefined],
    ['한국', -3, PieceType.userDefined],
  ].filter(([piece], i, all) => all.findIndex(([other]) => other === piece) === i) as Recipe['pieces'];
  const switches = [
    {},
    { byteFallback: true },
    { byteFallback: true, removeExtraWhitespaces: true },
    { removeExtraWhitespaces: true, whitespaceAsSuffix: true },
    { byteFallback: true, addDummyPrefix: false },
    { byteFallback: true, whitespaceAsSuffix: true },
    { byteFallback: true, escapeWhitespaces: false },
    { byteFallback: true, charsmap: compiledRules(someRules) },
    { removeExtraWhitespaces: true, charsmap: compiledRules(someRules) },
  ];
  it.each(switches)('is exact with pieces of every type, variant %#', async (options) => {
    await compare(modelBytes({ algorithm: 'bpe', pieces, ...options }));
  });

  it('is exact with user-defined pieces where the text may be cut', async () => {
    const cuttable = pieces.filter(([, , type]) => type !== PieceType.unused);
    const tokenizer = await compare(modelBytes({ algorithm: 'bpe', pieces: cuttable, byteFallback: true }));
    expect(tokenizer.parts).toBeDefined();
  });

  it('reads lone surrogates as U+FFFD', async () => {
    const bytes = trained(english, { size: 400 }).bytes;
    const oracle = await oracleOf(bytes);
    const tokenizer = createTokenizer(unwrap(parseModel(bytes, 'test.model')));
    for (const text of ['a\ud800b', '\udc00\ud800', '\ud83d', 'x\ud800\ud83d\ude00']) {
      expect(Array.from(tokenizer.encode(text).ids)).toEqual(oracle.encode(wellFormed(text)));
    }
  });

  it('decodes any ids as SentencePiece does, broken UTF-8 included', async () => {
    const model = trained(english, { size: 400 });
    const oracle = await oracleOf(model.bytes);
    const tokenizer = createTokenizer(model);
    const random = dice(2);
    for (let n = 0; n < 1000; n++) {
      // Mostly bytes, from 0x80 up; never NUL, which would end the library's answer.
      const ids = Array.from({ length: 1 + random(8) }, () =>
        random(4) === 0 ? random(3) + 259 : 3 + 128 + random(128),
      );
      expect(tokenizer.decode(ids)).toBe(oracle.decode(ids));
    }
  });

  it('takes long runs of one character', () => {
    const tokenizer = createTokenizer(trained([...english, 'aaaaaaaa aaaa aaaaaaaaaaaaaaaa'], { size: 420 }));
    const ids = tokenizer.encode('a'.repeat(1_000_000)).ids;
    expect(tokenizer.decode(ids).length).toBe(1_000_000);
    expect(tokenizer.count('a'.repeat(1_000_000))).toBe(ids.length);
    // Longer than all before it, and than what is kept between calls.
    for (const length of [400, 5000, 70_000, 200_000]) {
      const text = [...english, ...korean].join(' ').repeat(200).slice(0, length);
      expect(tokenizer.count(text)).toBe(tokenizer.encode(text).ids.length);
    }
  });
});

if (!hasNativeOracle) process.stderr.write('no python3-sentencepiece: spans are not compared\n');
describe.runIf(hasNativeOracle)('spans', () => {
  const pieces: Recipe['pieces'] = [
    ...Array.from('\u2581ab한글되었다.', (piece, i) => [piece, -20 - i] as const),
    ['ab', -1],
    ['다.', -2],
    ['\u2581되', -3, PieceType.userDefined],
    ['되었', -3, PieceType.userDefined],
    ['b한', -3, PieceType.userDefined],
  ];
  it.each([
    { algorithm: 'bpe' },
    { algorithm: 'bpe', byteFallback: true },
    { algorithm: 'bpe', byteFallback: true, charsmap: compiledRules(someRules), removeExtraWhitespaces: true },
    { algorithm: 'unigram', byteFallback: true, charsmap: compiledRules(someRules) },
    { algorithm: 'unigram', whitespaceAsSuffix: true, removeExtraWhitespaces: true },
  ] as const)('are those of the native library, variant %#', (options) => {
    const bytes = modelBytes({ ...options, pieces });
    const tokenizer = createTokenizer(unwrap(parseModel(bytes, 'test.model')));
    // A user-defined piece is kept as one, so that where another piece ends inside of it, all of it stems from its beginning.
    const all = ['게 되었다.', ' 되었다', 'ab한글 ab되었되었다.', ...texts.filter((text) => text.length < 500)];
    for (const [i, theirs] of nativeEncodings(bytes, all).entries()) {
      const own = tokenizer.encode(all[i]!);
      for (const column of ['ids', 'starts', 'ends'] as const) {
        expect([...own[column]], `${column} of ${JSON.stringify(all[i])}`).toEqual([...theirs[column]]);
      }
    }
  });
});

describe('unigram against SentencePiece', () => {
  const words = ['the', '\u2581the', 'ing', 'aa', 'aaaa', '\u2581a', '\u2581', '한국', '국어', '한국어', '\u2581한국'];
  const single = Array.from('abcdehinort한국어글.,0123');
  const random = dice(3);
  const pieces: Recipe['pieces'] = [...words, ...single].map((piece) => [piece, -2 - random(1000) / 97] as const);
  it.each([
    {},
    { byteFallback: true },
    { removeExtraWhitespaces: true },
    { removeExtraWhitespaces: true, byteFallback: true, whitespaceAsSuffix: true },
    { removeExtraWhitespaces: true, charsmap: compiledRules(someRules) },
    { byteFallback: true, charsmap: compiledRules({ ...someRules, th: 'T', the: 'ð' }) },
  ])('is exact, variant %#', async (options) => {
    await compare(modelBytes({ algorithm: 'unigram', pieces, ...options }));
  });

  it('is exact with user-defined and unused pieces and equal scores', async () => {
    const more: Recipe['pieces'] = [
      ...pieces.map(([piece, , type]) => [piece, -3, type] as const),
      ['ab', -3, PieceType.userDefined],
      ['<s>x', -3, PieceType.userDefined],
      ['bc', -3, PieceType.unused],
      ['か', -3, PieceType.userDefined],
    ];
    await compare(modelBytes({ algorithm: 'unigram', pieces: more }));
  });
});

describe.runIf(hasShared)('the golden texts', () => {
  interface Row {
    text: string;
    llama2: number[];
    kobert: number[];
    llama2_decoded: string;
    kobert_decoded: string;
  }
  const rows = hasShared
    ? readFileSync(path.join(shared, 'golden/sentencepiece.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row)
    : [];
  it.each(['llama2', 'kobert'] as const)('%s: ids and decodings', async (name) => {
    const tokenizer = unwrap(await readTokenizerFile(path.join(shared, `tokenizers/${name}.model`)));
    expect(rows.length).toBeGreaterThan(60);
    for (const row of rows) {
      expect(Array.from(tokenizer.encode(row.text).ids)).toEqual(row[name]);
      expect(tokenizer.decode(row[name])).toBe(row[`${name}_decoded`]);
    }
  });

  it.each(['llama2', 'kobert'])('%s: odd texts and corpus lines as the library', async (name) => {
    const bytes = readFileSync(path.join(shared, `tokenizers/${name}.model`));
    const corpus = ['nsmc.ko.txt', 'wiki.en.txt'].flatMap((file) =>
      readFileSync(path.join(shared, 'corpora', file), 'utf8')
        .split('\n')
        .slice(0, 500),
    );
    await compare(bytes);
    const oracle = await oracleOf(bytes);
    const tokenizer = createTokenizer(unwrap(parseModel(bytes, name)));
    for (const line of corpus) expect(Array.from(tokenizer.encode(line).ids), line).toEqual(oracle.encode(line));
  });
});
