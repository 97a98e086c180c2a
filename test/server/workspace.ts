/** A workspace for the server's tests: two small tokenizers trained from the sample's own texts, nothing from outside. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { unwrap } from '../../engine/src/base/problem.ts';
import { WordCounts, trainBpe } from '../../engine/src/vocab/train.ts';

const texts = path.resolve(import.meta.dirname, '../../client/sample/texts');

const modelBytes = new Map<string, Uint8Array>();

/** A SentencePiece BPE model with byte fallback, of the sample's English or Korean text. */
export function sampleModel(language: 'en' | 'ko', size = 500): Uint8Array {
  const key = `${language} ${size}`;
  const known = modelBytes.get(key);
  if (known !== undefined) return known;
  const counts = new WordCounts();
  for (const line of readFileSync(path.join(texts, `${language}.txt`), 'utf8').split('\n')) counts.add(line);
  // Rare syllables stay with the bytes.
  const options = { size, coverage: language === 'en' ? 0.9995 : 0.9, byteFallback: true };
  const { bytes } = unwrap(trainBpe(counts, options, `${language}.model`));
  modelBytes.set(key, bytes);
  return bytes;
}

export interface TestWorkspace {
  readonly folder: string;
  readonly english: string;
  readonly korean: string;
  readonly remove: () => void;
}

/** `tokenizers/a-english.model`, the default, and `tokenizers/b-korean.model`. */
export function makeWorkspace(): TestWorkspace {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'workspace-')));
  mkdirSync(path.join(folder, 'tokenizers'));
  const english = path.join(folder, 'tokenizers/a-english.model');
  const korean = path.join(folder, 'tokenizers/b-korean.model');
  writeFileSync(english, sampleModel('en'));
  writeFileSync(korean, sampleModel('ko', 900));
  return { folder, english, korean, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
