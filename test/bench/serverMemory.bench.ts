/**
 * What the language server holds of memory: over ten thousand keystrokes in a document of a megabyte, and with five hundred documents
 * open. The peer is the same server, warm.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { dice } from '../../engine/src/tokenizers/testing/models.ts';
import { EditorEnd, Screen, serverFile } from './editorEnd.ts';
import { hasShared, root, shared } from './places.ts';
import { recording } from './recording.ts';
import { type Ratio, ratioOf, type Section } from './section.ts';
import { strokesOf } from './typing.ts';

const edits = 10_000;
const files = 500;
/** Lines of 1 MB, and of a file of 20 KB. */
const [manyLines, fewLines] = [10_000, 200] as const;

export async function bench(): Promise<Section> {
  const how = `resident memory of the server, preset recommended, diagnostics asked for every 50 keystrokes; ratios: a warm server's (after ${edits / 10} keystrokes) to what it holds then`;
  if (!hasShared || !existsSync(serverFile) || !existsSync('/proc/self/status'))
    return { how, ratios: [], skipped: ['everything: it needs ../shared/data, npm run build, and Linux'] };
  const lines = (await readFile(path.join(shared, 'corpora/nsmc.ko.txt'), 'utf8')).split('\n');
  const ratios: Ratio[] = [];
  for (const name of ['llama2', 'kobert']) ratios.push(...(await measure(name, lines)));
  return { how, ratios, skipped: [] };
}

async function measure(name: string, lines: readonly string[]): Promise<Ratio[]> {
  const tokenizer = path.join(shared, 'tokenizers', `${name}.model`);
  const editor = await EditorEnd.start({ tokenizer, lint: { preset: 'recommended' } });
  const uriOf = (file: string) => pathToFileURL(path.join(root, file)).href;
  const resident = async () => ((await editor.usage())?.resident ?? NaN) / 1e6;
  const random = dice(9);
  const uri = uriOf('bench.txt');
  const text = lines.slice(0, manyLines).join('\n');
  const screen = new Screen(text);
  await editor.open(uri, text);
  await editor.counted(uri, 1);
  let warm = 0;
  let version = 1;
  while (version <= edits)
    for (const acts of recording) {
      screen.place(random(1000) / 1000, random(1000) / 1000);
      for (const stroke of strokesOf(acts)) {
        await editor.change(uri, ++version, [screen.stroke(stroke)]);
        if (version % 10 === 0) await editor.counted(uri, version);
        if (version % 50 === 0) await editor.pull(uri).report;
        if (version === edits / 10) warm = await resident();
      }
    }
  const told: [string, number][] = [[`after ${version} keystrokes in 1 MB`, await resident()]];
  for (let round = 1; round <= 2; round++) {
    const uris = Array.from({ length: files }, (_, i) => uriOf(`bench-${round}-${i}.txt`));
    for (const [i, one] of uris.entries()) {
      await editor.open(one, lines.slice(i * fewLines, (i + 1) * fewLines).join('\n'));
      await editor.counted(one, 1);
      await editor.pull(one).report;
    }
    told.push([`with ${files} more documents of 20 KB${round === 1 ? '' : ', in place of as many'}`, await resident()]);
    for (const one of uris) await editor.close(one);
  }
  await editor.stop();
  return told.map(([what, mb]) =>
    ratioOf(`${name}, ${what}: ${Math.round(mb)} MB`, `${Math.round(warm)} MB`, [warm / mb]),
  );
}
