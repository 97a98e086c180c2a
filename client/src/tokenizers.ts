/** The tree of tokenizers and the choice among them, each with what the open file costs under it. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { TokenizerInfo } from '../../server/src/protocol.ts';
import { CheckTokenizer, ListTokenizers, WorkspaceChanged } from '../../server/src/protocol.ts';
import { count, percent } from './figures.ts';
import { factItem, ListTree } from './listTree.ts';
import { askForFile, pathOf, readable } from './paths.ts';
import { fill } from './plural.ts';
import { engineWords, problemLine } from './problemLines.ts';
import type { TokenCountsFeature } from './tokenCounts.ts';
import { setTokenizer } from './tokenizerSettings.ts';
import type { Workbench } from './workbench.ts';

type Entry = ListTokenizers.Entry;

interface PickOptions {
  /** A file that is not offered. */
  readonly except?: string;
  /** This one is offered first. */
  readonly first?: string;
  /** Only vocabularies of more pieces are offered. */
  readonly largerThan?: number;
  /** For one that stands beside the one that counts: that one is not offered, and none is, answered with an empty path. */
  readonly beside?: boolean;
}

export interface TokenizersFeature {
  list(): Promise<readonly Entry[]>;
  /** Checks a tokenizer's file and sets it for the workspace; undefined where it cannot be read (the user was told why). */
  use(file: string): Promise<TokenizerInfo | undefined>;
  /** Asks for a tokenizer's file: one of those known, or one browsed for. */
  pick(title: string, options?: PickOptions): Promise<string | undefined>;
}

export function registerTokenizers(workbench: Workbench, tokenCounts: TokenCountsFeature): TokenizersFeature {
  const { extension, server, messages } = workbench;

  const { document } = tokenCounts;
  const list = (): Promise<readonly Entry[]> => {
    const uri = document()?.uri.toString();
    return server.request(ListTokenizers.type, uri === undefined ? {} : { uri });
  };
  /** The tokenizer that counts the open document, else the one set. */
  const current = (entries: readonly Entry[]): string | undefined => {
    const uri = document()?.uri.toString();
    const counts = uri === undefined ? undefined : tokenCounts.get(uri);
    return counts?.tokenizer.path ?? entries.find(({ source }) => source === 'setting')?.path;
  };

  let merged: ReadonlySet<string> = new Set();
  const tree: ListTree<Entry> = new ListTree<Entry>({
    view: 'bllossom.tokenizers',
    fetch: async () => {
      const entries = await list();
      merged = await withReports(entries);
      return entries;
    },
    toItem: (entry) => {
      const twins = tree.items.filter(({ name }) => name === entry.name).length > 1;
      return treeItem(entry, entry.path === current(tree.items), twins, merged.has(entry.path));
    },
    children: facts,
    staleOn: [workbench.onStale],
    onFailure: (error) => messages.quietly('listing tokenizers', error),
  });

  const use = async (file: string): Promise<TokenizerInfo | undefined> => {
    try {
      const info = await server.request(CheckTokenizer.type, { path: file });
      await setTokenizer('tokenizer', info.path);
      return info;
    } catch (error) {
      void messages.failure(error, ['selectTokenizer']);
      return undefined;
    }
  };

  const pick = async (
    title: string,
    { except, first, largerThan, beside = false }: PickOptions = {},
  ): Promise<string | undefined> => {
    const found = (await list()).filter(
      ({ path: file, info }) =>
        file !== except && (largerThan === undefined || (info !== undefined && info.size > largerThan)),
    );
    const entries = [...found].sort((a, b) => Number(b.path === first) - Number(a.path === first));
    return pickTokenizer(title, entries, current(entries), beside);
  };

  const select = async (argument?: unknown): Promise<TokenizerInfo | undefined> => {
    try {
      const file = pathOf(argument) ?? (await pick(vscode.l10n.t('Select Tokenizer')));
      return file === undefined ? undefined : await use(file);
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  extension.subscriptions.push(
    tree,
    vscode.commands.registerCommand('bllossom.selectTokenizer', select),
    vscode.commands.registerCommand('bllossom.useTokenizer', select),
    server.on(WorkspaceChanged.type, ({ what }) => {
      if (what.includes('tokenizers')) tree.refresh();
    }),
    tokenCounts.onCounted((uri) => {
      if (tree.view.visible && uri === document()?.uri.toString()) tree.refresh();
    }),
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (tree.view.visible && editor?.document.uri.scheme !== 'comment') tree.refresh();
    }),
    tree.view.onDidChangeVisibility(({ visible }) => {
      if (visible) tree.refresh();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('bllossom.tokenizer')) tree.refresh();
    }),
  );
  return { list, use, pick };
}

/** The paths of those that a report of their merge lies beside. */
async function withReports(entries: readonly Entry[]): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    entries.map(async ({ path: file }) => {
      const report = vscode.Uri.file(path.join(path.dirname(file), 'merge-report.json'));
      const there = await vscode.workspace.fs.stat(report).then(
        () => true,
        () => false,
      );
      return there && /^tokenizer\.(model|json)$/.test(path.basename(file)) ? [file] : [];
    }),
  );
  return new Set(found.flat());
}

/** `twins`: another tokenizer bears the same name, so the path tells them apart. `isMerged`: with a report of its merge. */
function treeItem(entry: Entry, isCurrent: boolean, twins: boolean, isMerged: boolean): vscode.TreeItem {
  const label = twins ? readable(entry.path) : entry.name;
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = entry.path;
  // A click opens it; the twistie shows its facts.
  item.command = { command: 'bllossom.openVocabulary', title: vscode.l10n.t('Open Vocabulary'), arguments: [entry] };
  item.tooltip = new vscode.MarkdownString().appendText(
    entry.problem === undefined ? entry.path : problemLine(entry.problem),
  );
  if (entry.problem !== undefined) {
    item.description = engineWords(entry.problem.what);
    item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
    item.contextValue = 'broken';
    return item;
  }
  const cost = entry.tokens === undefined ? [] : [vscode.l10n.t('{0} tok', count(entry.tokens))];
  const size = entry.info === undefined ? [] : [fill(vscode.l10n.t('{0} {0|piece|pieces}'), count(entry.info.size))];
  item.description = [...cost, ...size].join(' · ');
  const spoken = [label, ...(isCurrent ? [vscode.l10n.t('in use')] : []), ...cost, ...size];
  item.accessibilityInformation = { label: spoken.join(', ') };
  item.iconPath = new vscode.ThemeIcon(isCurrent ? 'pass-filled' : 'symbol-ruler');
  item.contextValue = `${isCurrent ? 'tokenizer.current' : 'tokenizer'}${isMerged ? ' merged' : ''}`;
  return item;
}

function facts(entry: Entry): readonly vscode.TreeItem[] {
  const { info } = entry;
  return [
    ...(info === undefined
      ? []
      : [factItem(vscode.l10n.t('Algorithm'), info.algorithm), factItem(vscode.l10n.t('Pieces'), count(info.size))]),
    ...(entry.tokens === undefined
      ? []
      : [factItem(vscode.l10n.t('This file'), vscode.l10n.t('{0} tok', count(entry.tokens)))]),
    factItem(vscode.l10n.t('File'), readable(entry.path)),
  ];
}

interface Choice extends vscode.QuickPickItem {
  readonly choose?: () => Promise<string | undefined> | string;
}

/** A pick list of tokenizers with the open file's count beside each, and the ways to others. */
async function pickTokenizer(
  title: string,
  entries: readonly Entry[],
  current: string | undefined,
  beside: boolean,
): Promise<string | undefined> {
  const now = entries.find((entry) => entry.path === current)?.tokens;
  const offered = beside ? entries.filter((entry) => entry.path !== current) : entries;
  const usable = offered.filter(({ problem }) => problem === undefined);
  const known = [...usable, ...offered.filter((entry) => !usable.includes(entry))];
  const choices: Choice[] = [
    ...(beside ? [{ label: `$(circle-slash) ${vscode.l10n.t('None')}`, choose: () => '' }] : []),
    ...known.map((entry) => ({
      label: `$(${entry.problem === undefined ? (entry.path === current ? 'pass-filled' : 'symbol-ruler') : 'warning'}) ${entry.name}`,
      description: costs(entry, now),
      detail: entry.problem === undefined ? readable(entry.path) : problemLine(entry.problem),
      choose: () => entry.path,
    })),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: `$(folder-opened) ${vscode.l10n.t('Browse…')}`, choose: () => browse(title) },
    { label: `$(law) ${vscode.l10n.t('Use my Llama 2 / KoBERT files…')}`, choose: () => browseLicensed(title) },
  ];
  const chosen = await vscode.window.showQuickPick(choices, {
    title,
    placeHolder:
      now === undefined
        ? vscode.l10n.t('A SentencePiece .model or a tokenizer.json')
        : vscode.l10n.t('A SentencePiece .model or a tokenizer.json; beside each, what the open file costs'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.choose?.();
}

function costs({ tokens, info }: Entry, now: number | undefined): string {
  const change =
    tokens === undefined || now === undefined || now === 0 || tokens === now
      ? []
      : [`${tokens < now ? '−' : '+'}${percent(Math.abs(tokens - now) / now)}`];
  return [
    ...(tokens === undefined ? [] : [vscode.l10n.t('{0} tok', count(tokens))]),
    ...change,
    ...(info === undefined ? [] : [fill(vscode.l10n.t('{0} {0|piece|pieces}'), count(info.size))]),
  ].join(' · ');
}

const browse = (title: string): Promise<string | undefined> =>
  askForFile(title, { 'SentencePiece, tokenizer.json': ['model', 'json'] });

/** The user's own copies of files that this extension may not ship: a word on their licences comes first. */
async function browseLicensed(title: string): Promise<string | undefined> {
  const go = vscode.l10n.t('Choose File…');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('Use your own Llama 2 or KoBERT files'),
    {
      modal: true,
      detail: [
        vscode.l10n.t(
          'Llama 2: tokenizer.model comes with the model, under the Llama 2 Community License, which you accept with Meta when you download it. A vocabulary merged from it stays under that licence.',
        ),
        vscode.l10n.t('KoBERT: its SentencePiece model is under the Apache License 2.0.'),
        vscode.l10n.t('The files are read where they are: never copied, shipped or sent anywhere.'),
      ].join('\n\n'),
    },
    go,
  );
  return answer === go ? browse(title) : undefined;
}

/** A name for what is made of a tokenizer: its folder's where the file is `tokenizer.model`. */
export function shortName(file: string): string {
  const name = path.basename(file).replace(/\.model$/, '');
  return name === 'tokenizer' ? path.basename(path.dirname(file)) : name;
}
