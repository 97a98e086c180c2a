/**
 * 'Train Vocabulary…': texts, kind, size, file; then a report of what the vocabulary covers and costs.
 * `bllossom.trainVocabulary({input: [FILE…], type?, size?, out?})` asks nothing, and returns the engine's report.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { VocabTrainAnswer } from '../../server/src/protocol.ts';
import { count } from './figures.ts';
import { numberOption, optionsOf, textOption } from './options.ts';
import { absolute, exists, pathOf, readable, workspaceFolder } from './paths.ts';
import { engineCommand } from './progress.ts';
import type { ReportsFeature } from './reports.ts';
import type { TokenizersFeature } from './tokenizers.ts';
import { trainVocabularyReport } from './trainVocabularyReport.ts';
import type { Workbench } from './workbench.ts';

interface Answers {
  readonly input: readonly string[];
  readonly type: string;
  readonly size: number;
  readonly out: string;
}

export function registerTrainVocabulary(
  { extension, server, messages }: Workbench,
  { tokenizers, reports }: { readonly tokenizers: TokenizersFeature; readonly reports: ReportsFeature },
): void {
  const train = async (argument?: unknown): Promise<VocabTrainAnswer | undefined> => {
    try {
      const answers = await ask(argument);
      if (answers === undefined) return undefined;
      const { input, type, size, out } = answers;
      const report = (await engineCommand(server, vscode.l10n.t('Training a vocabulary'), [
        ...['vocab', 'train', '--type', type, '--size', `${size}`, '--out', out],
        ...input.flatMap((file) => ['--input', file]),
      ])) as VocabTrainAnswer;
      reports.show('train', trainVocabularyReport(report, readable(out), input.map(readable)), (action) =>
        action === 'use'
          ? tokenizers.use(out)
          : vscode.commands.executeCommand('bllossom.mergeVocabularies', { base: undefined, add: out }),
      );
      return report;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };
  extension.subscriptions.push(vscode.commands.registerCommand('bllossom.trainVocabulary', train));
}

async function ask(argument: unknown): Promise<Answers | undefined> {
  const options = optionsOf(argument, 'input');
  const given = options['input'];
  const files = (Array.isArray(given) ? given : [given]).flatMap((file) => pathOf(file) ?? []);
  const whole = files.length > 0;
  const input = whole ? files : await askForTexts();
  if (input === undefined) return undefined;
  const type = textOption(options, 'type') ?? (whole ? 'bpe' : await askType());
  if (type === undefined) return undefined;
  const proposed = proposedSize(await bytesOf(input));
  const size = numberOption(options, 'size') ?? (whole ? proposed : await askSize(proposed));
  if (size === undefined) return undefined;
  const file = textOption(options, 'out');
  const name = await freshFile(`tokenizers/${path.basename(input[0]!).replace(/\..*$/, '')}-${type}`);
  const out = file !== undefined ? absolute(file) : whole ? absolute(name) : await askForNewFile(name);
  return out === undefined ? undefined : { input, type, size, out };
}

async function askForTexts(): Promise<readonly string[] | undefined> {
  const folder = workspaceFolder();
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Train Vocabulary (1/4): the texts to learn from'),
    openLabel: vscode.l10n.t('Choose'),
    canSelectMany: true,
    filters: { [vscode.l10n.t('Texts')]: ['txt', 'md', 'jsonl', 'json', 'gz'], [vscode.l10n.t('All files')]: ['*'] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(folder) }),
  });
  return chosen === undefined || chosen.length === 0 ? undefined : chosen.map(({ fsPath }) => fsPath);
}

async function askType(): Promise<string | undefined> {
  const items = [
    {
      label: 'bpe',
      description: vscode.l10n.t('as Llama 2'),
      detail: vscode.l10n.t('Byte-pair encoding: what stands together most often becomes a piece.'),
    },
    {
      label: 'unigram',
      description: vscode.l10n.t('as KoBERT'),
      detail: vscode.l10n.t('A language model of pieces: those that the text would miss least are dropped.'),
    },
  ];
  const title = vscode.l10n.t('Train Vocabulary (2/4): the kind');
  return (await vscode.window.showQuickPick(items, { title }))?.label;
}

async function askSize(proposed: number): Promise<number | undefined> {
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Train Vocabulary (3/4): the number of pieces'),
    prompt: vscode.l10n.t(
      'Bytes, special pieces and single characters included; {0} suit this much text',
      count(proposed),
    ),
    value: String(proposed),
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^\d+$/.test(value.trim()) && Number(value) > 0 ? undefined : vscode.l10n.t('Give a whole number.'),
  });
  return answer === undefined ? undefined : Number(answer);
}

async function askForNewFile(proposed: string): Promise<string | undefined> {
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Train Vocabulary (4/4): where to write it'),
    prompt: vscode.l10n.t('A new .model file, relative to the workspace or absolute'),
    value: proposed,
    ignoreFocusOut: true,
    validateInput: async (value) => {
      if (!/[^/\\]\.model$/.test(value.trim())) return vscode.l10n.t('Give the file a name that ends in .model.');
      return (await exists(vscode.Uri.file(absolute(value.trim()))))
        ? vscode.l10n.t('This file is there already.')
        : undefined;
    },
  });
  return answer === undefined ? undefined : absolute(answer.trim());
}

/** `name.model`, or `name-2.model` … where that is taken; relative to the workspace. */
async function freshFile(name: string): Promise<string> {
  for (let i = 1; ; i++) {
    const candidate = `${name}${i === 1 ? '' : `-${i}`}.model`;
    if (!(await exists(vscode.Uri.file(absolute(candidate))))) return candidate;
  }
}

/** Total size of files, 0 for those that cannot be read: the engine says so then. */
async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = files.map(async (file) => {
    try {
      return (await vscode.workspace.fs.stat(vscode.Uri.file(file))).size;
    } catch {
      return 0;
    }
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Few pieces for little text: rare ones are hardly ever met in training again. */
const proposedSize = (bytes: number): number =>
  bytes < 1e5 ? 1000 : bytes < 1e6 ? 4000 : bytes < 1e8 ? 8000 : bytes < 1e9 ? 16_000 : 32_000;
