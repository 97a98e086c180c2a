import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { byteLevelJson, jsonBytes } from '../tokenizers/testing/byteLevel.ts';
import { english, korean } from '../tokenizers/testing/models.ts';
import { parseModel } from '../tokenizers/sentencePieceModel.ts';
import { createTokenizer } from '../tokenizers/modelFile.ts';
import { parseTokenizerJson } from '../tokenizers/tokenizerJson.ts';
import { TextStream } from './textStream.ts';

const json = jsonBytes(byteLevelJson({ lines: [...english, ...korean, ...english, ...korean], merges: 300 }));
const tokenizer = createTokenizer(unwrap(parseTokenizerJson(json, 'tokenizer.json')));

it('streams whole characters where tokens end inside of them', () => {
  const text = `${korean.join(' ')} 🥨👨‍👩‍👧 end`;
  const { ids, starts, ends } = tokenizer.encode(text);
  const stream = new TextStream(tokenizer, [], []);
  let told = '';
  for (const [i, id] of ids.entries()) {
    told += stream.push(id);
    expect(text.startsWith(told)).toBe(true);
    // What is held back is a token that the next one shares a character with.
    if ((starts[i + 1] ?? text.length) >= ends[i]!) expect(told).toBe(text.slice(0, ends[i]));
  }
  expect(told + stream.end()).toBe(text);
  expect(new TextStream(tokenizer, [], []).push(ids.at(-1)!)).not.toBe('');
});

it('tells what was held back as U+FFFD where nothing follows', () => {
  const stream = new TextStream(tokenizer, tokenizer.encode('a').ids, []);
  expect(stream.push(tokenizer.encode('🥨').ids[0]!)).toBe('');
  expect(stream.end()).toBe('\ufffd');
});

const shared = path.resolve(import.meta.dirname, '../../../../shared/data');
const missing = existsSync(path.join(shared, 'golden/sentencepiece.jsonl')) ? '' : ' (../shared is not here)';
it.skipIf(missing !== '')(`streams what SentencePiece's own ids say, byte pieces in whole characters${missing}`, () => {
  const lines = readFileSync(path.join(shared, 'golden/sentencepiece.jsonl'), 'utf8').trim().split('\n');
  const llama = createTokenizer(unwrap(parseModel(readFileSync(path.join(shared, 'tokenizers/llama2.model')), 'm')));
  let bytes = 0;
  for (const line of lines) {
    const { llama2: ids, llama2_decoded: decoded } = JSON.parse(line) as { llama2: number[]; llama2_decoded: string };
    bytes += ids.filter((id) => llama.byteOf(id) !== undefined).length;
    const stream = new TextStream(llama, [], []);
    let told = '';
    for (const id of ids) {
      const piece = stream.push(id);
      if (!decoded.includes('\ufffd')) expect(piece).not.toMatch(/\ufffd/);
      told += piece;
    }
    expect(told + stream.end()).toBe(decoded);
  }
  expect(bytes).toBeGreaterThan(100);
});
