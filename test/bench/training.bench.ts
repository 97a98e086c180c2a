/**
 * Training speed beside PyTorch: whole steps of a small Llama with AdamW and clipping, rounds of both in turn, the fastest step of
 * each. `BENCH_SHAPES=15m,768`, `BENCH_PRECISIONS=float32,bfloat16`, `BENCH_LORA=0,8` (rank, with the embedding), `BENCH_THREADS=1,2`,
 * `BENCH_ROUNDS=3`, `BENCH_BACKENDS=native,ggml` choose what is measured; `BENCH_PROFILE=1` prints native's time by operation.
 */
import { spawnSync } from 'node:child_process';
import type { Backend, Precision } from '../../engine/src/backends/backend.ts';
import { openBackend } from '../../engine/src/backends/index.ts';
import { openNative } from '../../engine/src/backends/native/provider.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { openTrainingSession } from '../../engine/src/model/index.ts';
import { peerAbsent, peerScript, peerThreads, python } from './pytorch.ts';
import { batchOf, randomModel, type Shape, shapes, trainingOf } from './randomLlama.mjs';
import { type Ratio, ratioOf, type Section } from './section.ts';

const stepsARound = 4;

const list = (name: string, otherwise: string): string[] => (process.env[name] ?? otherwise).split(',');

interface Setting {
  readonly shape: string;
  readonly backend: string;
  readonly precision: Precision;
  readonly lora: number;
  readonly threads: number;
}

export async function bench(): Promise<Section> {
  const how =
    'steps of 256 tokens × 4 rows, random weights, AdamW and clipping; tokens a second of the fastest step of each round, of both in turn; ' +
    "PyTorch's threads and its matrix library's as many as ours";
  const absent = peerAbsent();
  if (absent !== undefined) return { how, ratios: [], skipped: [absent] };
  const ratios: Ratio[] = [];
  const skipped: string[] = [];
  for (const shape of list('BENCH_SHAPES', '15m'))
    for (const backend of list('BENCH_BACKENDS', 'native'))
      for (const precision of list('BENCH_PRECISIONS', 'float32,bfloat16') as Precision[])
        for (const lora of list('BENCH_LORA', '0,8').map(Number))
          for (const threads of list('BENCH_THREADS', '1,2').map(Number))
            ratios.push(await measure({ shape, backend, precision, lora, threads }));
  return { how, ratios, skipped };
}

async function measure(setting: Setting): Promise<Ratio> {
  const known = shapes[setting.shape as keyof typeof shapes] as Shape | undefined;
  if (known === undefined) throw new Error(`no shape ${setting.shape}: ${Object.keys(shapes).join(', ')}`);
  const shape = { ...known, lora: setting.lora };
  const { backend, profile } = await open(setting);
  const options = trainingOf(shape, setting.precision);
  const session = unwrap(
    await openTrainingSession(randomModel(shape), backend, {
      ...options,
      ...(shape.lora > 0 && { trainable: ['embed_tokens'] }),
    }),
  );
  const batch = batchOf(shape);
  await session.step([batch], 3e-4); // compiles
  profile?.();
  const rounds: number[] = [];
  const speeds: [ours: number, theirs: number][] = [];
  const rounded = Number(process.env['BENCH_ROUNDS'] ?? 3);
  for (let round = 0; round < rounded; round++) {
    let fastest = Infinity;
    for (let step = 0; step < stepsARound; step++) {
      const from = performance.now();
      await session.step([batch], 3e-4);
      fastest = Math.min(fastest, performance.now() - from);
    }
    const ours = (shape.seq * shape.batch * 1000) / fastest;
    const theirs = peerSpeed(shape, setting);
    rounds.push(ours / theirs);
    speeds.push([Math.round(ours), theirs]);
  }
  const { shape: name, precision, lora, threads } = setting;
  const what = `${name}, ${precision}${lora > 0 ? `, LoRA of rank ${lora} and embedding` : ''}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${setting.backend}`;
  process.stderr.write(`${what}: ${speeds.map((pair) => pair.join(' and ')).join(', ')} tokens/s\n`);
  if (profile !== undefined) {
    const steps = stepsARound * rounded;
    for (const [op, [milliseconds, calls]] of Object.entries(profile()).sort((a, b) => b[1][0] - a[1][0]))
      process.stderr.write(
        `  ${op.padEnd(20)} ${(milliseconds / steps).toFixed(2).padStart(9)} ms  ${calls / steps} calls\n`,
      );
  }
  session.dispose();
  backend.dispose();
  return ratioOf(what, 'PyTorch', rounds);
}

type Profile = () => Record<string, readonly [milliseconds: number, calls: number]>;

async function open({ backend: name, threads }: Setting): Promise<{ backend: Backend; profile?: Profile }> {
  if (name !== 'native') return { backend: unwrap(await openBackend(name, { threads })).backend };
  if (process.env['BENCH_PROFILE'] === undefined) return { backend: unwrap(openNative({ threads, exactly: true })) };
  const backend = unwrap(openNative({ threads, exactly: true, profile: true }));
  return { backend, profile: () => backend.profile() };
}

function peerSpeed(shape: Shape, { precision, threads }: Setting): number {
  const { dim, layers, heads, hidden, vocab, seq, batch, lora } = shape;
  const sizes = Object.entries({ dim, layers, heads, hidden, vocab, seq, batch }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const more = [...(precision === 'bfloat16' ? ['--bf16'] : []), ...(lora > 0 ? ['--lora', String(lora)] : [])];
  // One step more: the first does not count there either.
  const options = ['--threads', String(threads), '--steps', String(stepsARound + 1)];
  const done = spawnSync(python, [peerScript, ...options, ...sizes, ...more], {
    encoding: 'utf8',
    env: { ...process.env, ...peerThreads(threads) },
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return (JSON.parse(done.stdout) as { tokensPerSecond: number }).tokensPerSecond;
}
