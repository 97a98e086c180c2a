/**
 * 'Merge Adapter…': a whole model out of an adapter and the model below it.
 * `bllossom.mergeAdapter({adapter, model?, out?})` asks nothing where the adapter names its model, and returns the engine's report.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { count, short } from './figures.ts';
import type { MergedAdapter } from '../../server/src/protocol.ts';
import type { ModelsFeature } from './models.ts';
import { optionsOf, textOption } from './options.ts';
import { absolute, askForNewFolder, freshName, pathOf, readable } from './paths.ts';
import { fill } from './plural.ts';
import { engineCommand } from './progress.ts';
import type { Workbench } from './workbench.ts';

export function registerMergeAdapter({ extension, server, messages }: Workbench, models: ModelsFeature): void {
  const merge = async (argument?: unknown): Promise<MergedAdapter | undefined> => {
    try {
      const options = optionsOf(argument, 'adapter');
      const given = (name: string) => pathOf(textOption(options, name));
      const whole = given('adapter') !== undefined;
      const named = given('adapter') ?? pathOf(argument);
      const chosen =
        named === undefined
          ? await models.pick(vscode.l10n.t('Merge Adapter (1/2): the adapter'), { only: 'adapter' })
          : await models.resolve(named);
      const model = given('model') ?? chosen?.model;
      const adapter = named ?? chosen?.adapter;
      if (model === undefined || adapter === undefined) return undefined;
      // A run leaves its adapter in `final`, which says nothing by itself.
      const proposed = `models/${path.basename(adapter.replace(/[\\/]final$/, ''))}-merged`;
      const out =
        given('out') ??
        (whole
          ? absolute(await freshName(proposed))
          : await askForNewFolder(vscode.l10n.t('Merge Adapter (2/2): where to write the whole model'), proposed));
      if (out === undefined) return undefined;
      const args = ['merge-adapter', '--model', model, '--adapter', adapter, '--out', out];
      const merged = (await engineCommand(server, vscode.l10n.t('Merging the adapter'), args)) as MergedAdapter;
      const text = fill(
        vscode.l10n.t('Merged the adapters of {0} {0|layer|layers}: {1}, {2} bytes.'),
        count(merged.layers),
        readable(out),
        short(merged.bytes),
      );
      void messages.info(text, [
        {
          label: vscode.l10n.t('Show in Explorer'),
          run: () => vscode.commands.executeCommand('bllossom.reveal', out),
        },
      ]);
      return merged;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };
  extension.subscriptions.push(vscode.commands.registerCommand('bllossom.mergeAdapter', merge));
}
