import { expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { byteLevelJson, jsonBytes } from '../tokenizers/testing/byteLevel.ts';
import { english, korean } from '../tokenizers/testing/models.ts';
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
