/** The tree of models, and the choice of the one that answers questions. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ModelInfo } from '../../server/src/protocol.ts';
import { ListModels, WorkspaceChanged } from '../../server/src/protocol.ts';
import { count, short } from './figures.ts';
import { factItem, ListTree, markBroken } from './listTree.ts';
import { askForFolder, pathOf, readable } from './paths.ts';
import { fill } from './plural.ts';
import { problemLine } from './problemLines.ts';
import type { Workbench } from './workbench.ts';

/** A model to compute with: a Hugging Face directory, with an adapter on it or without. */
export interface ChosenModel {
  readonly model: string;
  readonly adapter?: string;
}

export interface ModelsFeature {
  list(): Promise<readonly ModelInfo[]>;
  /** The model that answers questions, as chosen before. */
  chosen(): ChosenModel | undefined;
  /** Asks which model; where `adapters`, adapters are offered too, or these alone. undefined where the user closes the list. */
  pick(
    title: string,
    options?: { readonly adapters?: boolean; readonly only?: 'adapter' },
  ): Promise<ChosenModel | undefined>;
  /** What is known of the model in a folder; undefined for one outside the workspace. */
  about(folder: string): Promise<ModelInfo | undefined>;
  /** The model in a folder; an adapter's with the one below it. */
  resolve(folder: string): Promise<ChosenModel | undefined>;
  /** Chooses the model that answers questions: the argument's, or one the user picks. */
  choose(argument?: unknown): Promise<ChosenModel | undefined>;
  /** Another model answers questions now. */
  readonly onChosen: vscode.Event<void>;
}

const chosenKey = 'bllossom.chosenModel';

export function registerModels(workbench: Workbench): ModelsFeature {
  const { extension, server, messages } = workbench;

  const list = () => server.request(ListModels.type, {});
  const chosenNow = new vscode.EventEmitter<void>();
  const chosen = () => extension.workspaceState.get<ChosenModel>(chosenKey);
  const isChosen = ({ path: directory }: ModelInfo) => {
    const now = chosen();
    return directory === (now?.adapter ?? now?.model);
  };
  const tree = new ListTree<ModelInfo>({
    view: 'bllossom.models',
    fetch: list,
    toItem: (model) => treeItem(model, isChosen(model)),
    children: facts,
    staleOn: [workbench.onStale],
    onFailure: (error) => messages.quietly('listing models', error),
  });

  const withBase = async (info: ModelInfo): Promise<ChosenModel | undefined> => {
    if (info.kind === 'model') return { model: info.path };
    const model =
      (await baseOf(info.path)) ?? (await pick(vscode.l10n.t('The Model Below the Adapter {0}', info.name)))?.model;
    return model === undefined ? undefined : { model, adapter: info.path };
  };

  const pick: ModelsFeature['pick'] = async (title, { adapters = false, only } = {}) => {
    const usable = (await list()).filter(({ kind }) =>
      only === undefined ? adapters || kind === 'model' : kind === only,
    );
    // What runs have made stands first: that is what one wants to ask and to score.
    const models = [...usable.filter(isTrained), ...usable.filter((model) => !isTrained(model))];
    const items = [
      ...models.map((model) => ({
        label: `$(${model.problem === undefined ? iconOf(model, isChosen(model)) : 'warning'}) ${model.name}`,
        description: describe(model),
        detail: model.problem === undefined ? readable(model.path) : problemLine(model.problem),
        model,
      })),
      { label: `$(folder-opened) ${vscode.l10n.t('Browse…')}`, model: undefined },
    ];
    const item = await vscode.window.showQuickPick(items, {
      title,
      placeHolder:
        only === 'adapter'
          ? vscode.l10n.t('A PEFT folder with adapter_config.json and adapter_model.safetensors')
          : vscode.l10n.t('A Hugging Face folder with config.json and *.safetensors'),
      matchOnDetail: true,
    });
    if (item === undefined) return undefined;
    if (item.model !== undefined) return withBase(item.model);
    const folder = await askForFolder(title);
    return folder === undefined ? undefined : resolve(folder);
  };

  const choose: ModelsFeature['choose'] = async (argument) => {
    const choice =
      (await named(argument)) ?? (await pick(vscode.l10n.t('Choose the Model to Ask'), { adapters: true }));
    if (choice === undefined) return undefined;
    await extension.workspaceState.update(chosenKey, choice);
    chosenNow.fire();
    tree.refresh();
    return choice;
  };
  /** What a command's argument names: a choice, a tree's model, a folder. */
  const named = async (argument: unknown): Promise<ChosenModel | undefined> => {
    if (
      typeof argument === 'object' &&
      argument !== null &&
      'model' in argument &&
      typeof argument.model === 'string'
    ) {
      const adapter = pathOf('adapter' in argument ? argument.adapter : undefined);
      return { model: pathOf(argument.model) ?? argument.model, ...(adapter === undefined ? {} : { adapter }) };
    }
    const folder = pathOf(argument);
    return folder === undefined ? undefined : resolve(folder);
  };
  const about: ModelsFeature['about'] = async (folder) => (await list()).find((model) => model.path === folder);
  const resolve: ModelsFeature['resolve'] = async (folder) => {
    const info = await about(folder);
    if (info !== undefined) return withBase(info);
    // One outside the workspace.
    const base = await baseOf(folder);
    return base === undefined ? { model: folder } : { model: base, adapter: folder };
  };

  extension.subscriptions.push(
    tree,
    chosenNow,
    vscode.commands.registerCommand('bllossom.chooseModel', async (argument?: unknown) => {
      try {
        return await choose(argument);
      } catch (error) {
        void messages.failure(error);
        return undefined;
      }
    }),
    server.on(WorkspaceChanged.type, ({ what }) => {
      if (what.includes('models')) tree.refresh();
    }),
  );
  return { list, chosen, pick, about, resolve, choose, onChosen: chosenNow.event };
}

/** The model that PEFT says an adapter belongs to, where that is a folder which is there. */
async function baseOf(adapter: string): Promise<string | undefined> {
  try {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(path.join(adapter, 'adapter_config.json')));
    const json = JSON.parse(new TextDecoder().decode(bytes)) as { readonly base_model_name_or_path?: unknown };
    if (typeof json.base_model_name_or_path !== 'string') return undefined;
    const folder = path.resolve(adapter, json.base_model_name_or_path);
    await vscode.workspace.fs.stat(vscode.Uri.file(path.join(folder, 'config.json')));
    return folder;
  } catch {
    return undefined;
  }
}

/** A run leaves its model in `final`. */
const isTrained = (model: ModelInfo): boolean => path.basename(model.path) === 'final';

const iconOf = ({ kind }: ModelInfo, isChosen: boolean): string =>
  isChosen ? 'pass-filled' : kind === 'adapter' ? 'layers' : 'circuit-board';

const describe = ({ kind, parameters, vocabularySize, base, rank }: ModelInfo): string =>
  [
    ...(kind === 'adapter'
      ? [base === undefined ? vscode.l10n.t('adapter') : vscode.l10n.t('adapter on {0}', readable(base))]
      : []),
    ...(rank === undefined ? [] : [vscode.l10n.t('rank {0}', count(rank))]),
    ...(parameters === undefined ? [] : [vscode.l10n.t('{0} parameters', short(parameters))]),
    ...(vocabularySize === undefined ? [] : [fill(vscode.l10n.t('{0} {0|piece|pieces}'), count(vocabularySize))]),
  ].join(' · ');

function treeItem(model: ModelInfo, isChosen: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(model.name, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = model.path;
  if (model.problem !== undefined) {
    markBroken(item, model.problem);
    return item;
  }
  item.description = [...(isChosen ? [vscode.l10n.t('answers questions')] : []), describe(model)].join(' · ');
  item.tooltip = model.path;
  item.iconPath = new vscode.ThemeIcon(iconOf(model, isChosen));
  item.contextValue = isChosen ? `${model.kind}.chosen` : model.kind;
  return item;
}

function facts(model: ModelInfo): readonly vscode.TreeItem[] {
  const figures: readonly (readonly [string, number | undefined])[] = [
    [vscode.l10n.t('Parameters'), model.parameters],
    [vscode.l10n.t('Vocabulary'), model.vocabularySize],
    [vscode.l10n.t('Layers'), model.layers],
    [vscode.l10n.t('Hidden size'), model.hiddenSize],
    [vscode.l10n.t('Rank'), model.rank],
  ];
  return [
    ...figures.flatMap(([name, value]) => (value === undefined ? [] : [factItem(name, count(value))])),
    ...(model.base === undefined ? [] : [factItem(vscode.l10n.t('Base model'), readable(model.base))]),
    factItem(vscode.l10n.t('Folder'), readable(model.path)),
  ];
}
