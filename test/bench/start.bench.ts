/**
 * How long a run takes from its spec to the first row of its metrics, as a user starts it: a process, a Llama of 15 million parameters and a
 * vocabulary of 32,000 pieces from their files, a megabyte of text tokenized, one step. Beside it PyTorch's script on the same shape, which
 * reads no file at all, to the end of its first step. `BENCH_ROUNDS=5`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root, shared } from './places.ts';
import { peerAbsent, peerScript, peerThreads, python } from './pytorch.ts';
import { type Ratio, ratioOf, type Section } from './section.ts';

const command = path.join(root, 'dist/bllossom.cjs');

export async function bench(): Promise<Section> {
  const how = 'wall time from the start of the process to the first row of metrics, rounds of both in turn';
  const tokenizer = path.join(shared, 'tokenizers/llama2.model');
  const corpus = path.join(shared, 'corpora/wiki.en.txt');
  const missing = [tokenizer, corpus, command].filter((file) => !existsSync(file));
  const absent = missing.length > 0 ? `start of a run: there is no ${missing.join(', ')}` : peerAbsent();
  if (absent !== undefined) return { how, ratios: [], skipped: [absent] };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'start-'));
  const at = (name: string) => path.join(folder, name);
  try {
    writeFileSync(at('config.json'), JSON.stringify(config));
    writeFileSync(at('text.txt'), readFileSync(corpus).subarray(0, 1_000_000));
    await ended(process.execPath, [
      command,
      'model',
      'init',
      '--config',
      at('config.json'),
      '--tokenizer',
      tokenizer,
      '--seed',
      '1',
      '--out',
      at('model'),
    ]);
    const ours: number[] = [];
    const ratios: number[] = [];
    for (let round = -1; round < Number(process.env['BENCH_ROUNDS'] ?? 5); round++) {
      const mine = await firstRow(folder);
      const theirs = await firstStep();
      if (round < 0) continue; // files are in memory now
      ours.push(mine);
      ratios.push(theirs / mine);
    }
    ours.sort((a, b) => a - b);
    process.stderr.write(`spec to first row: ${ours.map(Math.round).join(', ')} ms\n`);
    const result: Ratio = ratioOf('15m, spec to first step', 'PyTorch (no files read)', ratios);
    return { how: `${how}; median ${Math.round(ours[ours.length >> 1]!)} ms`, ratios: [result], skipped: [] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const config = {
  ...{
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: 288,
    intermediate_size: 768,
    num_hidden_layers: 6,
  },
  ...{
    num_attention_heads: 6,
    num_key_value_heads: 6,
    vocab_size: 32000,
    max_position_embeddings: 256,
    rms_norm_eps: 1e-5,
  },
  ...{ tie_word_embeddings: true, hidden_act: 'silu', bos_token_id: 1, eos_token_id: 2 },
};

/** Milliseconds from the start of `bllossom train` to the first row of metrics. */
async function firstRow(folder: string): Promise<number> {
  const output = path.join(folder, 'run');
  const metrics = path.join(output, 'metrics.jsonl');
  const spec = path.join(folder, 'start.run.json');
  const data = [{ path: 'text.txt', language: 'en', weight: 1 }];
  const shape = { sequenceLength: 256, batchSize: 4, steps: 1, seed: 1 };
  writeFileSync(spec, JSON.stringify({ kind: 'pretrain', model: 'model', data, ...shape, output: 'run' }));
  const from = performance.now();
  const done = ended(process.execPath, [command, 'train', spec, '--json']);
  const run = { ended: false };
  const watched = (async () => {
    while (!run.ended) {
      if (existsSync(metrics) && readFileSync(metrics, 'utf8').includes('\n')) return performance.now() - from;
      await pause(5);
    }
    throw new Error('the run ended without a row of metrics');
  })();
  await Promise.all([watched, done.finally(() => (run.ended = true))]);
  const row = await watched;
  rmSync(output, { recursive: true });
  return row;
}

/** Milliseconds of PyTorch's script with the steps it needs to say anything (two), less its last step. */
async function firstStep(): Promise<number> {
  const from = performance.now();
  const said = await ended(python, [peerScript, '--steps', '2', '--threads', '2']);
  const { tokensPerSecond } = JSON.parse(said) as { tokensPerSecond: number };
  return performance.now() - from - (1024 * 1000) / tokensPerSecond;
}

function ended(file: string, given: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const state = { BLLOSSOM_STATE_DIR: path.join(os.tmpdir(), `bllossom-bench-${process.pid}`) };
    const child = spawn(file, given, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...peerThreads(2), ...state },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else reject(new Error(`${file} ended with ${code}: ${Buffer.concat(err).toString()}`));
    });
  });
}
