/** Reasons for a figure to differ: none where nothing differs, and each where its condition does. */
import { describe, expect, it } from 'vitest';
import { explain } from './explain.ts';
import { published } from './published.ts';
import { tasks } from './tasks.ts';

const column = (task: string) => published.columns.find((one) => one.task === task)!;
const { definitionHash } = tasks.find(({ name }) => name === 'klue_nli')!;

/** Results as this engine writes them, under the published conditions. */
const same = {
  results: { klue_nli: { acc: 0.5, macro_f1: 0.4, n: 3000 } },
  intervals: { klue_nli: { acc: [0.48, 0.52] } },
  versions: { klue_nli: 1 },
  'n-shot': { klue_nli: 0 },
  'n-samples': { klue_nli: { original: 3000, effective: 3000 } },
  configs: { klue_nli: { split: 'dev', num_fewshot: 0, truncated: 0, bos: false, task_sha256: definitionHash } },
  config: { model: 'bllossom', model_args: 'pretrained=/m' },
};
const kinds = (report: unknown, task = 'klue_nli', value?: number) =>
  explain(report, column(task), value).map(({ kind, certain, here, there }) => [kind, certain, here, there]);
const changed = (name: keyof typeof same, value: object) => ({ ...same, [name]: { klue_nli: value } });

describe('explain', () => {
  it('finds no reason where all is as it was', () => {
    expect(kinds(same)).toEqual([]);
    expect(kinds(same, 'klue_nli', 60)).toEqual([]);
  });
  const config = same.configs.klue_nli;
  it.each<[string, unknown, unknown[]]>([
    ['another metric', changed('results', { macro_f1: 0.4 }), ['metric', true, undefined, 'acc']],
    ['another split', changed('configs', { ...config, split: 'test' }), ['split', true, 'test', 'dev']],
    ['examples', { ...same, 'n-shot': { klue_nli: 5 } }, ['shots', true, 5, 0]],
    ['a limit', changed('n-samples', { original: 3000, effective: 30 }), ['limit', true, 30, 3000]],
    ['other rows', changed('n-samples', { original: 18, effective: 18 }), ['rows', true, 18, 3000]],
    ['prompts that were cut', changed('configs', { ...config, truncated: 7 }), ['truncated', true, 7, 0]],
    ['BOS', changed('configs', { ...config, bos: true }), ['bos', true, undefined, undefined]],
    ['a template', { ...same, chat_template: '{{ messages }}' }, ['template', true, undefined, undefined]],
    ['another version', { ...same, versions: { klue_nli: 3 } }, ['version', true, 3, 1]],
    ['another definition', changed('configs', { ...config, task_sha256: '0' }), ['prompt', true, undefined, undefined]],
  ])('tells of %s', (_, report, reason) => {
    expect(kinds(report)).toEqual([reason]);
  });
  it('tells where a head may mean another metric, and where the difference may be chance, after what is certain', () => {
    const ynat = JSON.parse(JSON.stringify(same).replaceAll('klue_nli', 'klue_ynat')) as typeof same;
    expect(kinds(ynat, 'klue_ynat', 51.5).map(([kind]) => kind)).toEqual(['rows', 'prompt', 'metric', 'chance']);
    expect(explain(ynat, column('klue_ynat'), 51.5).at(-1)!.text).toBe(
      "the published 51.5 lies within the 95 % interval of one's own, 48.0 to 52.0: with so few rows it may be chance",
    );
  });
  it('reads the harness’s own results', () => {
    const harness = {
      results: { kobest_copa: { alias: 'kobest_copa', 'acc,none': 0.8, 'f1,none': 0.8 } },
      'n-shot': { kobest_copa: 5 },
      'n-samples': { kobest_copa: { original: 1000, effective: 1000 } },
      configs: { kobest_copa: { test_split: 'test', num_fewshot: 5 } },
      config: { model: 'hf', model_args: { pretrained: 'm', add_bos_token: true } },
      chat_template: null,
    };
    expect(kinds(harness, 'kobest_copa').map(([kind]) => kind)).toEqual(['metric', 'shots', 'bos', 'harness']);
    expect(kinds({}, 'kobest_copa').map(([kind]) => kind)).toEqual(['metric', 'split', 'harness']);
    expect(kinds(null, 'kobest_copa').map(([kind]) => kind)).toEqual(['metric', 'split', 'harness']);
  });
});
