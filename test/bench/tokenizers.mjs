// Tokenizing speed as a ratio to sentencepiece-js (WebAssembly) in the same run, and the cost of a keystroke as a ratio to
// a whole encoding. `node test/bench/tokenizers.mjs MODEL TEXT…`
import { build } from 'esbuild';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [model, ...texts] = process.argv.slice(2);
if (model === undefined || texts.length === 0) {
  process.stderr.write('usage: node test/bench/tokenizers.mjs MODEL TEXT…\n');
  process.exit(2);
}
const root = path.resolve(import.meta.dirname, '../..');
const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-'));
const outfile = path.join(folder, 'tokenizers.mjs');
await build({
  entryPoints: [path.join(root, 'engine/src/tokenizers/index.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile,
});
const { readTokenizerFile, TokenizedText } = await import(pathToFileURL(outfile).href);
const { SentencePieceProcessor } = createRequire(import.meta.url)('sentencepiece-js');
const peer = new SentencePieceProcessor();
await peer.load(model);

/**
 * Milliseconds of the best of five.
 * @param {() => void} work
 */
function best(work) {
  let least = Infinity;
  for (let n = 0; n < 5; n++) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

for (const file of texts) {
  const lines = (await readFile(file, 'utf8')).slice(0, 1_000_000).split('\n');
  const text = lines.join('\n');
  const theirs = best(() => lines.forEach((line) => peer.encodeIds(line)));
  const { value: warm } = await readTokenizerFile(model);
  const whole = best(() => lines.forEach((line) => warm.encode(line)));
  const { value: cold } = await readTokenizerFile(model);
  const start = performance.now();
  lines.forEach((line) => cold.encode(line));
  const first = performance.now() - start;
  const document = new TokenizedText(warm, text);
  document.work(Infinity);
  const edits = 200;
  const edit = best(() => {
    for (let n = 0; n < edits; n++) {
      const at = Math.floor((text.length * n) / edits);
      document.replace(at, at, 'x');
      void document.tokens;
      document.replace(at, at + 1, '');
      void document.tokens;
    }
  });
  process.stdout.write(
    `${path.basename(file)}: ${(theirs / whole).toFixed(1)} times sentencepiece-js, ${(theirs / first).toFixed(1)} times on ` +
      `text never seen; a keystroke costs 1/${Math.round(whole / (edit / edits / 2))} of a whole encoding of ${text.length} units\n`,
  );
}
await rm(folder, { recursive: true });
