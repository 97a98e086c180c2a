/**
 * From a keystroke to the new token count, as the editor sees it: the built server over the real protocol, recorded typing (Hangul
 * being composed, English, backspaces, line breaks, a paste taken back) at random places of a document, diagnostics asked for after each
 * change as the editor does. In the same run the counters that other tools use count the whole text, as those tools do for each
 * keystroke.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { dice, english, korean } from '../../engine/src/tokenizers/testing/models.ts';
import { EditorEnd, Screen, serverFile } from './editorEnd.ts';
import { hasShared, root, shared } from './places.ts';
import { recording } from './recording.ts';
import { type Ratio, ratioOf, type Section, type Times, timesOf } from './section.ts';
import { strokesOf } from './typing.ts';
import { type Vocabulary, vocabularies } from './vocabularies.ts';

/** Documents, and what 95 % of the keystrokes may take. */
const sizes = [
  { name: '100 KB', bytes: 100_000, allowedMs: 10 },
  { name: '1 MB', bytes: 1_000_000, allowedMs: 50 },
] as const;

/** The other counters take seconds: they count at every so many places. */
const every = 2;

/** Milliseconds between a count and the next key: about a hundred words a minute, and slower. */
const pause = { least: 25, most: 75 } as const;

export async function bench(): Promise<Section> {
  const keys = recording.flatMap(strokesOf).length;
  const how = `wall time from sending a change to the count of its version, ${keys} recorded keystrokes at ${recording.length} random places; ratios: a counter's time for the whole text to ours for a keystroke, the median of the places (lowest, highest)`;
  if (!existsSync(serverFile))
    return { how, ratios: [], skipped: ['everything: there is no dist/server.cjs; run npm run build'] };
  process.env['RAYON_NUM_THREADS'] = '1';
  process.env['TOKENIZERS_PARALLELISM'] = 'false';
  const lines = await textLines();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-'));
  const ratios: Ratio[] = [];
  const times: Times[] = [];
  try {
    for (const vocabulary of await vocabularies(folder, lines))
      for (const size of sizes) {
        const measured = await measure(vocabulary, size, lines);
        times.push(measured.times);
        ratios.push(...measured.ratios);
      }
  } finally {
    await rm(folder, { recursive: true });
  }
  const skipped = hasShared
    ? []
    : ['Llama 2 and KoBERT, llama-tokenizer-js: there is no ../shared/data; small vocabularies in their place'];
  return { how, ratios, times, skipped };
}

/** Reviews in Korean, every fourth line English, so that both are typed into. */
async function textLines(): Promise<string[]> {
  if (!hasShared) return Array.from({ length: 12_000 }, (_, i) => (i % 4 === 3 ? english : korean)[i % 6]!);
  const reviews = (await readFile(path.join(shared, 'corpora/nsmc.ko.txt'), 'utf8')).split('\n');
  const news = (await readFile(path.join(shared, 'corpora/korean-english-park.dev.en'), 'utf8')).split('\n');
  return reviews.slice(0, 24_000).map((line, i) => (i % 4 === 3 ? news[(i >> 2) % news.length]! : line));
}

function cut(lines: readonly string[], bytes: number): string {
  let length = 0;
  const end = lines.findIndex((line) => (length += Buffer.byteLength(line) + 1) > bytes);
  return lines.slice(0, end < 0 ? lines.length : end).join('\n');
}

async function measure(
  { name, file, counters }: Vocabulary,
  size: (typeof sizes)[number],
  lines: readonly string[],
): Promise<{ readonly times: Times; readonly ratios: Ratio[] }> {
  const random = dice(7);
  const text = cut(lines, size.bytes);
  const screen = new Screen(text);
  const editor = await EditorEnd.start({ tokenizer: file });
  const uri = pathToFileURL(path.join(root, 'bench.txt')).href;
  await editor.open(uri, text);
  await editor.counted(uri, 1);
  let version = 1;
  const taken: number[] = [];
  const rounds = new Map(counters.map((counter) => [counter, [] as number[]]));
  let pulled = editor.pull(uri);
  for (const [place, acts] of recording.entries()) {
    screen.place(random(1000) / 1000, random(1000) / 1000);
    const here: number[] = [];
    for (const stroke of strokesOf(acts)) {
      const change = screen.stroke(stroke);
      const start = performance.now();
      const told = editor.change(uri, ++version, [change]);
      pulled.cancel();
      pulled.report.catch(() => undefined); // cancelled
      pulled = editor.pull(uri);
      await told;
      await editor.counted(uri, version);
      here.push(performance.now() - start);
      await delay(pause.least + random(pause.most - pause.least));
    }
    taken.push(...here);
    const { tokens } = await editor.counted(uri, version);
    const whole = screen.text;
    if (place % every !== 0) continue;
    const median = here.toSorted((a, b) => a - b)[here.length >> 1]!;
    for (const counter of counters) {
      const start = performance.now();
      const count = await counter.count(whole);
      rounds.get(counter)!.push((performance.now() - start) / median);
      if (counter.exact && count !== tokens)
        throw new Error(`${counter.name} counts ${count} tokens where ${name} has ${tokens}`);
    }
  }
  await pulled.report;
  await editor.stop();
  const what = `${name}, ${size.name}`;
  return {
    times: timesOf(what, taken, size.allowedMs),
    ratios: counters.map((counter) => ratioOf(what, counter.name, rounds.get(counter)!)),
  };
}
