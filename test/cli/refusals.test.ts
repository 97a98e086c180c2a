/** What the command line says of arguments that cannot be meant, of full disks and of odd surroundings: one line each. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Workplace, root, tinyLlama } from './bllossom.ts';

const place = new Workplace();
const config = path.join(tinyLlama, 'config.json');

/** A refusal: nothing on standard output, one line on standard error, no stack. */
async function refused(args: readonly string[], code = 2): Promise<string> {
  const { status, stdout, stderr } = await place.run(...args);
  expect([status, stdout], stderr).toEqual([code, '']);
  expect(stderr.trim().split('\n'), stderr).toHaveLength(1);
  return stderr;
}

describe('arguments', () => {
  it.each([
    [['tokenize', '--tokenizr', 'a'], /^bllossom: tokenize: Unknown option '--tokenizr'\. See .*--help/],
    [['tokenize', '--tokenizer', 'a', '--tokenizer', 'last'], /last: there is no such file or directory/],
    [['tokenize', '--tokenizer', ''], /--tokenizer has an empty value/],
    [['tokenize', '--tokenizer', '-x'], /'--tokenizer' argument is ambiguous/],
    [['tokenize', '--json=1', '--tokenizer', 'a'], /'--json' does not take an argument/],
    [['tokenize', '--tokenizer', 'a', '--progress', 'loud'], /--progress: there is no 'loud'/],
    [['vocab', 'merge', 'extra'], /Unexpected argument 'extra'/],
    [
      ['model', 'init', '--config', config, '--tokenizer', 'a', '--out', 'b', '--seed', '0x10'],
      /--seed: "0x10" is not/,
    ],
    [['generate', '--model', tinyLlama, '--ids', '[1]', '--device', 'cuda'], /has no device 'cuda'/],
    [['backend', 'install', 'tfjs'], /there is one backend to install, ggml/],
    [['backend', 'install', 'ggml', '--device', 'abacus'], /--device: there is no "abacus"/],
    [['backend', 'install', 'ggml', '--cuda', '9'], /--cuda: there is no CUDA "9"/],
    [['vocab'], /there is no command 'vocab'/],
  ])('%j', async (args, message) => {
    expect(await refused(args)).toMatch(message);
  });

  it('a model whose weights are no numbers is not asked in vain', async () => {
    const broken = place.path('broken');
    cpSync(tinyLlama, broken, { recursive: true });
    const file = path.join(broken, 'model.safetensors');
    const bytes = readFileSync(file);
    bytes.writeFloatLE(Number.NaN, bytes.length - 4);
    writeFileSync(file, bytes);
    const ids = place.write('row.jsonl', '{"ids":[1,5,7]}\n');
    const wanted = 'bllossom: the model answers with no number. Check its weights: a run may have diverged.\n';
    expect(await refused(['score', '--model', broken, '--ids', ids, '--json'])).toBe(wanted);
    expect(await refused(['generate', '--model', broken, '--ids', '[1,5]', '--max-tokens', '2'])).toBe(wanted);
  });

  it('an empty prompt is one: BOS alone', async () => {
    expect(await refused(['generate', '--model', tinyLlama, '--prompt', ''])).toMatch(/no tokenizer\.model/);
  });
});

it.skipIf(!existsSync('/dev/full'))('a full disk behind standard output is told, with status 1', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [place.bundle, 'diagnostics', '--json'], {
    env: place.env,
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  expect([status, stderr.toString()]).toEqual([
    1,
    expect.stringMatching(/^bllossom: standard output: the disk is full.*\n$/),
  ]);
});

describe('a run', () => {
  it('goes in odd surroundings: no HOME, a TMPDIR too long for a socket or not there', async () => {
    const long = place.path('t'.repeat(100), 'u'.repeat(100));
    mkdirSync(long, { recursive: true });
    for (const [name, TMPDIR] of [
      ['긴 이름 😀', long],
      ['none', place.path('nowhere/at/all')],
    ] as const) {
      const before = { ...place.env };
      delete place.env['HOME'];
      Object.assign(place.env, { TMPDIR });
      const { status, stderr } = await place.run('train', place.spec(name, { steps: 1 }));
      Object.assign(place.env, before);
      expect(status, stderr).toBe(0);
    }
  });

  it('goes on from the checkpoint before a damaged one, and draws the same curve', async () => {
    const whole = await place.run('train', place.spec('whole', { steps: 16 }));
    expect(whole.status, whole.stderr).toBe(0);
    const spec = place.spec('hurt', { steps: 16 });
    cpSync(place.path('runs/whole'), place.path('runs/hurt'), { recursive: true });
    const state = JSON.parse(readFileSync(place.path('runs/hurt/state.json'), 'utf8')) as object;
    writeFileSync(place.path('runs/hurt/state.json'), JSON.stringify({ ...state, state: 'failed', step: 15 }));
    truncateSync(place.path('runs/hurt/checkpoints/step-14/optimizer.safetensors'), 1000);
    const lines = readFileSync(place.path('runs/hurt/metrics.jsonl'), 'utf8').split('\n').slice(0, 15);
    writeFileSync(place.path('runs/hurt/metrics.jsonl'), `${lines.join('\n')}\n{"step": 16, "lo`);
    const { status, stderr } = await place.run('train', spec, '--resume');
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/passed over: .*step-14.optimizer\.safetensors.*\n.*checkpoint of step 7/);
    expect(place.curve('hurt')).toEqual(place.curve('whole'));
    const weights = (run: string) => readFileSync(place.path('runs', run, 'final/model.safetensors'));
    expect(weights('hurt').equals(weights('whole'))).toBe(true);

    const done = await place.run('train', spec, '--resume', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ state: 'done', step: 16, final: place.path('runs/hurt/final') });
  });

  it('whose checkpoints are all damaged is refused, and keeps them', async () => {
    const spec = place.spec('lost', { steps: 16 });
    cpSync(place.path('runs/whole'), place.path('runs/lost'), { recursive: true });
    const state = JSON.parse(readFileSync(place.path('runs/lost/state.json'), 'utf8')) as object;
    writeFileSync(place.path('runs/lost/state.json'), JSON.stringify({ ...state, state: 'failed', step: 15 }));
    for (const step of [7, 14]) writeFileSync(place.path(`runs/lost/checkpoints/step-${step}/trainer.json`), '{"st');
    const { status, stderr } = await place.run('train', spec, '--resume');
    expect(status).toBe(2);
    expect(stderr).toMatch(/step-14.trainer\.json: this checkpoint is damaged\. No other checkpoint is whole/);
    expect(existsSync(place.path('runs/lost/checkpoints/step-7/model.safetensors'))).toBe(true);
  });
});

describe.skipIf(process.platform === 'win32')(
  'a disk that is full (a limit on the size of files stands for it)',
  () => {
    /** Files may have 16 blocks of 512 or 1,024 bytes, less than any model here. */
    const cramped = (...args: string[]) =>
      spawnSync('sh', ['-c', 'ulimit -f 16; exec "$@"', 'sh', process.execPath, place.bundle, ...args], {
        cwd: place.folder,
        env: place.env,
        encoding: 'utf8',
      });

    it('leaves a run its last checkpoint, from which it goes on', async () => {
      const spec = place.spec('full', { steps: 16 });
      const { child, ended } = place.start('train', spec);
      const metrics = place.path('runs/full/checkpoints/step-7');
      await expect.poll(() => existsSync(metrics), { timeout: 30_000, interval: 5 }).toBe(true);
      child.kill('SIGKILL');
      await ended;
      const { status, stderr } = cramped('train', spec, '--resume');
      expect([status, stderr.trim().split('\n').at(-1)]).toEqual([
        1,
        expect.stringMatching(/: the disk is full\. Free /),
      ]);
      expect(existsSync(path.join(metrics, 'trainer.json'))).toBe(true);
      const resumed = await place.run('train', spec, '--resume');
      expect(resumed.status, resumed.stderr).toBe(0);
      expect(place.curve('full')).toEqual(place.curve('whole'));
    });

    it('leaves nothing half written', async () => {
      const english = path.join(root, 'client/sample/texts/en.txt');
      const made = await place.run('vocab', 'train', '--input', english, '--size', '400', '--out', 'en.model');
      expect(made.status, made.stderr).toBe(0);
      const before = readdirSync(place.folder).sort();
      for (const args of [
        ['model', 'init', '--config', config, '--tokenizer', 'en.model', '--out', 'fresh'],
        ['vocab', 'train', '--input', english, '--size', '1500', '--out', 'large.model'],
      ]) {
        const { status, stdout, stderr } = cramped(...args);
        expect([status, stdout, stderr]).toEqual([
          1,
          '',
          expect.stringMatching(/^bllossom: .*: the disk is full\. .*\n$/),
        ]);
      }
      expect(readdirSync(place.folder).sort()).toEqual(before);
    });
  },
);
