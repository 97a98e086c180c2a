/** What can be done at a place: every feature that knows something adds itself, and an editor is told all of it at once. */
import { CodeActionKind } from 'vscode-languageserver/node';
import type {
  CancellationToken,
  ClientCapabilities,
  CodeAction,
  CodeActionOptions,
  CodeActionParams,
  Connection,
  WorkspaceEdit,
} from 'vscode-languageserver/node';
import type { Edit } from '../../engine/src/lint/index.ts';
import type { OpenDocument } from './documents.ts';

/** `isWanted`: whether actions of a kind are asked for. */
export type CodeActionSource = (
  params: CodeActionParams,
  isWanted: (kind: string) => boolean,
  token: CancellationToken,
) => Promise<readonly CodeAction[]>;

export const fixAllKind = `${CodeActionKind.SourceFixAll}.bllossom`;

export const codeActions: CodeActionOptions = {
  codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite, fixAllKind],
  resolveProvider: true,
};

export class CodeActions {
  readonly #sources: CodeActionSource[] = [];
  readonly #isVersioned: boolean;

  constructor(connection: Connection, capabilities: ClientCapabilities) {
    this.#isVersioned = capabilities.workspace?.workspaceEdit?.documentChanges === true;
    connection.onCodeAction(async (params, token) => {
      const isWanted = (kind: string) => params.context.only?.some((only) => isWithin(kind, only)) ?? true;
      const found = await Promise.all(this.#sources.map((source) => source(params, isWanted, token)));
      return found.flat();
    });
  }

  add(source: CodeActionSource): void {
    this.#sources.push(source);
  }

  /** Edits of a document's text, for this version of it where the editor can be told. */
  editOf({ uri, version, text }: OpenDocument, edits: readonly Edit[]): WorkspaceEdit {
    const written = merged(text.getText(), edits).map((edit) => ({
      range: { start: text.positionAt(edit.start), end: text.positionAt(edit.end) },
      newText: edit.text,
    }));
    return this.#isVersioned
      ? { documentChanges: [{ textDocument: { uri, version }, edits: written }] }
      : { changes: { [uri]: written } };
  }
}

/** `quickfix.a` is within `quickfix`. */
const isWithin = (kind: string, asked: string): boolean =>
  kind === asked || kind.startsWith(`${asked}.`) || asked === '';

/** Edits nearer to each other than this are sent as one: a syllable each would be a message of many times the text. */
const near = 16;

function merged(text: string, edits: readonly Edit[]): readonly Edit[] {
  const result: { start: number; end: number; parts: string[] }[] = [];
  for (const edit of edits) {
    const last = result.at(-1);
    if (last !== undefined && edit.start - last.end < near) {
      last.parts.push(text.slice(last.end, edit.start), edit.text);
      last.end = edit.end;
    } else result.push({ start: edit.start, end: edit.end, parts: [edit.text] });
  }
  return result.map(({ start, end, parts }) => ({ start, end, text: parts.join('') }));
}
