import { describe, expect, it } from 'vitest';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { unwrap } from '../base/problem.ts';
import { parseModel, readTokenizerFile } from './index.ts';
import { MessageWriter } from '../base/protobuf.ts';
import { withPieces } from './sentencePieceWriter.ts';
import { dice, english, modelBytes, trained } from './testing/models.ts';
import { PieceType } from './tokenizer.ts';

const small = trained(english, { size: 330, coverage: 0.97 });
const shared = path.resolve(import.meta.dirname, '../../../../shared/data/tokenizers');
if (!existsSync(shared)) process.stderr.write('no ../shared/data: Llama 2 and KoBERT are not written again\n');

function problemOf(bytes: Uint8Array) {
  const result = parseModel(bytes, 'x.model');
  if (result.ok) throw new Error('it was read');
  return result.problem;
}

describe('the .model reader', () => {
  it('keeps unknown fields and writes every byte as it was', () => {
    const odd = new MessageWriter()
      .raw(small.bytes)
      .varint(200, 7)
      .text(4, 'self test')
      .float(300, 1.5)
      .bytes(1, new MessageWriter().text(1, 'new').float(2, -3).varint(200, 5).finish())
      .finish();
    const model = unwrap(parseModel(odd, 'x.model'));
    expect(model.pieces.at(-1)).toEqual({ piece: 'new', score: -3, type: PieceType.normal });
    expect(Buffer.from(withPieces(model, [])).equals(odd)).toBe(false); // the vocabulary size is brought up to date
    const again = unwrap(parseModel(withPieces(model, []), 'x.model'));
    expect(again.trainer.vocabularySize).toBe(331);
    expect(Buffer.from(withPieces(again, [])).equals(again.bytes)).toBe(true);
    expect(again.bytes.length).toBe(odd.length);
  });

  it.runIf(existsSync(shared)).each(['llama2', 'kobert'])('%s comes out byte for byte', (name) => {
    const bytes = readFileSync(path.join(shared, `${name}.model`));
    const model = unwrap(parseModel(bytes, name));
    expect(Buffer.from(withPieces(model, [])).equals(bytes)).toBe(true);
  });

  it('says where a file is cut off, at every length', () => {
    for (let length = 0; length < small.bytes.length; length++) {
      const { what, where, remedy } = problemOf(small.bytes.subarray(0, length));
      expect(what).not.toBe('');
      expect(remedy).toContain('.');
      expect(where?.byteOffset).toBeLessThanOrEqual(length);
    }
  });

  it('takes any damage without an exception', () => {
    const random = dice(9);
    for (let n = 0; n < 3000; n++) {
      const bytes = Uint8Array.from(small.bytes);
      for (let k = 1 + random(4); k > 0; k--) bytes[random(bytes.length)] = random(256);
      parseModel(bytes, 'x.model');
      parseModel(
        Uint8Array.from({ length: random(300) }, () => random(256)),
        'x.model',
      );
    }
    expect(problemOf(new Uint8Array(100).fill(0xff)).where?.byteOffset).toBe(0);
  });

  it.each([
    ['a duplicate', modelBytes({ algorithm: 'bpe', pieces: [['a', 0], ['a', -1]] }), 'occurs twice'], // prettier-ignore
    ['an empty piece', modelBytes({ algorithm: 'bpe', pieces: [['', 0]] }), 'empty'],
    ['a score that is no number', modelBytes({ algorithm: 'bpe', pieces: [['a', Number.NaN]] }), 'score'],
    ['a type that is none', modelBytes({ algorithm: 'bpe', pieces: [['a', 0, 9 as PieceType]] }), 'piece type 9'],
    ['bytes without byte fallback', modelBytes({ algorithm: 'bpe', pieces: [['<0x00>', 0, PieceType.byte]] }), 'byte'],
    ['two unknown pieces', modelBytes({ algorithm: 'bpe', pieces: [['?', 0, PieceType.unknown]] }), 'two unknown'],
  ])('refuses %s and says where', (_, bytes, what) => {
    const problem = problemOf(bytes);
    expect(problem.what).toContain(what);
    expect(problem.where?.byteOffset).toBeGreaterThan(0);
  });

  it('refuses pieces so long that an encoder would never be built', () => {
    const bytes = modelBytes({ algorithm: 'bpe', pieces: [['a'.repeat(100_000), 0]] });
    expect(problemOf(bytes).what).toContain('too long');
  });

  it.each([
    ['', 'empty'],
    ['{"model": {}}', 'JSON'],
    ['version https://git-lfs.github.com/spec/v1\n', 'Git LFS'],
    ['<!DOCTYPE html>', 'web page'],
    ['once upon a time', 'no SentencePiece model'],
  ])('tells what %j is instead', (text, what) => {
    const problem = problemOf(new TextEncoder().encode(text));
    expect(problem.what).toContain(what);
    expect(problem.remedy).toBeDefined();
    expect(problem.where?.byteOffset).toBeDefined();
  });
});

describe('reading from disk', () => {
  it('takes a file or a directory, and tells what is missing', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'model-'));
    const ask = async (place: string) => {
      const result = await readTokenizerFile(place);
      return result.ok ? result.value.size : result.problem;
    };
    expect(await ask(folder)).toMatchObject({ what: 'the directory holds no tokenizer.model and no tokenizer.json' });
    await writeFile(path.join(folder, 'tokenizer.model'), small.bytes);
    expect(await ask(folder)).toBe(330);
    expect(await ask(path.join(folder, 'tokenizer.model'))).toBe(330);
    const missing = await ask(path.join(folder, 'none.model'));
    expect(missing).toMatchObject({ where: { file: path.join(folder, 'none.model') } });
    expect(missing).toHaveProperty('remedy');
    await rm(folder, { recursive: true });
  });
});
