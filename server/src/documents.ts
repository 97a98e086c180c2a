/** The documents open in the editor, their text always that on screen, with the edits told as they come. */
import type { Connection, TextDocumentContentChangeEvent } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';

/** UTF-16 offsets in the text before the edit; `[start, end)` gives way to `inserted`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly inserted: string;
}

export interface OpenDocument {
  readonly uri: string;
  readonly languageId: string;
  readonly version: number;
  readonly text: TextDocument;
}

type Listener<T extends unknown[]> = (...args: T) => void;

export class Documents {
  readonly #open = new Map<string, OpenDocument>();
  readonly #onOpen: Listener<[OpenDocument]>[] = [];
  readonly #onChange: Listener<[OpenDocument, readonly Edit[]]>[] = [];
  readonly #onClose: Listener<[string]>[] = [];

  constructor(connection: Connection) {
    connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, version, text } }) => {
      this.#set({ uri, languageId, version, text: TextDocument.create(uri, languageId, version, text) }, this.#onOpen);
    });
    connection.onDidChangeTextDocument(({ textDocument, contentChanges }) => {
      const document = this.#open.get(textDocument.uri);
      if (document === undefined) return; // a change of what was never opened: the client's mistake
      const { text, edits } = applyChanges(document.text, contentChanges, textDocument.version);
      const changed = { ...document, version: textDocument.version, text };
      this.#open.set(document.uri, changed);
      for (const listener of this.#onChange) listener(changed, edits);
    });
    connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
      if (this.#open.delete(uri)) for (const listener of this.#onClose) listener(uri);
    });
  }

  #set(document: OpenDocument, listeners: readonly Listener<[OpenDocument]>[]): void {
    this.#open.set(document.uri, document);
    for (const listener of listeners) listener(document);
  }

  get(uri: string): OpenDocument | undefined {
    return this.#open.get(uri);
  }

  all(): readonly OpenDocument[] {
    return [...this.#open.values()];
  }

  onOpen(listener: Listener<[OpenDocument]>): void {
    this.#onOpen.push(listener);
  }

  onChange(listener: Listener<[OpenDocument, readonly Edit[]]>): void {
    this.#onChange.push(listener);
  }

  onClose(listener: Listener<[string]>): void {
    this.#onClose.push(listener);
  }
}

/** LSP changes apply one after the other, each to the text that the one before it left. */
function applyChanges(
  document: TextDocument,
  changes: readonly TextDocumentContentChangeEvent[],
  version: number,
): { readonly text: TextDocument; readonly edits: readonly Edit[] } {
  const edits: Edit[] = [];
  let text = document;
  for (const change of changes) {
    if ('range' in change) {
      const a = text.offsetAt(change.range.start);
      const b = text.offsetAt(change.range.end);
      edits.push({ start: Math.min(a, b), end: Math.max(a, b), inserted: change.text });
    } else edits.push({ start: 0, end: text.getText().length, inserted: change.text });
    text = TextDocument.update(text, [change], version);
  }
  return { text, edits };
}
