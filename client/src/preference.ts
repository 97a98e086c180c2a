/**
 * 'Compare Two Models by Preference…': makes both sides' answers, lists the comparisons of the workspace, and leads to blind verdicts,
 * judges and the result. `bllossom.comparePreference({prompts, a, b, limit?, maxTokens?, seed?, out?})` asks nothing; a side is
 * `{model, adapter?, name?}` or `{answers, name?}`.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { PreferenceInfo } from '../../server/src/protocol.ts';
import { ListPreferences, MakePreference, ResumePreference, WorkspaceChanged } from '../../server/src/protocol.ts';
import { watchAttention } from './attention.ts';
import { count } from './figures.ts';
import { factItem, ListTree, markBroken } from './listTree.ts';
import type { ModelsFeature } from './models.ts';
import { optionsOf } from './options.ts';
import { pathOf, readable } from './paths.ts';
import { registerAnnotate } from './preferenceAnnotate.ts';
import { registerPreferenceJudge } from './preferenceJudge.ts';
import { registerPreferenceResult } from './preferenceResult.ts';
import { askForComparison } from './preferenceSides.ts';
import { withProgress } from './progress.ts';
import type { AnnotateState } from './webview/_annotateProtocol.ts';
import type { PreferenceState } from './webview/_preferenceProtocol.ts';
import type { Workbench } from './workbench.ts';

export interface PreferenceFeature {
  /** What the open pages of a comparison show. */
  annotation(directory: string): AnnotateState | undefined;
  result(directory: string): PreferenceState | undefined;
}

export function registerPreference(workbench: Workbench, models: ModelsFeature): PreferenceFeature {
  const { extension, server, messages } = workbench;

  const tree = new ListTree<PreferenceInfo>({
    view: 'bllossom.preferences',
    fetch: () => server.request(ListPreferences.type, {}),
    toItem: treeItem,
    children: facts,
    staleOn: [workbench.onStale],
    onFailure: (error) => messages.quietly('listing comparisons', error),
  });

  const choose = async (
    argument: unknown,
    title: string,
    only: (info: PreferenceInfo) => boolean = () => true,
  ): Promise<string | undefined> => {
    const named = pathOf(argument);
    if (named !== undefined) return named;
    const all = await server.request(ListPreferences.type, {});
    const list = all.filter(only);
    if (all.length > 0 && list.length === 0) {
      void messages.info(nothingToMake());
      return undefined;
    }
    if (list.length === 0) {
      void messages.info(vscode.l10n.t('There is no comparison by preference in this workspace yet.'), [
        {
          label: vscode.l10n.t('Compare Two Models…'),
          run: () => vscode.commands.executeCommand('bllossom.comparePreference'),
        },
      ]);
      return undefined;
    }
    const items = list.map((info) => ({
      label: info.name,
      description: sidesLine(info),
      detail: readable(info.directory),
      directory: info.directory,
    }));
    return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.directory;
  };

  const result = registerPreferenceResult(workbench, { choose, blind: (directory) => annotate.blind(directory) });
  const changed = (directory: string) => {
    result.changed(directory);
    tree.refresh();
  };
  const annotate = registerAnnotate(workbench, {
    choose,
    showResult: (d) => result.show(d),
    onVerdict: changed,
    onPage: (d) => result.changed(d),
  });
  registerPreferenceJudge(workbench, { models, choose, onVerdicts: changed, showResult: (d) => result.show(d) });

  const make = async (
    title: string,
    directory: string,
    work: (token: vscode.CancellationToken, workDoneToken: string) => Promise<PreferenceInfo>,
    scripted: boolean,
  ): Promise<PreferenceInfo> => {
    const attention = watchAttention();
    try {
      const info = await withProgress(server, title, work);
      const show = () => result.show(info.directory);
      if (scripted || attention.stays()) show();
      else
        void messages.info(vscode.l10n.t('The answers of {0} are made.', info.name), [
          { label: vscode.l10n.t('Show Preference Result'), run: show },
        ]);
      return info;
    } finally {
      attention.dispose();
      // What a stopped one has made is there too.
      changed(directory);
    }
  };

  const compare = async (argument?: unknown): Promise<PreferenceInfo | undefined> => {
    try {
      const params = await askForComparison(extension, models, argument);
      if (params === undefined) return undefined;
      const title = vscode.l10n.t('Answers of {0} and {1}', params.a.name ?? 'A', params.b.name ?? 'B');
      return await make(
        title,
        params.out,
        (token, workDoneToken) => server.request(MakePreference.type, { ...params, workDoneToken }, token),
        'prompts' in optionsOf(argument, 'prompts'),
      );
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  const resume = async (argument?: unknown): Promise<PreferenceInfo | undefined> => {
    try {
      const directory = await choose(argument, vscode.l10n.t('Go On Making Answers'), isMakeable);
      if (directory === undefined) return undefined;
      const list = await server.request(ListPreferences.type, {});
      const known = list.find((info) => info.directory === directory);
      if (known !== undefined && known.problem === undefined && !isMakeable(known)) {
        void messages.info(nothingToMake());
        return known;
      }
      const title = vscode.l10n.t('Answers for {0}', path.basename(directory));
      return await make(
        title,
        directory,
        (token, workDoneToken) => server.request(ResumePreference.type, { directory, workDoneToken }, token),
        false,
      );
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  extension.subscriptions.push(
    tree,
    vscode.commands.registerCommand('bllossom.comparePreference', compare),
    vscode.commands.registerCommand('bllossom.comparePreferenceWith', compare),
    vscode.commands.registerCommand('bllossom.resumePreference', resume),
    server.on(WorkspaceChanged.type, ({ what }) => {
      if (!what.includes('evaluations')) return;
      tree.refresh();
      result.changed();
    }),
  );
  return { annotation: (directory) => annotate.state(directory), result: (directory) => result.state(directory) };
}

const sidesLine = ({ a, b }: PreferenceInfo): string => vscode.l10n.t('{0} against {1}', a, b);

const isMakeable = ({ makeable }: PreferenceInfo): boolean => makeable > 0;

const nothingToMake = (): string =>
  vscode.l10n.t('There is no answer to make: what a file of answers lacks comes from where the file was made.');

function treeItem(info: PreferenceInfo): vscode.TreeItem {
  const item = new vscode.TreeItem(info.name, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = info.directory;
  if (info.problem !== undefined) {
    markBroken(item, info.problem);
    return item;
  }
  item.description = sidesLine(info);
  item.tooltip = `${sidesLine(info)}\n${info.directory}`;
  item.iconPath = new vscode.ThemeIcon('law');
  item.contextValue = isMakeable(info) ? 'preference partial' : 'preference whole';
  return item;
}

function facts(info: PreferenceInfo): readonly vscode.TreeItem[] {
  const { prompts, answered, raters } = info;
  const part = (n: number) => `${count(n)} / ${count(prompts)}`;
  return [
    factItem('A', `${info.a} · ${vscode.l10n.t('{0} answers', part(answered.a))}`),
    factItem('B', `${info.b} · ${vscode.l10n.t('{0} answers', part(answered.b))}`),
    ...raters.map(({ kind, name, verdicts }) =>
      factItem(
        kind === 'person' ? vscode.l10n.t('Person {0}', name) : vscode.l10n.t('Judge {0}', name),
        vscode.l10n.t('{0} verdicts', part(verdicts)),
      ),
    ),
    factItem(vscode.l10n.t('Folder'), readable(info.directory)),
  ];
}
