/** Lint over the protocol: what an editor asks, and what it does with the answers, for the tests. */
import type {
  CodeAction,
  Diagnostic,
  DocumentDiagnosticReport,
  Range,
  TextDocumentEdit,
} from 'vscode-languageserver-protocol';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { LanguageClient } from './languageClient.ts';

/** What an editor says that takes all of it. */
export const lintCapabilities = {
  workspace: { workspaceEdit: { documentChanges: true }, diagnostics: { refreshSupport: true } },
  textDocument: { codeAction: { resolveSupport: { properties: ['edit'] } } },
};

export const pull = (
  { connection }: LanguageClient,
  uri: string,
  previousResultId?: string,
): Promise<DocumentDiagnosticReport> =>
  connection.sendRequest('textDocument/diagnostic', {
    textDocument: { uri },
    identifier: 'bllossom.lint',
    ...(previousResultId === undefined ? {} : { previousResultId }),
  });

/** The diagnostics of a document, all of them. */
export async function diagnose(client: LanguageClient, uri: string): Promise<Diagnostic[]> {
  const report = await pull(client, uri);
  if (report.kind !== 'full') throw new Error(`the answer is ${report.kind}`);
  return report.items;
}

/** `code start-end` by lines and characters. */
export const brief = ({ code, range: { start, end } }: Diagnostic): string =>
  `${String(code)} ${start.line}:${start.character}-${end.line}:${end.character}`;

export const textOf = ({ message }: Diagnostic): string => (typeof message === 'string' ? message : message.value);

export const actions = (
  { connection }: LanguageClient,
  uri: string,
  range: Range,
  context: { readonly diagnostics: readonly Diagnostic[]; readonly only?: readonly string[] },
): Promise<CodeAction[]> =>
  connection.sendRequest('textDocument/codeAction', { textDocument: { uri }, range, context });

/** The text after an action, which must be for this version of it. */
export function after(document: TextDocument, action: CodeAction): string {
  const changes = action.edit?.documentChanges as TextDocumentEdit[] | undefined;
  if (changes?.length !== 1)
    throw new Error(`the action "${action.title}" changes ${changes?.length ?? 'no'} documents`);
  const [{ textDocument, edits }] = changes as [TextDocumentEdit];
  if (textDocument.uri !== document.uri || textDocument.version !== document.version)
    throw new Error(`the action is for ${textDocument.uri} ${textDocument.version ?? 'of no version'}`);
  return TextDocument.applyEdits(
    document,
    edits.map((edit) => {
      if (!('newText' in edit)) throw new Error('an edit without text');
      return edit;
    }),
  );
}

export const documentOf = (uri: string, text: string, version = 1): TextDocument =>
  TextDocument.create(uri, 'plaintext', version, text);
