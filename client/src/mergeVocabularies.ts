/**
 * 'Merge Vocabularies…': base, addition, recipe, folder; then the report with what the open file costs before and after.
 * `bllossom.mergeVocabularies({base, add, recipe?, out?})` asks nothing, and returns the engine's report. 'Open Merge Report'
 * shows the report of an earlier merge.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { mergeReportPage } from './mergeReport.ts';
import type { MergeReportFile as MergeReport } from '../../server/src/protocol.ts';
import { isMergeReport } from './mergeReportFile.ts';
import { optionsOf, textOption } from './options.ts';
import { absolute, askForFile, askForNewFolder, freshName, pathOf, readable } from './paths.ts';
import { engineCommand } from './progress.ts';
import type { ReportsFeature } from './reports.ts';
import type { TokenCountsFeature } from './tokenCounts.ts';
import type { TokenizersFeature } from './tokenizers.ts';
import { shortName } from './tokenizers.ts';
import type { Workbench } from './workbench.ts';

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

  /** `tokenizer`: where the merged one lies now, with its report beside. */
  const show = (report: MergeReport, tokenizer: string) => {
    reports.show('merge', mergeReportPage(report), (action) => {
      if (action === 'use') return tokenizers.use(tokenizer);
      if (action === 'expand') return vscode.commands.executeCommand('bllossom.expandModel', { tokenizer });
      if (action === 'openJson') return vscode.window.showTextDocument(vscode.Uri.file(reportBeside(tokenizer)));
      return vscode.env.clipboard.writeText(report.unreachable.join('\n'));
    });
  };

  const open = async (argument?: unknown): Promise<MergeReport | undefined> => {
    try {
      const given = pathOf(argument) ?? openReport() ?? (await askForReport());
      if (given === undefined) return undefined;
      const file = path.basename(given) === reportName ? given : reportBeside(given);
      const report = await readReport(file);
      show(report, path.join(path.dirname(file), path.basename(report.files.tokenizer)));
      return report;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

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
      show(report, report.files.tokenizer);
      return report;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };
  extension.subscriptions.push(
    vscode.commands.registerCommand('bllossom.mergeVocabularies', merge),
    vscode.commands.registerCommand('bllossom.openMergeReport', open),
  );
}

const reportName = 'merge-report.json';
/** Where the report of a merged tokenizer (its file or its directory) lies. */
const reportBeside = (tokenizer: string): string =>
  path.join(path.extname(tokenizer) === '' ? tokenizer : path.dirname(tokenizer), reportName);

/** The report that is open in the editor. */
function openReport(): string | undefined {
  const file = vscode.window.activeTextEditor?.document.uri.fsPath;
  return file !== undefined && path.basename(file) === reportName ? file : undefined;
}

const askForReport = (): Promise<string | undefined> =>
  askForFile(vscode.l10n.t('Open Merge Report'), { [vscode.l10n.t('Merge report')]: ['json'] });

/** Throws, in words for the user, where there is no report or it is not one that can be shown. */
async function readReport(file: string): Promise<MergeReport> {
  let value: unknown;
  try {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(file));
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    const missing = error instanceof vscode.FileSystemError && error.code === 'FileNotFound';
    throw new Error(
      missing
        ? vscode.l10n.t('There is no merge report at {0}. One is written when vocabularies are merged.', readable(file))
        : vscode.l10n.t('{0} cannot be read as JSON.', readable(file)),
      { cause: error },
    );
  }
  if (isMergeReport(value)) return value;
  throw new Error(
    vscode.l10n.t('{0} is not a merge report of this version. Merge the vocabularies again.', readable(file)),
  );
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
  const { t } = vscode.l10n;
  // Figures: KoBERT's vocabulary merged into Llama 2's.
  const items = [
    {
      label: 'ranked',
      description: t('recommended'),
      detail: t('Old texts unchanged, 80 % of new pieces used; SentencePiece, Hugging Face'),
    },
    {
      label: 'closed',
      description: t('fewest tokens'),
      detail: t('As ranked, with all new-language pieces used: 6 % fewer tokens, 4 % more pieces'),
    },
    {
      label: 'greedy',
      description: t('every piece, no more pieces'),
      detail: t('As ranked, with all new-language pieces used: 4 % fewer tokens; SentencePiece only'),
    },
    {
      label: 'append',
      description: t('as published (Chinese-LLaMA-Alpaca)'),
      detail: t('Changes 7 % of English lines; 1 % fewer tokens; SentencePiece, llama.cpp'),
    },
  ];
  return (await vscode.window.showQuickPick(items, { title: t('Merge Vocabularies (3/4): the recipe') }))?.label;
}
