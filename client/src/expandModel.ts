/**
 * 'Expand Model…': grows a model's embedding and head to a larger vocabulary.
 * `bllossom.expandModel({model, tokenizer, init?, parallel?, out?})` asks nothing, and returns the engine's report.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { type ExpandReport, expandReport } from './expandReport.ts';
import type { ModelsFeature } from './models.ts';
import { optionsOf, textOption } from './options.ts';
import { absolute, askForNewFolder, freshName, pathOf, readable, reveal } from './paths.ts';
import { engineCommand } from './progress.ts';
import type { ReportsFeature } from './reports.ts';
import type { TokenizersFeature } from './tokenizers.ts';
import { shortName } from './tokenizers.ts';
import type { Workbench } from './workbench.ts';

export function registerExpandModel(
  workbench: Workbench,
  features: {
    readonly tokenizers: TokenizersFeature;
    readonly models: ModelsFeature;
    readonly reports: ReportsFeature;
  },
): void {
  const { extension, server, messages } = workbench;
  const { tokenizers, models, reports } = features;

  const expand = async (argument?: unknown): Promise<ExpandReport | undefined> => {
    try {
      const options = { ...optionsOf(argument, 'model'), ...optionsOf(argument, 'tokenizer') };
      const given = (name: string) => pathOf(textOption(options, name));
      const whole = given('model') !== undefined && given('tokenizer') !== undefined;
      const fromTree = Object.keys(options).length > 0 ? undefined : pathOf(argument);
      const model =
        given('model') ?? fromTree ?? (await models.pick(vscode.l10n.t('Expand Model (1/4): the model')))?.model;
      if (model === undefined) return undefined;
      const tokenizer =
        given('tokenizer') ??
        (await tokenizers.pick(
          vscode.l10n.t('Expand Model (2/4): the larger vocabulary, which begins with the model’s own'),
          { largerThan: (await models.about(model))?.vocabularySize ?? 0 },
        ));
      if (tokenizer === undefined) return undefined;
      const init = textOption(options, 'init') ?? (whole ? 'subpieces' : await askInit());
      if (init === undefined) return undefined;
      const parallel = init === 'aligned' ? await parallelTexts(options['parallel'], whole) : [];
      if (parallel === undefined) return undefined;
      const proposed = path.join(path.dirname(readable(model)), shortName(tokenizer));
      const out =
        given('out') ??
        (whole
          ? absolute(await freshName(proposed))
          : await askForNewFolder(vscode.l10n.t('Expand Model (4/4): where to write it'), proposed));
      if (out === undefined) return undefined;
      const args = [
        ...['vocab', 'expand', '--model', model, '--tokenizer', tokenizer, '--init', init, '--out', out],
        ...parallel.flatMap((file) => ['--parallel', file]),
      ];
      const report = (await engineCommand(server, vscode.l10n.t('Expanding the model'), args)) as ExpandReport;
      reports.show('expand', expandReport(report), (action) =>
        action === 'reveal' ? reveal(out) : vscode.env.clipboard.writeText(out),
      );
      return report;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };
  extension.subscriptions.push(vscode.commands.registerCommand('bllossom.expandModel', expand));
}

async function askInit(): Promise<string | undefined> {
  const items = [
    {
      label: 'subpieces',
      description: vscode.l10n.t('recommended'),
      detail: vscode.l10n.t('A new row starts as the mean of the rows that spelt its text before.'),
    },
    {
      label: 'aligned',
      detail: vscode.l10n.t(
        'A new row starts at what its piece translates to, learnt from aligned texts; learns faster where the model knows their field.',
      ),
    },
    { label: 'mean', detail: vscode.l10n.t('A new row starts as the mean of all old rows.') },
    { label: 'random', detail: vscode.l10n.t('A new row starts at random, as wide as the old ones.') },
  ];
  const title = vscode.l10n.t('Expand Model (3/4): how new rows start');
  return (await vscode.window.showQuickPick(items, { title }))?.label;
}

/** The aligned texts: those given, or one of the workspace's JSON lines files, or files from a dialog. */
async function parallelTexts(given: unknown, whole: boolean): Promise<readonly string[] | undefined> {
  const files = (Array.isArray(given) ? given : [given]).map(pathOf).filter((file) => file !== undefined);
  // With nothing given and nothing to be asked the engine says what is missing.
  if (files.length > 0 || whole) return files;
  const found = await vscode.workspace.findFiles('**/*.jsonl', '**/{node_modules,runs}/**', 50);
  const browse = vscode.l10n.t('Browse…');
  const title = vscode.l10n.t('Expand Model: the aligned texts');
  const items = [
    ...found.map(({ fsPath }) => ({ label: path.basename(fsPath), description: readable(fsPath), file: fsPath })),
    {
      label: browse,
      detail: vscode.l10n.t('JSON lines with a field for each language, or two text files that go line by line'),
      file: undefined,
    },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  if (chosen?.file !== undefined) return [chosen.file];
  if (chosen === undefined) return undefined;
  const dialog = await vscode.window.showOpenDialog({ title, canSelectMany: true });
  return dialog?.map(({ fsPath }) => fsPath);
}
