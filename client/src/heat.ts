/**
 * Where a text is dear, on request: words by their tokens for each character, in three levels that differ in their outline as well
 * as in colour, with marks in the overview ruler.
 */
import * as vscode from 'vscode';
import { Heat, HeatLines } from '../../server/src/protocol.ts';
import { isCounted } from './countedDocuments.ts';
import { debounce } from './debounce.ts';
import type { TokenCountsFeature } from './tokenCounts.ts';
import type { Workbench } from './workbench.ts';

type Level = 1 | 2 | 3;
const levels: readonly Level[] = [1, 2, 3];
/** Lines asked for above and below the visible ones. */
const margin = 60;

export function registerHeat({ extension, server, messages }: Workbench, tokenCounts: TokenCountsFeature): void {
  const outlines = { 1: '1px dotted', 2: '1px dashed', 3: '1px solid' } as const;
  const words = new Map(
    levels.map((level) => [
      level,
      vscode.window.createTextEditorDecorationType({
        backgroundColor: new vscode.ThemeColor(`bllossom.heat${level}`),
        outline: outlines[level],
        outlineColor: new vscode.ThemeColor('bllossom.heatOutline'),
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      }),
    ]),
  );
  const marks = new Map(
    levels.map((level) => [
      level,
      vscode.window.createTextEditorDecorationType({
        overviewRulerColor: new vscode.ThemeColor(`bllossom.heatRuler${level}`),
        overviewRulerLane: vscode.OverviewRulerLane.Right,
      }),
    ]),
  );
  /** What the command asked for; until then the setting holds. */
  let asked: boolean | undefined;
  const isOn = (document: vscode.TextDocument): boolean =>
    isCounted(document) &&
    (asked ?? vscode.workspace.getConfiguration('bllossom', document).get<unknown>('heat') === true);

  const clear = (editor: vscode.TextEditor) => {
    for (const type of [...words.values(), ...marks.values()]) editor.setDecorations(type, []);
  };
  const drawWords = async (editor: vscode.TextEditor): Promise<void> => {
    const { document } = editor;
    const first = editor.visibleRanges[0];
    const last = editor.visibleRanges.at(-1);
    if (first === undefined || last === undefined) return;
    const range = document.validateRange(
      new vscode.Range(Math.max(0, first.start.line - margin), 0, last.end.line + margin, Number.MAX_SAFE_INTEGER),
    );
    const { code2ProtocolConverter: there, protocol2CodeConverter: here } = server.client;
    const answer = await server.request(Heat.type, { uri: document.uri.toString(), range: there.asRange(range) });
    if (answer === null || answer.version !== document.version || !isOn(document)) return;
    for (const [level, type] of words) {
      const own = answer.spans.filter((span) => span.level === level);
      editor.setDecorations(
        type,
        own.map(({ range: span, tokens, characters }) => ({
          range: here.asRange(span),
          hoverMessage: vscode.l10n.t('{0} tokens for each character', (tokens / characters).toFixed(2)),
        })),
      );
    }
  };
  const drawMarks = async (editor: vscode.TextEditor): Promise<void> => {
    const { document } = editor;
    const answer = await server.request(HeatLines.type, { uri: document.uri.toString() });
    if (answer === null || answer.version !== document.version || !isOn(document)) return;
    for (const [level, type] of marks) {
      const own = answer.runs.filter((run) => run.level === level);
      editor.setDecorations(
        type,
        own.map(({ from, to }) => new vscode.Range(from, 0, to, 0)),
      );
    }
  };

  const pending = { words: new Set<vscode.TextEditor>(), marks: new Set<vscode.TextEditor>() };
  const flushing = (what: keyof typeof pending, ms: number, draw: (editor: vscode.TextEditor) => Promise<void>) =>
    debounce(ms, () => {
      const editors = [...pending[what]].filter((editor) => vscode.window.visibleTextEditors.includes(editor));
      pending[what].clear();
      for (const editor of editors) draw(editor).catch((error: unknown) => messages.quietly('heat', error));
    });
  const flushWords = flushing('words', 60, drawWords);
  const flushMarks = flushing('marks', 400, drawMarks);
  const ask = (editors: readonly vscode.TextEditor[], withMarks = true) => {
    for (const editor of editors) {
      if (!isOn(editor.document)) {
        if (withMarks) clear(editor);
        continue;
      }
      pending.words.add(editor);
      flushWords();
      if (!withMarks) continue;
      pending.marks.add(editor);
      flushMarks();
    }
  };
  const askAll = () => ask(vscode.window.visibleTextEditors);

  extension.subscriptions.push(
    ...words.values(),
    ...marks.values(),
    { dispose: flushWords.cancel },
    { dispose: flushMarks.cancel },
    vscode.commands.registerCommand('bllossom.toggleHeat', () => {
      const document = vscode.window.activeTextEditor?.document;
      asked = !(document === undefined ? (asked ?? false) : isOn(document));
      askAll();
    }),
    tokenCounts.onCounted((uri) =>
      ask(vscode.window.visibleTextEditors.filter((editor) => editor.document.uri.toString() === uri)),
    ),
    vscode.window.onDidChangeVisibleTextEditors((editors) => ask(editors)),
    vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => ask([textEditor], false)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration('bllossom.heat')) return;
      asked = undefined;
      askAll();
    }),
  );
}
