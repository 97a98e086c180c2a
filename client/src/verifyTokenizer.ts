/**
 * 'Verify This Tokenizer Against SentencePiece': the tokenizer's ids and texts on the open file, or on hostile texts made
 * from its pieces, beside those of an independent implementation.
 * `bllossom.verifyTokenizer({tokenizer, text?})` asks nothing, and returns the engine's report.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { count } from './figures.ts';
import { optionsOf, textOption } from './options.ts';
import { pathOf, readable } from './paths.ts';
import { fill } from './plural.ts';
import { engineCommand } from './progress.ts';
import type { Report, Table } from './report.ts';
import type { ReportsFeature } from './reports.ts';
import type { TokenCountsFeature } from './tokenCounts.ts';
import { shortName, type TokenizersFeature } from './tokenizers.ts';
import type { Workbench } from './workbench.ts';

/** What the engine answers to `tokenizer verify --json`. */
interface Verification {
  readonly same: boolean;
  readonly tokenizer: { readonly file: string; readonly algorithm: string; readonly size: number };
  readonly oracles: readonly { readonly name: string; readonly version: string; readonly differing: number }[];
  readonly files: readonly string[];
  readonly lines: number;
  readonly differing: number;
  readonly differences: readonly {
    readonly line: number;
    readonly text: string;
    readonly oracle: string;
    readonly what: 'ids' | 'text';
    readonly ours: readonly string[];
    readonly theirs: readonly string[];
  }[];
}

/** A text to verify on: a file, and its name for people. */
interface Text {
  readonly file: string;
  readonly name: string;
}

interface Features {
  readonly tokenCounts: TokenCountsFeature;
  readonly tokenizers: TokenizersFeature;
  readonly reports: ReportsFeature;
}

export function registerVerifyTokenizer(workbench: Workbench, features: Features): void {
  const { extension, server, messages } = workbench;
  const { tokenCounts, tokenizers, reports } = features;

  const compare = async (tokenizer: string, text: Text | undefined): Promise<Verification | undefined> => {
    try {
      const report = (await engineCommand(server, vscode.l10n.t('Verifying {0}', shortName(tokenizer)), [
        ...['tokenizer', 'verify', '--tokenizer', tokenizer],
        ...(text === undefined ? [] : ['--text', text.file]),
      ])) as Verification;
      reports.show('verify', toReport(report, text), () => compare(tokenizer, undefined));
      return report;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  const verify = async (argument?: unknown): Promise<Verification | undefined> => {
    const options = optionsOf(argument, 'tokenizer');
    const tokenizer =
      pathOf(textOption(options, 'tokenizer') ?? argument) ??
      (await tokenizers.pick(vscode.l10n.t('Verify This Tokenizer Against SentencePiece')));
    if (tokenizer === undefined) return undefined;
    const file = pathOf(textOption(options, 'text'));
    if (file !== undefined) return compare(tokenizer, { file, name: readable(file) });
    const document = tokenCounts.document();
    if (document === undefined || document.getText() === '') return compare(tokenizer, undefined);
    const name = path.basename(document.uri.path);
    if (document.uri.scheme === 'file' && !document.isDirty) {
      return compare(tokenizer, { file: document.uri.fsPath, name });
    }
    // What is not saved is verified as it stands in the editor.
    const copy = vscode.Uri.joinPath(extension.globalStorageUri, `verify-${process.pid}.txt`);
    try {
      await vscode.workspace.fs.writeFile(copy, new TextEncoder().encode(document.getText()));
      return await compare(tokenizer, { file: copy.fsPath, name });
    } catch (error) {
      void messages.failure(error);
      return undefined;
    } finally {
      await vscode.workspace.fs.delete(copy).then(undefined, (error: unknown) => messages.quietly('tidying up', error));
    }
  };
  extension.subscriptions.push(vscode.commands.registerCommand('bllossom.verifyTokenizer', verify));
}

function toReport(report: Verification, text: Text | undefined): Report {
  const { same, tokenizer, oracles, lines, differing } = report;
  const source = text?.name ?? vscode.l10n.t('hostile texts made from its pieces');
  const lead = same
    ? fill(vscode.l10n.t('All {0} {0|line has|lines have} the same ids and the same text.'), count(lines))
    : fill(vscode.l10n.t('{0} of {1} {1|line|lines} {0|differs|differ}.'), count(differing), count(lines));
  const compared: Table = {
    caption: vscode.l10n.t('Compared With'),
    columns: [vscode.l10n.t('Implementation'), vscode.l10n.t('Version'), vscode.l10n.t('Lines That Differ')],
    rows: oracles.map(({ name, version, differing: n }) => [name, version, count(n)]),
  };
  return {
    title: vscode.l10n.t('Verified Tokenizer'),
    paragraphs: [
      lead,
      vscode.l10n.t(
        '{0}: {1}, {2} pieces. The text: {3}.',
        readable(tokenizer.file),
        tokenizer.algorithm,
        count(tokenizer.size),
        source,
      ),
      ...(same
        ? []
        : [
            vscode.l10n.t(
              'Counts of this tokenizer may be wrong on such lines. Please report them with the table below.',
            ),
          ]),
    ],
    tables: [compared, ...(same ? [] : [differences(report)])],
    actions: text === undefined ? [] : [{ id: 'hostile', label: vscode.l10n.t('Verify on Hostile Texts') }],
  };
}

/** The first lines that differ, with the pieces around the first that does. */
function differences({ differences: rows }: Verification): Table {
  const shown = (parts: readonly string[], what: 'ids' | 'text') => (what === 'ids' ? parts.join(' ') : parts.join(''));
  return {
    caption: vscode.l10n.t('The First Lines That Differ'),
    columns: [
      vscode.l10n.t('Line'),
      vscode.l10n.t('Text'),
      vscode.l10n.t('Here'),
      vscode.l10n.t('There'),
      vscode.l10n.t('Implementation'),
    ],
    rows: rows.map(({ line, text, oracle, what, ours, theirs }) => [
      count(line),
      text,
      shown(ours, what),
      shown(theirs, what),
      oracle,
    ]),
  };
}
