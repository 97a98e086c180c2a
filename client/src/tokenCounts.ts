/** `◇ 214 tok` at the bottom right; `◇ 31 / 214 tok` with a selection. A click chooses another tokenizer. */
import * as vscode from 'vscode';
import { CountRanges, TokenCounts, TokenizerProblem } from '../../server/src/protocol.ts';
import type { ComparedCountsFeature } from './comparedCounts.ts';
import { isCounted } from './countedDocuments.ts';
import { debounce } from './debounce.ts';
import { change, count, percent } from './figures.ts';
import { fill } from './plural.ts';
import { problemLine } from './problemLines.ts';
import type { Workbench } from './workbench.ts';

export interface TokenCountsFeature {
  /** The last counts of a document, by `uri.toString()`. */
  get(uri: string): TokenCounts.Params | undefined;
  statusText(): string | undefined;
  /** Fires with the uri of a document just counted. */
  readonly onCounted: vscode.Event<string>;
  /** The document last counted in an active editor; still the one while a page or a comment's box has the focus. */
  readonly document: () => vscode.TextDocument | undefined;
}

export function registerTokenCounts(
  { extension, server, messages }: Workbench,
  comparedCounts: ComparedCountsFeature,
): TokenCountsFeature {
  const counts = new Map<string, TokenCounts.Params>();
  const problems = new Map<string, TokenizerProblem.Params['problem']>();
  const counted = new vscode.EventEmitter<string>();
  const item = vscode.window.createStatusBarItem('bllossom.tokenCounts', vscode.StatusBarAlignment.Right, 100.5);
  item.name = vscode.l10n.t('Token Count');
  item.command = 'bllossom.selectTokenizer';
  let editor = vscode.window.activeTextEditor;
  let last: vscode.TextDocument | undefined;
  const remember = () => {
    if (editor !== undefined && isCounted(editor.document)) last = editor.document;
  };
  remember();
  let shown: string | undefined;
  /** Tokens of the selections, and what they were counted for. */
  let selected: { readonly key: string; readonly tokens: number } | undefined;

  const selectionKey = (): string | undefined => {
    const ranges = editor?.selections.filter((range) => !range.isEmpty) ?? [];
    if (editor === undefined || ranges.length === 0) return undefined;
    const { document } = editor;
    return JSON.stringify([
      document.uri.toString(),
      document.version,
      counts.get(document.uri.toString())?.tokenizer.path,
      ranges,
    ]);
  };

  const show = () => {
    shown = undefined;
    const uri = editor?.document.uri.toString();
    const open = editor !== undefined && uri !== undefined && isCounted(editor.document);
    const params = open ? counts.get(uri) : undefined;
    const problem = open ? problems.get(uri) : undefined;
    if (problem !== undefined) {
      shown = '◇ –';
      item.tooltip = new vscode.MarkdownString().appendText(problemLine(problem));
      item.accessibilityInformation = { label: problemLine(problem), role: 'button' };
    } else if (params !== undefined) {
      const key = selectionKey();
      const part = key !== undefined && selected?.key === key ? `${count(selected.tokens)} / ` : '';
      const { compared: beside, version } = (part === '' ? comparedCounts.get(params.uri) : undefined) ?? {};
      shown =
        beside === undefined
          ? vscode.l10n.t('◇ {0} tok', `${part}${count(params.tokens)}`)
          : version !== params.version
            ? vscode.l10n.t('◇ {0} tok', `${count(params.tokens)} → …`) // of this version it is not known yet
            : vscode.l10n.t(
                '◇ {0} → {1} tok, {2}',
                count(params.tokens),
                count(beside.tokens),
                change(params.tokens, beside.tokens),
              );
      const lines = comparedCounts.lines(params);
      item.tooltip = tooltip(params, lines);
      const spoken = fill(
        vscode.l10n.t('{0} {0|token|tokens} with {1}'),
        `${part}${count(params.tokens)}`,
        params.tokenizer.name,
      );
      item.accessibilityInformation = { label: [spoken, ...lines].join(', '), role: 'button' };
    }
    if (shown === undefined) {
      item.hide();
      return;
    }
    item.text = shown;
    item.show();
  };

  const countSelection = debounce(60, () => {
    const key = selectionKey();
    show();
    if (editor === undefined || key === undefined || !isCounted(editor.document) || selected?.key === key) return;
    const { document, selections } = editor;
    const ranges = selections
      .filter((range) => !range.isEmpty)
      .map((range) => server.client.code2ProtocolConverter.asRange(range));
    server.request(CountRanges.type, { uri: document.uri.toString(), ranges }).then(
      (answer) => {
        if (answer === null || answer.version !== document.version) return;
        selected = { key, tokens: answer.counts.reduce((sum, tokens) => sum + tokens, 0) };
        show();
      },
      (error: unknown) => messages.quietly('counting the selection', error),
    );
  });

  extension.subscriptions.push(
    item,
    counted,
    { dispose: countSelection.cancel },
    server.on(TokenCounts.type, (params) => {
      problems.delete(params.uri);
      counts.set(params.uri, params);
      counted.fire(params.uri);
      if (params.uri !== editor?.document.uri.toString()) return;
      show();
      countSelection();
    }),
    comparedCounts.onCompared((uri) => {
      if (uri === editor?.document.uri.toString()) show();
    }),
    server.on(TokenizerProblem.type, ({ uri, problem }) => {
      counts.delete(uri);
      problems.set(uri, problem);
      counted.fire(uri);
      show();
    }),
    vscode.window.onDidChangeActiveTextEditor((active) => {
      // The reply box of a comment is an editor too; the text counted stays the one beneath it.
      if (active?.document.uri.scheme === 'comment') return;
      editor = active;
      remember();
      show();
      countSelection();
    }),
    vscode.window.onDidChangeTextEditorSelection((event) => {
      if (event.textEditor !== editor) return;
      if (selectionKey() === undefined) show();
      countSelection();
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      counts.delete(uri.toString());
      problems.delete(uri.toString());
    }),
  );
  return {
    get: (uri) => counts.get(uri),
    statusText: () => shown,
    onCounted: counted.event,
    document: () => (last?.isClosed === true ? undefined : last),
  };
}

function tooltip(
  { tokens, byteTokens, byteCharacters, tokenizer }: TokenCounts.Params,
  compared: readonly string[],
): vscode.MarkdownString {
  const lines = [
    fill(vscode.l10n.t('{0} {0|token|tokens}, the whole text as one, without BOS'), count(tokens)),
    byteTokens === 0
      ? vscode.l10n.t('No character falls to bytes')
      : fill(
          vscode.l10n.t('{0} of them {0|a byte|bytes} ({1}), which {0|spells|spell} {2} {2|character|characters}'),
          count(byteTokens),
          percent(byteTokens / tokens),
          count(byteCharacters),
        ),
    vscode.l10n.t('{0}: {1}, {2} pieces', tokenizer.name, tokenizer.algorithm, count(tokenizer.size)),
    tokenizer.path,
    ...compared,
  ];
  const markdown = new vscode.MarkdownString();
  for (const line of lines) markdown.appendText(line).appendMarkdown('  \n');
  return markdown.appendMarkdown(`\n${vscode.l10n.t('Click to choose another tokenizer')}`);
}
