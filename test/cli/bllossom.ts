/** Runs the real, built command line for tests, with a state directory of its own so that no other run is waited for. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { MetricRow } from '../../engine/src/protocol.ts';

export const root = path.resolve(import.meta.dirname, '../..');
export const tinyLlama = path.join(root, 'test/fixtures/tiny-llama');
export const stories = path.resolve(root, '../shared/data/models/stories260K');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for one test file, with the bundle built into it; removed after. */
export class Workplace {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'cli-'));
  readonly bundle = path.join(this.folder, 'dist/bllossom.cjs');
  readonly env: NodeJS.ProcessEnv = { ...process.env, BLLOSSOM_STATE_DIR: path.join(this.folder, 'locks') };
  readonly #children = new Set<ChildProcess>();

  constructor() {
    const out = path.join(this.folder, 'dist');
    const built = spawnSync(process.execPath, ['esbuild.mjs', '--engine', '--outdir', out], { cwd: root });
    if (built.status !== 0) throw new Error(String(built.stderr));
    afterAll(() => {
      for (const child of this.#children) child.kill('SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  path(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  write(name: string, content: string): string {
    mkdirSync(path.dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  start(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Outcome> } {
    const child = spawn(process.execPath, [this.bundle, ...args], { cwd: this.folder, env: this.env });
    this.#children.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<Outcome>((done) =>
      child.on('close', (status) => {
        this.#children.delete(child);
        done({ status, stdout, stderr });
      }),
    );
    return { child, ended };
  }

  run(...args: string[]): Promise<Outcome> {
    return this.start(...args).ended;
  }

  /** A run spec on the tiny model and rows of ids; what is given replaces or adds fields. */
  spec(name: string, fields: object = {}): string {
    const rows = Array.from({ length: 12 }, (_, r) =>
      JSON.stringify({ ids: Array.from({ length: 20 + (r % 3) }, (_unused, i) => (i * i * (r + 3) + 7 * r + i) % 96) }),
    );
    this.write('rows.jsonl', `${rows.join('\n')}\n`);
    const spec = {
      kind: 'pretrain',
      model: tinyLlama,
      output: `runs/${name}`,
      backend: 'reference',
      data: [{ path: 'rows.jsonl' }],
      batchSize: 4,
      steps: 30,
      optimizer: { learningRate: 1e-3, schedule: 'cosine', warmup: 0.1 },
      checkpoint: { every: 7 },
      ...fields,
    };
    return this.write(`${name}.run.json`, `// a spec for a test\n${JSON.stringify(spec, undefined, 2)}\n`);
  }

  rows(run: string, file = 'metrics.jsonl'): MetricRow[] {
    return readFileSync(this.path('runs', run, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as MetricRow);
  }

  /** Names of a run's checkpoints; none where there are none yet. */
  checkpoints(run: string): string[] {
    const folder = this.path('runs', run, 'checkpoints');
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('step-')) : [];
  }

  /** Steps and losses, by which one curve is told from another. */
  curve(run: string): string[] {
    return this.rows(run).map(({ step, tokens, loss, gradNorm, learningRate }) =>
      [step, tokens, loss, gradNorm, learningRate].join(' '),
    );
  }
}

/** Asks for the sample's cause and effect, of a model that computes the same everywhere. */
export const copaOf = (model: string): string[] => [
  ...['--model', model],
  ...['--data', path.join(root, 'client/sample/eval')],
  ...['--tasks', 'kobest_copa'],
  ...['--backend', 'reference'],
];
