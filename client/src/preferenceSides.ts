/** What 'Compare Two Models by Preference…' asks for: prompts, two sides, how many, where to. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { MakePreference, PreferenceSide } from '../../server/src/protocol.ts';
import { modelName } from './conversation.ts';
import { finalOf, isRun } from './evaluate.ts';
import type { ChosenModel, ModelsFeature } from './models.ts';
import { numberOption, optionsOf, textOption } from './options.ts';
import { absolute, askForFile, askForFolder, askForNewFolder, freshName, pathOf, readable } from './paths.ts';

export type Asked = Omit<MakePreference.Params, 'workDoneToken'>;

const promptsKey = 'bllossom.preferencePrompts';

/** `{prompts, a, b, limit?, maxTokens?, seed?, out?}` asks nothing; a tree's model or run is side A; anything else asks for all. */
export async function askForComparison(
  extension: vscode.ExtensionContext,
  models: ModelsFeature,
  argument: unknown,
): Promise<Asked | undefined> {
  const options = optionsOf(argument, 'prompts');
  if ('prompts' in options) return given(options);
  const known = await knownSide(models, argument);
  const prompts = await askPrompts(extension);
  if (prompts === undefined) return undefined;
  const a = known ?? (await askSide(models, vscode.l10n.t('Compare by Preference (2/5): side A')));
  if (a === undefined) return undefined;
  const b = await askSide(models, vscode.l10n.t('Compare by Preference (3/5): side B, beside {0}', nameOf(a)));
  if (b === undefined) return undefined;
  const limit = await askLimit();
  if (limit === null) return undefined;
  const names = distinct(nameOf(a), nameOf(b));
  const folder = `preference/${fileName(names[0])}-${fileName(names[1])}`;
  const out = await askForNewFolder(vscode.l10n.t('Compare by Preference (5/5): the folder to keep it in'), folder);
  if (out === undefined) return undefined;
  return {
    prompts,
    a: { ...a, name: names[0] },
    b: { ...b, name: names[1] },
    out,
    ...(limit === undefined ? {} : { limit }),
  };
}

async function given(options: Readonly<Record<string, unknown>>): Promise<Asked | undefined> {
  const prompts = pathOf(textOption(options, 'prompts'));
  const [a, b] = [sideOf(options['a']), sideOf(options['b'])];
  if (prompts === undefined || a === undefined || b === undefined)
    throw new Error(
      vscode.l10n.t('A comparison needs prompts and the sides a and b: a folder of a model, or a file of answers.'),
    );
  const numbers = (['limit', 'maxTokens', 'seed'] as const).map((name) => [name, numberOption(options, name)] as const);
  const names = distinct(nameOf(a), nameOf(b));
  return {
    prompts,
    a: { ...a, name: names[0] },
    b: { ...b, name: names[1] },
    out:
      pathOf(textOption(options, 'out')) ??
      absolute(await freshName(`preference/${fileName(names[0])}-${fileName(names[1])}`)),
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
  };
}

/** `{model, adapter?, name?}` or `{answers, name?}`, or the path of either. */
function sideOf(value: unknown): PreferenceSide | undefined {
  if (typeof value === 'string')
    return value.endsWith('.jsonl') ? answers(value) : { kind: 'model', model: absolute(value) };
  if (typeof value !== 'object' || value === null) return undefined;
  const options = value as Readonly<Record<string, unknown>>;
  const name = textOption(options, 'name');
  const named = name === undefined ? {} : { name };
  const file = textOption(options, 'answers');
  if (file !== undefined) return { ...answers(file), ...named };
  const model = pathOf(textOption(options, 'model'));
  const adapter = pathOf(textOption(options, 'adapter'));
  return model === undefined
    ? undefined
    : { kind: 'model', model, ...(adapter === undefined ? {} : { adapter }), ...named };
}

const answers = (file: string): PreferenceSide => ({ kind: 'answers', file: absolute(file) });
const asSide = (chosen: ChosenModel): PreferenceSide => ({ kind: 'model', ...chosen });

/** The side that a menu was opened on: a model, or a run's final one. */
async function knownSide(models: ModelsFeature, argument: unknown): Promise<PreferenceSide | undefined> {
  const folder = pathOf(argument);
  if (folder === undefined) return undefined;
  const chosen = await models.resolve(isRun(argument) ? await finalOf(folder) : folder);
  return chosen === undefined ? undefined : asSide(chosen);
}

export function nameOf(side: PreferenceSide): string {
  if (side.name !== undefined) return side.name;
  return side.kind === 'answers' ? path.basename(side.file, path.extname(side.file)) : modelName(side);
}

const distinct = (a: string, b: string): readonly [string, string] => (a === b ? [`${a} (A)`, `${b} (B)`] : [a, b]);
const fileName = (name: string): string =>
  name
    .replaceAll(/\/final\b/g, '')
    .replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');

/** The workspace's files of such a name, but for the copies that comparisons hold. */
async function ownFiles(name: string): Promise<readonly string[]> {
  const [found, made] = await Promise.all(
    [name, 'prefer.json'].map((pattern) => vscode.workspace.findFiles(`**/${pattern}`, '**/node_modules/**', 500)),
  );
  const comparisons = new Set(made?.map(({ fsPath }) => path.dirname(fsPath)));
  return (found ?? [])
    .map(({ fsPath }) => fsPath)
    .filter((file) => !comparisons.has(path.dirname(file)))
    .sort();
}

async function askPrompts(extension: vscode.ExtensionContext): Promise<string | undefined> {
  const title = vscode.l10n.t('Compare by Preference (1/5): the prompts');
  const before = extension.workspaceState.get<string>(promptsKey);
  const originals = await ownFiles('{prompts,*.prompts,*-prompts,prompts-*,prompts.*}.jsonl');
  const files = [...new Set([...(before === undefined ? [] : [before]), ...originals])];
  const items = [
    ...files.map((file) => ({ label: `$(list-ordered) ${readable(file)}`, file })),
    { label: `$(folder-opened) ${vscode.l10n.t('Browse…')}`, file: undefined },
  ];
  const placeHolder = vscode.l10n.t(
    'Lines of JSON with a prompt each: id, prompt, and input and language where there are',
  );
  const item = await vscode.window.showQuickPick(items, { title, placeHolder, ignoreFocusOut: true });
  if (item === undefined) return undefined;
  const file = item.file ?? (await askForFile(title, { JSON: ['jsonl', 'json'] }));
  if (file !== undefined) await extension.workspaceState.update(promptsKey, file);
  return file;
}

async function askSide(models: ModelsFeature, title: string): Promise<PreferenceSide | undefined> {
  const [list, made] = await Promise.all([models.list(), ownFiles('{answers,answers-*,*-answers,answers.*}.jsonl')]);
  const items = [
    ...list
      .filter(({ problem }) => problem === undefined)
      .map((model) => ({
        label: `$(${model.kind === 'adapter' ? 'layers' : 'circuit-board'}) ${model.name}`,
        description: readable(model.path),
        take: async () => models.resolve(model.path),
      })),
    {
      label: `$(folder-opened) ${vscode.l10n.t('The folder of a model or an adapter…')}`,
      description: '',
      take: async () => {
        const folder = await askForFolder(title);
        return folder === undefined ? undefined : models.resolve(folder);
      },
    },
  ].map((item) => ({
    ...item,
    take: async () => {
      const chosen = await item.take();
      return chosen === undefined ? undefined : asSide(chosen);
    },
  }));
  const files = made.map((path) => ({
    label: `$(file) ${readable(path)}`,
    description: '',
    take: () => Promise.resolve(answers(path)),
  }));
  const file = {
    label: `$(folder-opened) ${vscode.l10n.t('A file of answers made elsewhere…')}`,
    description: vscode.l10n.t('lines of JSON with id and text'),
    take: async () => {
      const chosen = await askForFile(title, { JSON: ['jsonl', 'json'] });
      return chosen === undefined ? undefined : answers(chosen);
    },
  };
  const item = await vscode.window.showQuickPick([...items, ...files, file], {
    title,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  return item?.take();
}

/** How many prompts: undefined for all, null where the box is closed. */
async function askLimit(): Promise<number | undefined | null> {
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Compare by Preference (4/5): how many prompts'),
    prompt: vscode.l10n.t('The first of the file. Empty: all of them.'),
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^\s*(|[1-9]\d*)\s*$/.test(value) ? undefined : vscode.l10n.t('A whole number, or nothing.'),
  });
  if (answer === undefined) return null;
  return answer.trim() === '' ? undefined : Number(answer);
}
