/**
 * Tokenizing: ids with spans, line by line, in one thread, against native SentencePiece, sentencepiece-js and Hugging Face's
 * tokenizers. Cold: a fresh tokenizer, and text it has not seen (the JIT compiler has met other text); warm: the same again.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { unwrap } from '../../engine/src/base/problem.ts';
import {
  createTokenizer,
  parseModel,
  type SentencePieceModel,
  TokenizedText,
  type Tokenizer,
} from '../../engine/src/tokenizers/index.ts';
import { tokenizerJson } from '../../engine/src/tokenizers/tokenizerJsonWriter.ts';
import { mergeVocabularies } from '../../engine/src/vocab/merge.ts';
import { nativeSentencePiece } from './nativeSentencePiece.ts';
import { hasShared, root, shared } from './places.ts';
import { cpuSeconds, type Ratio, ratioOf, type Section } from './section.ts';

const rounds = 5;
/** Units of text in one round; each round has its own. */
const unitsInRound = 180_000;

const require = createRequire(path.join(root, 'package.json'));

interface SentencePieceJs {
  load(file: string): Promise<void>;
  encodeIds(text: string): number[];
}

interface HuggingFace {
  encodeBatch(lines: string[], options: { addSpecialTokens: boolean }): Promise<{ getLength(): number }[]>;
}

export async function bench(): Promise<Section> {
  const how = `processor time, ${rounds} rounds of other text, peers in turn, the median ratio`;
  if (!hasShared) return { how, ratios: [], skipped: ['everything: there is no ../shared/data'] };
  // Rust's threads would take several cores.
  process.env['RAYON_NUM_THREADS'] = '1';
  process.env['TOKENIZERS_PARALLELISM'] = 'false';
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-'));
  const ratios: Ratio[] = [];
  const skipped: string[] = [];
  try {
    const llama = await readModel('llama2');
    const kobert = await readModel('kobert');
    const merged = unwrap(mergeVocabularies(llama, kobert, 'ranked', 'merged.model')).model;
    const texts = { Korean: await roundsOf('nsmc.ko.txt'), English: await roundsOf('wiki.en.txt') };
    for (const [name, model] of Object.entries({ 'Llama 2': llama, merged, KoBERT: kobert })) {
      const file = path.join(folder, `${name}.model`);
      await writeFile(file, model.bytes);
      const measured = await measure(name, model, file, texts, folder);
      ratios.push(...measured.ratios);
      skipped.push(...measured.skipped);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return { how, ratios, skipped };
}

async function readModel(name: string): Promise<SentencePieceModel> {
  return unwrap(parseModel(await readFile(path.join(shared, `tokenizers/${name}.model`)), name));
}

/** One more than the rounds: the last is for warming up. */
async function roundsOf(corpus: string): Promise<string[][]> {
  const lines = (await readFile(path.join(shared, 'corpora', corpus), 'utf8')).split('\n').map((line) => line.trim());
  const parts: string[][] = [];
  let part: string[] = [];
  let units = 0;
  // Wikipedia's lines are whole articles; the paragraphs that people write are shorter.
  for (const line of lines.flatMap((long) => (long.length < 2000 ? long : long.split(/(?<=\.) /)))) {
    part.push(line);
    units += line.length;
    if (units < unitsInRound) continue;
    parts.push(part);
    part = [];
    units = 0;
    if (parts.length > rounds) break;
  }
  if (parts.length <= rounds) parts.push(part);
  return parts;
}

async function measure(
  name: string,
  model: SentencePieceModel,
  file: string,
  texts: Record<string, string[][]>,
  folder: string,
): Promise<{ ratios: Ratio[]; skipped: string[] }> {
  const skipped: string[] = [];
  const native = await nativeSentencePiece(file);
  if (native === undefined)
    skipped.push(`${name} against native SentencePiece: Debian's python3-sentencepiece is not there`);
  const library = require('sentencepiece-js') as { SentencePieceProcessor: new () => SentencePieceJs };
  const wasm = new library.SentencePieceProcessor();
  await wasm.load(file);
  const json = tokenizerJson(model);
  if (!json.ok) skipped.push(`${name} against tokenizers: ${json.problem.what}`);
  const huggingFace = json.ok
    ? (require('tokenizers') as { Tokenizer: { fromString(json: string): HuggingFace } }).Tokenizer.fromString(
        json.value,
      )
    : undefined;
  const versionOf = async (peer: string) => {
    const inside = path.join(root, 'node_modules', peer, 'package.json');
    return `${peer} ${(JSON.parse(await readFile(inside, 'utf8')) as { version: string }).version}`;
  };
  const peers: Record<string, (lines: string[]) => Promise<number>> = {};
  if (native !== undefined) {
    const list = path.join(folder, 'lines.txt');
    peers[`SentencePiece ${native.version} (C++)`] = async (lines) => {
      await writeFile(list, lines.join('\n'));
      return (await native.encode(list)).seconds;
    };
  }
  peers[await versionOf('sentencepiece-js')] = (lines) =>
    cpuSeconds(() => lines.forEach((line) => wasm.encodeIds(line)));
  if (huggingFace !== undefined) {
    peers[await versionOf('tokenizers')] = (lines) =>
      cpuSeconds(() => huggingFace.encodeBatch(lines, { addSpecialTokens: false }));
  }
  const ratios: Ratio[] = [];
  for (const [language, parts] of Object.entries(texts)) {
    const found: Record<string, number[]> = {};
    const note = (what: string, ratio: number) => (found[what] ??= []).push(ratio);
    for (const peer of Object.values(peers)) await peer(parts[rounds]!);
    for (let i = 0; i < 12; i++) encodeAll(createTokenizer(model), parts[rounds]!);
    for (let round = 0; round < rounds; round++) {
      const lines = parts[round]!;
      const fresh = createTokenizer(model);
      const cold = await cpuSeconds(() => encodeAll(fresh, lines));
      const warm: number[] = [];
      const timesOfPeers = new Map<string, number[]>(Object.keys(peers).map((peer) => [peer, []]));
      // Short pieces of work are measured thrice, in turn.
      for (let turn = 0; turn < 3; turn++) {
        warm.push(await cpuSeconds(() => encodeAll(fresh, lines)));
        for (const [peer, times] of timesOfPeers) times.push(await peers[peer]!(lines));
      }
      for (const [peer, times] of timesOfPeers) {
        note(`cold|${peer}`, middle(times) / cold);
        note(`warm|${peer}`, middle(times) / middle(warm));
      }
    }
    for (const [key, values] of Object.entries(found)) {
      const [state, peer] = key.split('|') as [string, string];
      ratios.push(ratioOf(`${name}, ${language}, ${state}`, peer, values));
    }
  }
  native?.end();
  for (const [language, parts] of Object.entries(texts)) {
    ratios.push(await edits(`${name}, ${language}, an edit and the new count`, createTokenizer(model), parts.flat()));
  }
  return { ratios, skipped };
}

/** Edits all over a document of a million units, each with the count after it, against encoding the whole anew. */
async function edits(what: string, tokenizer: Tokenizer, lines: readonly string[]): Promise<Ratio> {
  const text = lines.join('\n').slice(0, 1_000_000);
  const document = new TokenizedText(tokenizer, text);
  const each = 400;
  const found: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const whole = await cpuSeconds(() => tokenizer.count(text));
    let counted = document.tokens;
    const edited = await cpuSeconds(() => {
      for (let n = 0; n < each; n++) {
        const at = Math.floor((text.length * (n + round / rounds)) / (each + 1));
        document.replace(at, at, n % 2 === 0 ? '가' : 'x');
        counted += document.tokens;
      }
    });
    // The first round is for warming up.
    if (round > 0 && counted > 0) found.push(whole / (edited / each));
  }
  return ratioOf(what, `counting all of its ${text.length} units`, found);
}

const middle = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

function encodeAll(tokenizer: { encode(text: string): { ids: Int32Array } }, lines: readonly string[]): number {
  let tokens = 0;
  for (const line of lines) tokens += tokenizer.encode(line).ids.length;
  return tokens;
}
