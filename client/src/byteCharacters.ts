/** A quiet dotted underline under each character that the tokenizer spells in bytes, deeper where it costs more. */
import * as vscode from 'vscode';
import type { ByteCharacter } from '../../server/src/protocol.ts';
import { ByteCharacters } from '../../server/src/protocol.ts';
import { isCounted } from './countedDocuments.ts';
import { debounce } from './debounce.ts';
import type { TokenCountsFeature } from './tokenCounts.ts';
import type { Workbench } from './workbench.ts';

/** What a character costs, as the underline tells it apart: 2 stands for one or two bytes. */
type Cost = 2 | 3 | 4;
type Ranges = Readonly<Record<Cost, readonly vscode.Range[]>>;

export interface ByteCharactersFeature {
  /** What is underlined in a document, by `uri.toString()`. */
  get(uri: string): Ranges | undefined;
}

/** Lines asked for above and below the visible ones, so that scrolling a little needs no answer. */
const margin = 60;

export function registerByteCharacters(
  { extension, server, messages }: Workbench,
  tokenCounts: TokenCountsFeature,
): ByteCharactersFeature {
  const types = new Map<Cost, vscode.TextEditorDecorationType>([
    [2, underline('bllossom.byteCharacter2', '1px')],
    [3, underline('bllossom.byteCharacter3', '1px')],
    [4, underline('bllossom.byteCharacter4', '2px')],
  ]);
  const drawn = new Map<string, Ranges>();

  const enabled = (document: vscode.TextDocument): boolean =>
    isCounted(document) &&
    vscode.workspace.getConfiguration('bllossom.byteFallback', document).get<unknown>('enabled') !== false;

  const draw = (editor: vscode.TextEditor, characters: readonly ByteCharacter[]) => {
    const ranges: Record<Cost, vscode.Range[]> = { 2: [], 3: [], 4: [] };
    for (const { range, bytes } of characters) {
      ranges[costOf(bytes)].push(server.client.protocol2CodeConverter.asRange(range));
    }
    for (const [cost, type] of types) editor.setDecorations(type, ranges[cost]);
    drawn.set(editor.document.uri.toString(), ranges);
  };

  const refresh = async (editor: vscode.TextEditor): Promise<void> => {
    const { document } = editor;
    if (!isCounted(document)) return;
    const first = editor.visibleRanges[0];
    const last = editor.visibleRanges.at(-1);
    if (!enabled(document) || first === undefined || last === undefined) {
      draw(editor, []);
      return;
    }
    const range = document.validateRange(
      new vscode.Range(Math.max(0, first.start.line - margin), 0, last.end.line + margin, Number.MAX_SAFE_INTEGER),
    );
    const answer = await server
      .request(ByteCharacters.type, {
        uri: document.uri.toString(),
        range: server.client.code2ProtocolConverter.asRange(range),
      })
      .catch((error: unknown) => {
        messages.quietly('byte characters', error);
        return undefined;
      });
    if (answer === undefined) return;
    // Of an older version: the count of the newer one is under way and asks again.
    if (answer !== null && answer.version !== document.version) return;
    draw(editor, answer?.characters ?? []);
  };

  const pending = new Set<vscode.TextEditor>();
  const flush = debounce(40, () => {
    const editors = [...pending].filter((editor) => vscode.window.visibleTextEditors.includes(editor));
    pending.clear();
    for (const editor of editors) void refresh(editor);
  });
  const ask = (editors: readonly vscode.TextEditor[]) => {
    for (const editor of editors) pending.add(editor);
    flush();
  };

  extension.subscriptions.push(
    ...types.values(),
    { dispose: flush.cancel },
    tokenCounts.onCounted((uri) =>
      ask(vscode.window.visibleTextEditors.filter((editor) => editor.document.uri.toString() === uri)),
    ),
    vscode.window.onDidChangeVisibleTextEditors(ask),
    vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => ask([textEditor])),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('bllossom.byteFallback')) ask(vscode.window.visibleTextEditors);
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => drawn.delete(uri.toString())),
    server.onReady(() => ask(vscode.window.visibleTextEditors)),
  );
  return { get: (uri) => drawn.get(uri) };
}

const costOf = (bytes: number): Cost => (bytes <= 2 ? 2 : bytes === 3 ? 3 : 4);

function underline(color: string, width: string): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    borderColor: new vscode.ThemeColor(color),
    borderStyle: 'dotted',
    borderWidth: `0 0 ${width} 0`,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}
