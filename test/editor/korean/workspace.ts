/**
 * An editor whose display language is Korean, on a sample that has something on every page. No language pack can be had
 * without a network, and none is needed: the editor takes what its languagepacks.json names, and one without a single text
 * leaves the workbench in English and extensions in Korean (`--locale ko` chooses it).
 */
import { execFile } from 'node:child_process';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../../../scripts/lib/places.mjs';
import { startWorkbench, type Workbench } from '../harness.ts';

export const startKorean = (ready: { readonly vsix: string; readonly sample: string }): Promise<Workbench> =>
  startWorkbench({
    ...ready,
    more: ['--locale', 'ko'],
    settings: { 'window.autoDetectColorScheme': true },
    prepare: async (temporary) => {
      await writeLanguagePack(temporary);
      await fillWorkspace(path.join(temporary, 'work'), path.join(temporary, 'tmp'));
    },
  });

/** What the editor would write after installing a language pack: the pack's one file holds no text. */
async function writeLanguagePack(temporary: string): Promise<void> {
  const translations = path.join(temporary, 'ko.i18n.json');
  await writeFile(translations, JSON.stringify({ version: '1.0.0', contents: {} }));
  const pack = {
    hash: 'tests',
    label: '한국어',
    extensions: [{ extensionIdentifier: { id: 'tests.language-pack-ko' }, version: '0.0.0' }],
    translations: { vscode: translations },
  };
  await mkdir(path.join(temporary, 'data'), { recursive: true });
  await writeFile(path.join(temporary, 'data/languagepacks.json'), JSON.stringify({ ko: pack }));
}

/** A run, two evaluations, a comparison with verdicts, a merge: made by the command line as a person would. */
async function fillWorkspace(folder: string, state: string): Promise<void> {
  const bllossom = (...args: string[]) =>
    promisify(execFile)(process.execPath, [bundle, ...args], {
      cwd: folder,
      env: { ...process.env, BLLOSSOM_STATE_DIR: state, BLLOSSOM_CACHE_DIR: state },
    });
  const write = (name: string, content: unknown) =>
    writeFile(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  const spec = (output: string, more: object) => ({
    ...{ kind: 'pretrain', model: 'models/base', output, seed: 1, sequenceLength: 32, batchSize: 2, steps: 8 },
    data: [
      { path: 'texts/en.txt', weight: 0.5, language: 'en' },
      { path: 'texts/ko.txt', weight: 0.5, language: 'ko' },
    ],
    checkpoint: { every: 4, keep: 1 },
    ...more,
  });
  const measured = { every: 4, data: [{ path: 'texts/ko.txt', language: 'ko' }], prompts: ['옛날에'] };
  const evaluation = { ...measured, tasks: ['kobest_copa'], taskData: 'eval', limit: 4 };
  await write('first.run.json', spec('runs/first', { evaluation }));
  await write('second.run.json', spec('runs/second', { optimizer: { learningRate: 1e-3 } }));
  // Faults that the editor tells of while one types.
  await write('faults.run.json', '{ "kind": "pretrain", "model": "models/none", "steps": 0, "color": "red" }\n');
  await write('costly.prompt', 'user:\n\u1112\u1162\u11b7 한\u200b글 \uff21\uff22\n');
  await write(
    'rows.jsonl',
    '{"instruction":"색 하나","output":" "}\n{"instruction":"색 하나","output":" "}\n{"instruc\n',
  );
  await bllossom('train', 'first.run.json');
  await bllossom('train', 'second.run.json');
  for (const [name, model] of [
    ['first', 'runs/first/final'],
    ['second', 'models/base'],
  ] as const) {
    const tasks = ['--tasks', 'kobest_copa,klue_nli', '--data', 'eval', '--limit', '8'];
    await bllossom('eval', '--model', model, ...tasks, '--out', `evaluations/${name}`);
  }
  const recipe = ['--base', 'tokenizers/base.model', '--add', 'tokenizers/korean.model', '--text', 'reading.ko.md'];
  await bllossom('vocab', 'merge', ...recipe, '--out', 'tokenizers/merged');
  const sides = ['--a', 'preference/answers-brief.jsonl', '--b', 'preference/answers-wordy.jsonl'];
  await bllossom(
    'prefer',
    '--prompts',
    'preference/prompts.jsonl',
    ...sides,
    '--limit',
    '4',
    '--out',
    'preference/pairs',
  );
  const at = '2026-01-01T00:00:00.000Z';
  const verdict = (id: string, order: string, choice: string) =>
    `${JSON.stringify({ id, order, verdict: choice, at })}\n`;
  await mkdir(path.join(folder, 'preference/pairs/verdicts'), { recursive: true });
  const verdicts = (rater: string, text: string) =>
    appendFile(path.join(folder, `preference/pairs/verdicts/${rater}.jsonl`), text);
  const ids = ['ko-1', 'ko-2', 'ko-3', 'ko-4'];
  await verdicts('people-hana', ids.map((id, i) => verdict(id, 'ab', i === 2 ? 'tie' : 'a')).join(''));
  await verdicts('people-dul', ids.map((id, i) => verdict(id, 'ba', i === 1 ? 'b' : 'a')).join(''));
  await verdicts(
    'judge-small',
    ids.map((id, i) => verdict(id, 'ab', 'a') + verdict(id, 'ba', i > 1 ? 'b' : 'a')).join(''),
  );
}
