/**
 * 'Expand Model…': grows a model's embedding and head to a larger vocabulary.
 * `bllossom.expandModel({model, tokenizer, init?, out?})` asks nothing, and returns the engine's report.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { count } from './figures.ts';
import type { ModelsFeature } from './models.ts';
import { optionsOf, textOption } from './options.ts';
import { absolute, askForNewFolder, freshName, pathOf, readable } from './paths.ts';
import { engineCommand } from './progress.ts';
import type { TokenizersFeature } from './tokenizers.ts';
import { shortName } from './tokenizers.ts';
import type { Workbench } from './workbench.ts';

/** What the engine answers to `vocab expand --json`, as far as it is told here. */
interface ExpandReport {
  readonly oldSize: number;
  readonly newSize: number;
  readonly added: number;
}

export function registerExpandModel(
  workbench: Workbench,
  { tokenizers, models }: { readonly tokenizers: TokenizersFeature; readonly models: ModelsFeature },
): void {
  const { extension, server, messages } = workbench;

  const expand = async (argument?: unknown): Promise<(ExpandReport & { readonly out: string }) | undefined> => {
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
      const proposed = path.join(path.dirname(readable(model)), shortName(tokenizer));
      const out =
        given('out') ??
        (whole
          ? absolute(await freshName(proposed))
          : await askForNewFolder(vscode.l10n.t('Expand Model (4/4): where to write it'), proposed));
      if (out === undefined) return undefined;
      const args = ['vocab', 'expand', '--model', model, '--tokenizer', tokenizer, '--init', init, '--out', out];
      const report = (await engineCommand(server, vscode.l10n.t('Expanding the model'), args)) as ExpandReport;
      void messages.info(
        vscode.l10n.t(
          'Expanded from {0} to {1} pieces: {2}.',
          count(report.oldSize),
          count(report.newSize),
          readable(out),
        ),
        [
          { label: vscode.l10n.t('Copy Path'), run: () => vscode.env.clipboard.writeText(out) },
          {
            label: vscode.l10n.t('Show in Explorer'),
            run: () => vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(out)),
          },
        ],
      );
      return { ...report, out };
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
    { label: 'mean', detail: vscode.l10n.t('A new row starts as the mean of all old rows.') },
    { label: 'random', detail: vscode.l10n.t('A new row starts at random, as wide as the old ones.') },
  ];
  const title = vscode.l10n.t('Expand Model (3/4): how new rows start');
  return (await vscode.window.showQuickPick(items, { title }))?.label;
}
