/** The language server's memory: bounded over thousands of edits and hundreds of open documents, and given back when they close. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TokenCounts } from '../../server/src/protocol.ts';
import { dice, english, korean, modelBytes, trained } from '../../engine/src/tokenizers/testing/models.ts';
import { LanguageClient, uriOf } from '../server/languageClient.ts';

const isLinux = existsSync('/proc/self/status');
if (!isLinux) process.stderr.write('no /proc: what the language server takes of memory is not looked at\n');
const folder = mkdtempSync(path.join(os.tmpdir(), 'server-memory-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines = [...korean, ...english];
const letters = Array.from(new Set(lines.join('').replaceAll(' ', '\u2581')), (c, i) => [c, -3 - (i % 5)] as const);
const models = {
  bpe: () => trained(lines, { size: 520 }).bytes,
  unigram: () => modelBytes({ algorithm: 'unigram', pieces: letters, byteFallback: true }),
};

const edits = 10_000;
const files = 500;
/** What the old generation may take at all: a server that kept each version of a text would die of it. */
const heapMb = 256;

describe.runIf(isLinux)('a server', () => {
  it.each(Object.keys(models) as (keyof typeof models)[])(
    `under a %s vocabulary holds ${edits} edits and ${files} documents`,
    { timeout: 900_000 },
    async (algorithm) => {
      const tokenizer = path.join(folder, `${algorithm}.model`);
      writeFileSync(tokenizer, models[algorithm]());
      const client = await LanguageClient.start({
        folders: [folder],
        settings: { tokenizer, lint: { preset: 'recommended' } },
        env: { NODE_OPTIONS: `--max-old-space-size=${heapMb}` },
      });
      const residentMb = () =>
        Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${client.process.pid}/status`, 'utf8'))![1]) / 1024;
      const pull = (uri: string) => client.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
      const counted = (uri: string, version: number) =>
        client.until(TokenCounts.type, (count) => count.uri === uri && count.version >= version, 120_000);

      const random = dice(5);
      const row = (i: number) => (i % 40 === 0 ? lines[i % lines.length]!.normalize('NFD') : lines[i % lines.length]!);
      const text = Array.from({ length: 8000 }, (_, i) => `${row(i)} ${i}`).join('\n');
      const uri = uriOf(path.join(folder, 'large.txt'));
      await client.open(uri, text);
      await counted(uri, 1);
      let warm = 0;
      for (let edit = 1; edit <= edits; edit++) {
        const at = { line: random(8000), character: random(8) };
        const end = random(2) === 0 ? at : { line: at.line, character: at.character + 1 };
        const version = await client.change(uri, [{ range: { start: at, end }, text: '가' }]);
        if (edit % 20 === 0) {
          await counted(uri, version);
          client.forget();
        }
        if (edit % 200 === 0) await pull(uri);
        if (edit === edits / 10) warm = residentMb();
      }
      const edited = residentMb();
      expect(edited).toBeLessThan(1.5 * warm + 60);

      const opened: number[] = [];
      for (let round = 0; round < 3; round++) {
        const uris = Array.from({ length: files }, (_, i) => uriOf(path.join(folder, `${round}-${i}.txt`)));
        for (const [i, one] of uris.entries()) {
          await client.open(one, Array.from({ length: 200 }, (_, k) => `${row(i + k)} ${i}`).join('\n'));
          await counted(one, 1);
          await pull(one);
        }
        opened.push(residentMb());
        for (const one of uris) await client.close(one);
        client.forget();
      }
      process.stderr.write(
        `${algorithm}: ${Math.round(warm)} MB after ${edits / 10} edits, ${Math.round(edited)} after ${edits}; ` +
          `with ${files} more documents, three times: ${opened.map(Math.round).join(', ')}\n`,
      );
      // 11 KB each, and some tens of times that for what is known of them.
      expect(opened[0]).toBeLessThan(edited + files * 0.6);
      // Those of the third round have the place of those of the first.
      expect(opened[2]).toBeLessThan(1.3 * opened[0]! + 40);
      await client.stop();
    },
  );
});
