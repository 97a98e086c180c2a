/**
 * Speed of generation and of reading a prompt beside llama.cpp, on the same random weights: one sequence, likeliest token,
 * rounds of both in turn. `BENCH_THREADS=1,2`, `BENCH_SHAPES=15m,768`, `BENCH_ROUNDS=5` choose what is measured.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Precision } from '../../engine/src/backends/backend.ts';
import { openNative } from '../../engine/src/backends/native/provider.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { openInferenceSession } from '../../engine/src/model/index.ts';
import { writeGgufModel } from '../../engine/src/model/files/ggufModel.ts';
import type { LlamaConfig, LoadedModel, ModelToLoad } from '../../engine/src/model/model.ts';
import { randomParameters } from '../../engine/src/model/files/initModel.ts';
import { llamaCppAbsent, llamaCppVersion, openLlamaCpp } from '../llamaCpp.ts';
import { root } from './places.ts';
import { type Ratio, ratioOf, type Section } from './section.ts';

const llama = (hiddenSize: number, intermediateSize: number, layers: number, heads: number): LlamaConfig => ({
  ...{ hiddenSize, intermediateSize, layers, heads, kvHeads: heads, headDim: hiddenSize / heads },
  ...{ vocabularySize: 32000, contextLength: 1024, rmsNormEpsilon: 1e-5, ropeTheta: 10000, tiedHead: true },
});
const shapes: Readonly<Record<string, LlamaConfig>> = { '15m': llama(288, 768, 6, 6), '768': llama(768, 2048, 12, 12) };

const promptLength = 512;
const newTokens = 64;

const list = (name: string, otherwise: string): string[] => (process.env[name] ?? otherwise).split(',');

export async function bench(): Promise<Section> {
  const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
  const absent = llamaCppAbsent(root);
  const ratios: Ratio[] = [];
  const skipped: string[] = absent === undefined ? [] : [absent];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'generation-'));
  try {
    for (const shape of absent === undefined ? list('BENCH_SHAPES', '15m,768') : [])
      for (const precision of list('BENCH_PRECISIONS', 'float32,bfloat16') as Precision[])
        for (const threads of list('BENCH_THREADS', '1,2').map(Number))
          ratios.push(...(await measure({ shape, precision, threads, rounds, folder })));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return {
    how:
      `a prompt of ${promptLength} ids, then ${newTokens} tokens behind ${promptLength / 8}, one sequence, random weights; ` +
      'tokens a second, of processor time with one thread and of wall time with more, medians of rounds in turn; llama.cpp with its defaults (float16 cache, flash attention)',
    ratios,
    skipped,
  };
}

interface Measured {
  readonly shape: string;
  readonly precision: Precision;
  readonly threads: number;
  readonly rounds: number;
  readonly folder: string;
}

async function measure({ shape, precision, threads, rounds, folder }: Measured): Promise<Ratio[]> {
  const config = shapes[shape];
  if (config === undefined) throw new Error(`no shape ${shape}: ${Object.keys(shapes).join(', ')}`);
  const model: LoadedModel = { config, tensors: randomParameters({ ...config, initializerRange: 0.02 } as never, 1) };
  const file = path.join(folder, `${shape}-${precision}.gguf`);
  unwrap(await writeGgufModel(file, model, { type: precision }));
  const peer = openLlamaCpp(root, file, { threads, contextLength: config.contextLength });
  const backend = unwrap(openNative({ threads, exactly: true, profile: process.env['BENCH_PROFILE'] !== undefined }));
  const session = unwrap(await openInferenceSession(opened(model, precision), backend, { precision }));
  const prompt = Array.from(
    { length: promptLength },
    (_, i) => (Math.imul(i + 1, 2654435761) >>> 0) % config.vocabularySize,
  );
  // With one thread, time of the processor: what else the machine does does not count then.
  const now = (): number => {
    const { user, system } = process.cpuUsage();
    return threads === 1 ? (user + system) / 1000 : performance.now();
  };
  const ours = async (ids: readonly number[], tokens: number): Promise<Timed> => {
    const sequence = session.start();
    const from = now();
    let logits = await sequence.append(ids);
    const read = now();
    for (let n = 0; n < tokens; n++) logits = await sequence.append([likeliest(logits)]);
    const done = now();
    sequence.dispose();
    return { prompt: ids.length / (read - from), generation: tokens / (done - read) };
  };
  const theirs = (ids: readonly number[], tokens: number): Timed => {
    peer.clear();
    const from = now();
    let logits = peer.append(ids);
    const read = now();
    for (let n = 0; n < tokens; n++) logits = peer.append([likeliest(logits)]);
    const done = now();
    return { prompt: ids.length / (read - from), generation: tokens / (done - read) };
  };
  const short = prompt.slice(0, promptLength / 8);
  const results = { prompt: [] as number[], generation: [] as number[] };
  const seen: number[][] = [];
  for (let round = -1; round < rounds; round++) {
    const [a, b] = [await ours(prompt, 0), theirs(prompt, 0)];
    const [c, d] = [await ours(short, newTokens), theirs(short, newTokens)];
    if (round < 0) continue; // both warm
    results.prompt.push(a.prompt / b.prompt);
    results.generation.push(c.generation / d.generation);
    seen.push([a.prompt, b.prompt, c.generation, d.generation]);
  }
  if (process.env['BENCH_PROFILE'] !== undefined) process.stderr.write(`${JSON.stringify(backend.profile())}\n`);
  session.dispose();
  backend.dispose();
  peer.dispose();
  const medians = [0, 1, 2, 3].map((i) =>
    Math.round(1000 * seen.map((one) => one[i]!).sort((x, y) => x - y)[seen.length >> 1]!),
  );
  const what = `${shape}, ${precision}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  process.stderr.write(
    `${what}: prompt ${medians[0]} and ${medians[1]} tokens/s, generation ${medians[2]} and ${medians[3]}\n`,
  );
  const name = llamaCppVersion(root);
  return [ratioOf(`${what}: prompt`, name, results.prompt), ratioOf(`${what}: generation`, name, results.generation)];
}

/** As its files would be opened: matrices in bfloat16 stay so. */
const opened = ({ config, tensors }: LoadedModel, precision: Precision): LoadedModel | ModelToLoad =>
  precision === 'float32'
    ? { config, tensors }
    : {
        config,
        tensors: tensors.map(({ name, shape, data }) => ({
          ...{ name, shape, stored: 'bfloat16' as const },
          load: () => Promise.resolve(data),
        })),
      };

interface Timed {
  readonly prompt: number;
  readonly generation: number;
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}
