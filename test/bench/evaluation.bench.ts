/**
 * Speed of scoring evaluation tasks: contexts shared and only the candidates' places through the head, beside each candidate by itself
 * (in batches of like length, and one after the other) and beside PyTorch doing what lm-evaluation-harness does. The shared data's eight
 * tasks. `BENCH_ROWS=24`, `BENCH_ROUNDS=3`, `BENCH_THREADS=1`, `BENCH_MODELS=stories260K,15m`, `BENCH_TASKS=kobest_copa,…` choose.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openNative } from '../../engine/src/backends/native/provider.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { prepareTasks } from '../../engine/src/evaluation/prepare.ts';
import { scoreRequests } from '../../engine/src/evaluation/requests.ts';
import { tasks } from '../../engine/src/evaluation/tasks.ts';
import { randomParameters } from '../../engine/src/model/files/initModel.ts';
import { readModelDirectory } from '../../engine/src/model/files.ts';
import { openInferenceSession } from '../../engine/src/model/index.ts';
import type { LlamaConfig, LoadedModel } from '../../engine/src/model/model.ts';
import type { InferenceSession } from '../../engine/src/model/sessions.ts';
import { readTokenizerFile } from '../../engine/src/tokenizers/index.ts';
import { partner } from './partner.mjs';
import { hasShared, root, shared } from './places.ts';
import { peerThreads, python, torchAbsent } from './pytorch.ts';
import { type Ratio, ratioOf, type Section } from './section.ts';
import { openSeparate, type Request } from './separateScoring.ts';

const list = (name: string, otherwise: string): string[] => (process.env[name] ?? otherwise).split(',');

/** As batches were before contexts were shared. */
const batchTokens = 2048;

export async function bench(): Promise<Section> {
  const threads = Number(process.env['BENCH_THREADS'] ?? 1);
  const rows = Number(process.env['BENCH_ROWS'] ?? 24);
  const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
  const absent = torchAbsent();
  const ratios: Ratio[] = [];
  if (hasShared)
    for (const name of list('BENCH_MODELS', 'stories260K,15m'))
      ratios.push(...(await measure({ name, threads, rows, rounds, torch: absent === undefined })));
  return {
    how:
      `the first ${rows} rows of each task's dev set, zero-shot, float32, ${threads} ${threads === 1 ? 'thread' : 'threads'}; requests a second, ` +
      'of processor time with one thread and of wall time with more, medians of rounds in turn; PyTorch: batches of 8 by length, all logits',
    ratios,
    skipped: [...(hasShared ? [] : ['there is no ../shared/data']), ...(absent === undefined ? [] : [absent])],
  };
}

const llama15m: LlamaConfig = {
  ...{ hiddenSize: 288, intermediateSize: 768, layers: 6, heads: 6, kvHeads: 6, headDim: 48 },
  ...{ vocabularySize: 32000, contextLength: 1024, rmsNormEpsilon: 1e-5, ropeTheta: 10000, tiedHead: true },
};

async function openModel(name: string): Promise<{ model: LoadedModel; tokenizer: string }> {
  if (name === '15m')
    return {
      model: { config: llama15m, tensors: randomParameters({ ...llama15m, initializerRange: 0.02 } as never, 1) },
      tokenizer: path.join(shared, 'tokenizers/llama2.model'),
    };
  const directory = path.join(shared, 'models', name);
  return { model: unwrap(await readModelDirectory(directory)), tokenizer: directory };
}

interface Asked {
  readonly name: string;
  readonly threads: number;
  readonly rows: number;
  readonly rounds: number;
  readonly torch: boolean;
}

async function measure({ name, threads, rows, rounds, torch }: Asked): Promise<Ratio[]> {
  const { model, tokenizer: file } = await openModel(name);
  const tokenizer = unwrap(await readTokenizerFile(file));
  const backend = unwrap(openNative({ threads, exactly: true, profile: process.env['BENCH_PROFILE'] !== undefined }));
  const session = unwrap(await openInferenceSession(model, backend, { precision: 'float32' }));
  const separate = await openSeparate(model, backend);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'evaluation-bench-'));
  writePeer(folder, model);
  const peer = torch
    ? await partner(python, [path.join(root, 'test/bench/evaluation_peer.py'), folder, String(threads)], {
        ...process.env,
        ...peerThreads(threads),
      })
    : undefined;
  const now = (): number => {
    const { user, system } = process.cpuUsage();
    return threads === 1 ? (user + system) / 1e6 : performance.now() / 1000;
  };
  const timed = async (work: () => Promise<number[]>) => {
    const start = now();
    const sums = await work();
    return { seconds: now() - start, sums };
  };
  const ratios: Ratio[] = [];
  const names = list('BENCH_TASKS', tasks.map((task) => task.name).join());
  const asked: { title: string; requests: Request[] }[] = [];
  for (const task of names) {
    const prepared = unwrap(
      await prepareTasks({ tasks: [task], data: path.join(shared, 'eval'), split: 'dev', limit: rows }),
    );
    asked.push({ title: task, requests: scoreRequests(prepared[0]!.questions, tokenizer, session.contextLength) });
  }
  asked.push({ title: 'all of them', requests: asked.flatMap((one) => one.requests) });
  try {
    for (const { title, requests } of asked.length === 2 ? asked.slice(0, 1) : asked) {
      const found: Record<string, number[]> = { batched: [], alone: [], torch: [] };
      let furthest = 0;
      let speed = 0;
      for (let round = -1; round < rounds; round++) {
        const ours = await timed(() => shareContexts(session, requests));
        const batched = await timed(() => separate.score(requests, batchTokens));
        const alone = await timed(() => separate.score(requests, 1));
        writeFileSync(
          path.join(folder, 'requests.json'),
          JSON.stringify(requests.map(({ ids, scored }) => [Array.from(ids), scored])),
        );
        const theirs = peer === undefined ? undefined : ((await peer.steps(1)) as Peer);
        for (const other of [batched.sums, ...(theirs === undefined ? [] : [theirs.sums])])
          for (const [i, sum] of other.entries())
            furthest = Math.max(furthest, Math.abs(sum - ours.sums[i]!) / Math.abs(sum));
        if (round < 0) continue; // all warm
        speed = Math.max(speed, requests.length / ours.seconds);
        found['batched']!.push(batched.seconds / ours.seconds);
        found['alone']!.push(alone.seconds / ours.seconds);
        if (theirs !== undefined) found['torch']!.push((threads === 1 ? theirs.cpu : theirs.wall) / ours.seconds);
      }
      process.stderr.write(
        `${name}, ${title}: ${requests.length} requests, ${Math.round(speed)} a second, sums within ${furthest.toExponential(1)}\n`,
      );
      const what = `${name}, ${title}`;
      const begin = ratios.length;
      ratios.push(ratioOf(what, 'each candidate by itself, in batches by length', found['batched']!));
      ratios.push(ratioOf(what, 'each candidate by itself, one after the other', found['alone']!));
      if (peer !== undefined)
        ratios.push(ratioOf(what, `PyTorch ${(peer.first as { torch: string }).torch}`, found['torch']!));
      process.stderr.write(
        `  ${ratios
          .slice(begin)
          .map(({ ratio }) => ratio)
          .join(', ')}\n`,
      );
    }
  } finally {
    if (process.env['BENCH_PROFILE'] !== undefined) process.stderr.write(`${JSON.stringify(backend.profile())}\n`);
    await peer?.end();
    separate.dispose();
    session.dispose();
    backend.dispose();
    rmSync(folder, { recursive: true });
  }
  return ratios;
}

interface Peer {
  readonly cpu: number;
  readonly wall: number;
  readonly sums: readonly number[];
}

async function shareContexts(session: InferenceSession, requests: readonly Request[]): Promise<number[]> {
  const sums = new Array<number>(requests.length).fill(0);
  for await (const { rows, values } of session.score(requests))
    for (const [i, row] of rows.entries()) sums[row] = values[i]!.reduce((a, b) => a + b, 0);
  return sums;
}

/** The model as the peer reads it. */
function writePeer(folder: string, { config, tensors }: LoadedModel): void {
  const elements = tensors.reduce((sum, { data }) => sum + data.length, 0);
  const all = new Float32Array(elements);
  let at = 0;
  for (const { data } of tensors) {
    all.set(data, at);
    at += data.length;
  }
  writeFileSync(path.join(folder, 'weights.bin'), new Uint8Array(all.buffer));
  const shapes = tensors.map(({ name, shape }) => [name, shape]);
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, elements, tensors: shapes }));
}
