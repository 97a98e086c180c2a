/**
 * 'Merge Vocabularies…': base, addition, recipe, folder; then the report with what the open file costs before and after.
 * `bllossom.mergeVocabularies({base, add, recipe?, out?})` asks nothing, and returns the engine's report.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { count, percent } from './figures.ts';
import { optionsOf, textOption } from './options.ts';
import { absolute, askForNewFolder, freshName, pathOf, readable } from './paths.ts';
import { engineCommand } from './progress.ts';
import type { Report } from './report.ts';
import type { ReportsFeature } from './reports.ts';
import type { TokenCountsFeature } from './tokenCounts.ts';
import type { TokenizersFeature } from './tokenizers.ts';
import { shortName } from './tokenizers.ts';
import type { Workbench } from './workbench.ts';

/** What the engine answers to `vocab merge --json`. */
interface MergeReport {
  readonly recipe: string;
  readonly base: number;
  readonly added: number;
  readonly shared: number;
  readonly union: number;
  readonly reachable: number;
  readonly unreachable: readonly string[];
  readonly files: { readonly base: string; readonly add: string; readonly tokenizer: string; readonly text?: string };
  readonly text?: { readonly tokensBefore: number; readonly tokensAfter: number; readonly percent: number };
}

interface Answers {
  readonly base: string;
  readonly add: string;
  readonly recipe: string;
  readonly out: string;
}

interface Features {
  readonly tokenCounts: TokenCountsFeature;
  readonly tokenizers: TokenizersFeature;
  readonly reports: ReportsFeature;
}

export function registerMergeVocabularies(workbench: Workbench, features: Features): void {
  const { extension, server, messages } = workbench;
  const { tokenCounts, tokenizers, reports } = features;

  const merge = async (argument?: unknown): Promise<MergeReport | undefined> => {
    try {
      const answers = await ask(tokenizers, argument);
      if (answers === undefined) return undefined;
      const { base, add, recipe, out } = answers;
      const text = tokenCounts.document()?.uri;
      const report = (await engineCommand(server, vscode.l10n.t('Merging vocabularies'), [
        ...['vocab', 'merge', '--base', base, '--add', add, '--recipe', recipe, '--out', out],
        ...(text?.scheme === 'file' ? ['--text', text.fsPath] : []),
      ])) as MergeReport;
      reports.show('merge', toReport(report), (action) => {
        const tokenizer = report.files.tokenizer;
        if (action === 'use') return tokenizers.use(tokenizer);
        if (action === 'expand') return vscode.commands.executeCommand('bllossom.expandModel', { tokenizer });
        return vscode.env.clipboard.writeText(report.unreachable.join('\n'));
      });
      return report;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };
  extension.subscriptions.push(vscode.commands.registerCommand('bllossom.mergeVocabularies', merge));
}

async function ask(tokenizers: TokenizersFeature, argument: unknown): Promise<Answers | undefined> {
  const options = optionsOf(argument, 'base');
  const given = (name: string) => pathOf(textOption(options, name));
  const whole = given('base') !== undefined && given('add') !== undefined;
  const fromTree = 'base' in options ? undefined : pathOf(argument);

  const base =
    given('base') ??
    fromTree ??
    (await tokenizers.pick(vscode.l10n.t('Merge Vocabularies (1/4): the base, which keeps its ids')));
  if (base === undefined) return undefined;
  const add =
    given('add') ??
    (await tokenizers.pick(vscode.l10n.t('Merge Vocabularies (2/4): the addition to {0}', shortName(base)), {
      except: base,
    }));
  if (add === undefined) return undefined;
  const recipe = textOption(options, 'recipe') ?? (whole ? 'ranked' : await askRecipe());
  if (recipe === undefined) return undefined;
  const proposed = 'tokenizers/merged';
  const out =
    given('out') ??
    (whole
      ? absolute(await freshName(proposed))
      : await askForNewFolder(vscode.l10n.t('Merge Vocabularies (4/4): where to write it'), proposed));
  return out === undefined ? undefined : { base, add, recipe, out };
}

async function askRecipe(): Promise<string | undefined> {
  const items = [
    {
      label: 'ranked',
      description: vscode.l10n.t('recommended'),
      detail: vscode.l10n.t('Old texts keep their tokens, ids agree everywhere; about 1 % more tokens than append'),
    },
    {
      label: 'append',
      description: vscode.l10n.t('as published (Chinese-LLaMA-Alpaca)'),
      detail: vscode.l10n.t('Slightly fewer tokens; old texts change (7 % of English lines), SentencePiece only'),
    },
  ];
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Merge Vocabularies (3/4): the recipe') }))
    ?.label;
}

function toReport(report: MergeReport): Report {
  const { base, added, shared, union, reachable, unreachable, files, text, recipe } = report;
  const lead =
    text === undefined
      ? vscode.l10n.t('{0} pieces: {1} of the base and {2} new.', count(union), count(base), count(added))
      : vscode.l10n.t(
          '{0} costs {1} instead of {2} tokens: {3} fewer.',
          path.basename(files.text ?? ''),
          count(text.tokensAfter),
          count(text.tokensBefore),
          percent(1 - text.tokensAfter / text.tokensBefore),
        );
  const counts = [
    [vscode.l10n.t('Base'), count(base), readable(files.base)],
    [vscode.l10n.t('Added'), count(added), readable(files.add)],
    [vscode.l10n.t('Shared: in both already'), count(shared), ''],
    [vscode.l10n.t('Union'), count(union), readable(files.tokenizer)],
    [vscode.l10n.t('New pieces that texts reach'), count(reachable), ''],
    [vscode.l10n.t('New pieces that no text reaches'), count(unreachable.length), ''],
  ];
  return {
    title: vscode.l10n.t('Merged Vocabulary'),
    paragraphs: [
      lead,
      vscode.l10n.t('Recipe: {0}. Written to {1}.', recipe, readable(path.dirname(files.tokenizer))),
      ...(unreachable.length === 0
        ? []
        : [
            vscode.l10n.t(
              'The embedding rows of pieces that no text reaches never train. They keep their ids, so that the vocabulary has its published size.',
            ),
          ]),
    ],
    tables: [
      { caption: vscode.l10n.t('Pieces'), columns: ['', vscode.l10n.t('Count'), vscode.l10n.t('File')], rows: counts },
      ...(text === undefined
        ? []
        : [
            {
              caption: vscode.l10n.t('Tokens of {0}', readable(files.text ?? '')),
              columns: ['', vscode.l10n.t('Tokens'), vscode.l10n.t('Change')],
              rows: [
                [vscode.l10n.t('Base'), count(text.tokensBefore), ''],
                [vscode.l10n.t('Merged'), count(text.tokensAfter), change(text.tokensBefore, text.tokensAfter)],
              ],
            },
          ]),
      ...(unreachable.length === 0
        ? []
        : [
            {
              caption: vscode.l10n.t('New pieces that no text reaches'),
              columns: [vscode.l10n.t('Pieces')],
              rows: [[unreachable.slice(0, 60).join('  ') + (unreachable.length > 60 ? ' …' : '')]],
            },
          ]),
    ],
    actions: [
      { id: 'use', label: vscode.l10n.t('Use It for This Workspace') },
      { id: 'expand', label: vscode.l10n.t('Expand a Model…') },
      ...(unreachable.length === 0
        ? []
        : [{ id: 'copyUnreachable', label: vscode.l10n.t('Copy the Unreached Pieces') }]),
    ],
  };
}

const change = (before: number, after: number): string =>
  `${after <= before ? '−' : '+'}${percent(Math.abs(before - after) / before)}`;
