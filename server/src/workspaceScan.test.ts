import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits, firstTokenizer, scanWorkspace } from './workspaceScan.ts';

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);
const put = (name: string) => {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), '');
};

beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'scan-')));
  for (const name of [
    'z.model',
    'tokenizers/b.model',
    'tokenizers/a.model',
    'node_modules/package/hidden.model',
    '.git/hidden.model',
    'models/base/config.json',
    'models/base/model-00001-of-00002.safetensors',
    'models/base/tokenizer.model',
    'models/base/tokenizer.json',
    'models/llama3/tokenizer.json',
    'adapters/one/adapter_config.json',
    'adapters/one/adapter_model.safetensors',
    'app/config.json',
    'runs/a/run.json',
    'runs/a/checkpoints/step-5/config.json',
    'runs/a/checkpoints/step-5/model.safetensors',
    'runs/a/final/config.json',
    'runs/a/final/model.safetensors',
    'evaluations/e/results.json',
    'evaluations/e/results_2024-01-01.json',
    'evaluations/e/my-results.json',
    'evaluations/tasks/mine.task.json',
    'preference/one/prefer.json',
    '1/2/3/4/5/6/deep.model',
    '1/2/3/4/5/6/7/too-deep.model',
  ])
    put(name);
  symlinkSync(folder, at('loop'));
  symlinkSync(at('z.model'), at('tokenizers/link.model'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('scanWorkspace', () => {
  it('finds what the trees show, the shallowest first, and ends in a loop of links', async () => {
    expect(await scanWorkspace([folder])).toEqual({
      tokenizers: [
        'z.model',
        'tokenizers/a.model',
        'tokenizers/b.model',
        'tokenizers/link.model',
        'models/base/tokenizer.model',
        'models/llama3/tokenizer.json',
        '1/2/3/4/5/6/deep.model',
      ].map((name) => at(name)),
      models: [at('models/base'), at('runs/a/final')],
      adapters: [at('adapters/one')],
      runs: [at('runs/a')],
      evaluations: [at('evaluations/e/results.json'), at('evaluations/e/results_2024-01-01.json')],
      tasks: [at('evaluations/tasks/mine.task.json')],
      preferences: [at('preference/one')],
      truncated: true, // the seventh folder
    });
  });

  it('stays within its bounds and says so', async () => {
    const { truncated, tokenizers } = await scanWorkspace([folder], undefined, { ...defaultLimits, directories: 1 });
    expect([truncated, tokenizers]).toEqual([true, [at('z.model')]]);
    expect((await scanWorkspace([at('tokenizers')])).truncated).toBe(false);
    expect((await scanWorkspace([at('nowhere')])).tokenizers).toEqual([]);
  });

  it('can be stopped', async () => {
    await expect(scanWorkspace([folder], AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });
});

describe('firstTokenizer', () => {
  it('prefers this folder, a path with tokenizers/ in it, the shallowest, the first by name', () => {
    const first = (...files: string[]) => firstTokenizer('/w', files);
    expect(first('/w/z.model', '/w/x/tokenizers/b.model', '/w/x/tokenizers/a.model')).toBe('/w/x/tokenizers/a.model');
    expect(first('/w/a/b/c.model', '/w/a/z.model')).toBe('/w/a/z.model');
    expect(first('/v/tokenizers/a.model', '/w/deep/down/b.model')).toBe('/w/deep/down/b.model');
    expect(first('/v/a.model')).toBe('/v/a.model');
    expect(first()).toBeUndefined();
  });
});
