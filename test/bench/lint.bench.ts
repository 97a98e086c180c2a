/**
 * Lint as an editor sees it: over the protocol, from a keystroke in a text of a megabyte to the diagnostics of the text with it. The
 * goal is what people notice: 200 ms.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { dice } from '../../engine/src/tokenizers/testing/models.ts';
import { EditorEnd, Screen, serverFile } from './editorEnd.ts';
import { hasShared, root, shared } from './places.ts';
import { recording } from './recording.ts';
import { type Section, type Times, timesOf } from './section.ts';
import { strokesOf } from './typing.ts';

const allowedMs = 200;
const bytes = 1_000_000;
/** Keystrokes at each of the recorded places. */
const keystrokes = 12;
/** Milliseconds between an answer and the next key. */
const pauseMs = 40;

export async function bench(): Promise<Section> {
  const how = `wall time over the protocol, from sending a change to the answer with the diagnostics of the text with it, ${keystrokes} recorded keystrokes at ${recording.length} random places; 30 ms of it are the wait for the next key`;
  if (!hasShared) return { how, ratios: [], skipped: ['everything: there is no ../shared/data'] };
  if (!existsSync(serverFile))
    return { how, ratios: [], skipped: ['everything: there is no dist/server.cjs; run npm run build'] };
  const korean = await readFile(path.join(shared, 'corpora/nsmc.ko.txt'), 'utf8');
  const lines = korean.split('\n').slice(0, 40_000);
  const clean = cut(lines);
  const decomposed = cut(lines.map((line, i) => (i % 50 === 0 ? line.normalize('NFD') : line)));
  const times: Times[] = [];
  for (const tokenizer of ['llama2.model', 'kobert.model'])
    for (const [what, preset, text] of [
      ['reviews', 'default', clean],
      ['reviews', 'recommended', clean],
      ['reviews, a line in 50 decomposed', 'default', decomposed],
      ['reviews, a line in 50 decomposed', 'recommended', decomposed],
    ] as const)
      times.push(timesOf(`1 MB of ${what}, ${tokenizer}, preset ${preset}`, await typed(tokenizer, preset, text), allowedMs)); // prettier-ignore
  return { how, ratios: [], times, skipped: [] };
}

function cut(lines: readonly string[]): string {
  let length = 0;
  const end = lines.findIndex((line) => (length += Buffer.byteLength(line) + 1) > bytes);
  return lines.slice(0, end < 0 ? lines.length : end).join('\n');
}

/** Milliseconds of each keystroke. */
async function typed(tokenizer: string, preset: string, text: string): Promise<number[]> {
  const random = dice(8);
  const editor = await EditorEnd.start({ tokenizer: path.join(shared, 'tokenizers', tokenizer), lint: { preset } });
  const uri = pathToFileURL(path.join(root, 'bench.txt')).href;
  const screen = new Screen(text);
  await editor.open(uri, text);
  const first = await editor.pull(uri).report;
  let version = 1;
  const times: number[] = [];
  for (const acts of recording) {
    screen.place(random(1000) / 1000, random(1000) / 1000);
    for (const stroke of strokesOf(acts).slice(0, keystrokes)) {
      const change = screen.stroke(stroke);
      const start = performance.now();
      await editor.change(uri, ++version, [change]);
      const report = await editor.pull(uri).report;
      times.push(performance.now() - start);
      if (
        first.kind !== 'full' ||
        report.kind !== 'full' ||
        report.items.length < first.items.length - recording.length
      )
        throw new Error('the answer lacks what was there before');
      await delay(pauseMs);
    }
  }
  await editor.stop();
  return times;
}
