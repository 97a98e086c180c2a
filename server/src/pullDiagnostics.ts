/**
 * LSP pull diagnostics: an editor asks for a document's, and is told all that every feature has found in it; the same answer never
 * twice. A feature adds a source, and says when what it found may no longer hold though the text is the same.
 */
import { DocumentDiagnosticReportKind } from 'vscode-languageserver/node';
import type {
  CancellationToken,
  ClientCapabilities,
  Connection,
  Diagnostic,
  DiagnosticOptions,
  DocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import type { Documents } from './documents.ts';
import { cancelled } from './failure.ts';

/** What there is to tell of an open document, as its text is by the time of the answer. */
export type DiagnosticSource = (uri: string, token: CancellationToken) => Promise<readonly Diagnostic[]>;

export const pullDiagnostics: DiagnosticOptions = {
  identifier: 'bllossom',
  interFileDependencies: false,
  workspaceDiagnostics: false,
};

/** Changes on disk come in bursts. */
const refreshMs = 50;

export class PullDiagnostics {
  readonly #connection: Connection;
  readonly #refreshes: boolean;
  readonly #sources: DiagnosticSource[] = [];
  #refresh: NodeJS.Timeout | undefined;

  constructor(connection: Connection, documents: Documents, { workspace }: ClientCapabilities) {
    this.#connection = connection;
    this.#refreshes = workspace?.diagnostics?.refreshSupport === true;
    /** The answer last given, by document. */
    const answers = new Map<string, { readonly id: string; readonly items: string }>();
    let answered = 0;
    documents.onClose((uri) => void answers.delete(uri));
    connection.languages.diagnostics.on(
      async ({ textDocument: { uri }, previousResultId }, token): Promise<DocumentDiagnosticReport> => {
        const found = await Promise.all(this.#sources.map((source) => source(uri, token)));
        // An answer that nobody waits for any more.
        if (token.isCancellationRequested) throw cancelled();
        if (documents.get(uri) === undefined) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
        const items = found.flat();
        const written = JSON.stringify(items);
        let last = answers.get(uri);
        if (last?.items !== written) answers.set(uri, (last = { id: String(++answered), items: written }));
        return last.id === previousResultId
          ? { kind: DocumentDiagnosticReportKind.Unchanged, resultId: last.id }
          : { kind: DocumentDiagnosticReportKind.Full, resultId: last.id, items };
      },
    );
  }

  add(source: DiagnosticSource): void {
    this.#sources.push(source);
  }

  /** What was told may no longer hold, of whatever document: the editor asks again. */
  stale(): void {
    if (!this.#refreshes) return;
    this.#refresh ??= setTimeout(() => {
      this.#refresh = undefined;
      // Refused by an editor that is closing.
      this.#connection.languages.diagnostics.refresh().catch(() => undefined);
    }, refreshMs);
  }

  dispose(): void {
    clearTimeout(this.#refresh);
  }
}
