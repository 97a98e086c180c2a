/** Tells the client which of its trees have changed on disk, and the other features which files. */
import { DidChangeWatchedFilesNotification, FileChangeType, WatchKind } from 'vscode-languageserver/node';
import type { Connection } from 'vscode-languageserver/node';
import { WorkspaceChanged } from './protocol.ts';
import { uriToPath } from './uris.ts';
import type { Workspace } from './workspace.ts';
import type { Kind } from './workspaceScan.ts';

export type Tree = 'tokenizers' | 'models' | 'runs' | 'evaluations';

/** What a run writes as it goes (state.json, metrics.jsonl) is not watched here: runs.ts follows it. */
const globs = [
  '**/*.model',
  '**/{config,adapter_config,run,tokenizer,tokenizer_config}.json',
  '**/*.safetensors',
  '**/results*.json',
  '**/*.task.json',
  '**/prefer.json',
  '**/.bllossomlint.json',
];

const quietMs = 250;

export class WorkspaceWatch {
  readonly #connection: Connection;
  readonly #workspace: Workspace;
  readonly #changed = new Set<Tree>();
  readonly #listeners = new Set<(files: readonly string[]) => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: Connection, workspace: Workspace) {
    this.#connection = connection;
    this.#workspace = workspace;
    connection.onDidChangeWatchedFiles(({ changes }) => {
      const trees: Tree[] = [];
      const files = changes.flatMap(({ uri, type }) => {
        const file = uriToPath(uri);
        if (file === undefined) return [];
        if (type !== FileChangeType.Deleted || isWatched(file)) {
          trees.push(...treesOf(file));
          return [file];
        }
        const held = workspace.held(file);
        trees.push(...held.flatMap((kind) => treesWith[kind]));
        return held.length > 0 ? [file] : [];
      });
      if (files.length === 0) return;
      workspace.invalidate();
      for (const listener of this.#listeners) listener(files);
      this.tell(trees);
    });
  }

  /** Asks the client to watch. Call once it is initialized, where it takes such requests. */
  async start(): Promise<void> {
    await this.#connection.client.register(DidChangeWatchedFilesNotification.type, {
      watchers: [
        ...globs.map((globPattern) => ({ globPattern })),
        // Where a folder goes, nothing is said of the files in it.
        { globPattern: '**', kind: WatchKind.Delete },
      ],
    });
  }

  onFiles(listener: (files: readonly string[]) => void): void {
    this.#listeners.add(listener);
  }

  /** Trees that have changed, also by what the server itself did; told together after a moment's quiet. */
  tell(trees: readonly Tree[]): void {
    if (trees.length === 0) return;
    this.#workspace.invalidate();
    for (const tree of trees) this.#changed.add(tree);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const what = [...this.#changed];
      this.#changed.clear();
      void this.#connection.sendNotification(WorkspaceChanged.type, { what });
    }, quietMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}

/** The trees that show files of a kind. */
const treesWith: Readonly<Record<Kind, readonly Tree[]>> = {
  tokenizers: ['tokenizers', 'models'],
  models: ['models'],
  adapters: ['models'],
  runs: ['runs'],
  evaluations: ['evaluations'],
  tasks: ['evaluations'],
  preferences: ['evaluations'],
};

/** A file that the globs are for. */
const isWatched = (file: string): boolean =>
  treesOf(file).length > 0 || /[\\/](tokenizer_config|\.bllossomlint)\.json$/.test(file);

function treesOf(file: string): Tree[] {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  if (name.endsWith('.model') || name === 'tokenizer.json') return ['tokenizers', 'models'];
  if (name === 'run.json') return ['runs'];
  if (name === 'prefer.json') return ['evaluations'];
  if (name.startsWith('results') && name.endsWith('.json')) return ['evaluations'];
  if (name.endsWith('.task.json')) return ['evaluations'];
  if (name.endsWith('.safetensors') || name === 'config.json' || name === 'adapter_config.json') return ['models'];
  return [];
}
