/** The workspace's folders and what was found in them: one scan shared by all who ask, renewed when files change. */
import path from 'node:path';
import type { WorkspaceFolder } from 'vscode-languageserver/node';
import { fileOf, isInside, uriToPath } from './uris.ts';
import { type Kind, type WorkspaceFiles, scanWorkspace } from './workspaceScan.ts';

const kinds = [
  'tokenizers',
  'models',
  'adapters',
  'runs',
  'evaluations',
  'tasks',
  'preferences',
] as const satisfies readonly Kind[];

export interface Folder {
  readonly uri: string;
  readonly path: string;
}

export class Workspace {
  #folders: readonly Folder[];
  #scan: { readonly result: Promise<WorkspaceFiles>; readonly stop: AbortController } | undefined;

  /** What the last scan that came to its end has found, by path and by each folder around it: asked for every file that goes. */
  #found: ReadonlyMap<string, ReadonlySet<Kind>> = new Map();

  constructor(folders: readonly WorkspaceFolder[]) {
    this.#folders = Workspace.#withPaths(folders);
  }

  get folders(): readonly Folder[] {
    return this.#folders;
  }

  /** The innermost folder a document lies in; the first one for a document that lies in none (untitled ones, say). */
  folderOf(uri: string): Folder | undefined {
    const file = fileOf(uri);
    if (file === undefined) return this.#folders[0];
    const around = this.#folders.filter((folder) => isInside(file, folder.path));
    return around.sort((a, b) => b.path.length - a.path.length)[0] ?? this.#folders[0];
  }

  setFolders(folders: readonly WorkspaceFolder[]): void {
    this.#folders = Workspace.#withPaths(folders);
    this.invalidate();
  }

  /** What the folders hold, from the last scan where nothing is known to have changed since. */
  async files(): Promise<WorkspaceFiles> {
    for (;;) {
      const scan = (this.#scan ??= this.#begin());
      try {
        const files = await scan.result;
        this.#found = kindsByPlace(files);
        return files;
      } catch (error) {
        // Overtaken by a change: whoever waits takes the newer scan.
        if (!scan.stop.signal.aborted) throw error;
      }
    }
  }

  /** A scan that begins now, for lists that a person asked for. */
  fresh(): Promise<WorkspaceFiles> {
    this.invalidate();
    return this.files();
  }

  /** What the last scan found in a folder that may be gone since. */
  held(folder: string): readonly Kind[] {
    return [...(this.#found.get(folder) ?? [])];
  }

  invalidate(): void {
    this.#scan?.stop.abort(new Error('overtaken'));
    this.#scan = undefined;
  }

  #begin() {
    const stop = new AbortController();
    return {
      result: scanWorkspace(
        this.#folders.map((f) => f.path).filter((p) => p !== ''),
        stop.signal,
      ),
      stop,
    };
  }

  static #withPaths(folders: readonly WorkspaceFolder[]): readonly Folder[] {
    return folders.flatMap(({ uri }) => {
      const file = uriToPath(uri);
      return file === undefined ? [] : [{ uri, path: file }];
    });
  }
}

function kindsByPlace(files: WorkspaceFiles): ReadonlyMap<string, ReadonlySet<Kind>> {
  const places = new Map<string, Set<Kind>>();
  for (const kind of kinds)
    for (const file of files[kind])
      // Where a kind is known of a folder, it is of all around it.
      for (let place = file; places.get(place)?.has(kind) !== true; place = path.dirname(place))
        places.set(place, (places.get(place) ?? new Set()).add(kind));
  return places;
}
