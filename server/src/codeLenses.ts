/** One answer to `textDocument/codeLens` out of those of all features that have lenses; each is resolved by whoever gave it. */
import type { CancellationToken, CodeLens, Connection, ResponseError } from 'vscode-languageserver/node';
import type { Documents, OpenDocument } from './documents.ts';

type Provide = (document: OpenDocument, token: CancellationToken) => readonly CodeLens[] | Promise<readonly CodeLens[]>;
type Resolve = (lens: CodeLens, token: CancellationToken) => Promise<CodeLens | ResponseError>;

export class CodeLenses {
  readonly #providers: Provide[] = [];
  readonly #resolvers = new Map<string, Resolve>();

  constructor(connection: Connection, documents: Documents) {
    connection.onCodeLens(async ({ textDocument }, token) => {
      const document = documents.get(textDocument.uri);
      if (document === undefined) return [];
      const all = await Promise.all(this.#providers.map(async (provide) => provide(document, token)));
      return all.flat();
    });
    connection.onCodeLensResolve(async (lens, token) => {
      const { feature } = (lens.data ?? {}) as { readonly feature?: unknown };
      const resolve = typeof feature === 'string' ? this.#resolvers.get(feature) : undefined;
      return resolve === undefined ? lens : resolve(lens, token);
    });
  }

  add(provide: Provide): void {
    this.#providers.push(provide);
  }

  /** Lenses whose data says `feature` are resolved so. */
  resolves(feature: string, resolve: Resolve): void {
    this.#resolvers.set(feature, resolve);
  }
}
