import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Connection, DidChangeWatchedFilesParams } from 'vscode-languageserver/node';
import { FileChangeType } from 'vscode-languageserver/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pathToUri } from './uris.ts';
import { Workspace } from './workspace.ts';
import { WorkspaceWatch } from './workspaceWatch.ts';

let folder: string;
let watch: WorkspaceWatch;
let workspace: Workspace;
let change: (params: DidChangeWatchedFilesParams) => void;
/** Resolves with the trees that the client is told of next. */
let told: () => Promise<readonly string[]>;
const files: (readonly string[])[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'workspace-'));
  for (const name of ['evaluations/one/results.json', 'runs/a/run.json', 'notes/a.txt']) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), '{}');
  }
  workspace = new Workspace([{ uri: pathToUri(folder), name: 'w' }]);
  let listener: ((what: readonly string[]) => void) | undefined;
  told = () => new Promise((resolve) => (listener = resolve));
  // As much of a connection as is used.
  const connection = {
    onDidChangeWatchedFiles: (handler: typeof change) => (change = handler),
    sendNotification: (_: unknown, { what }: { readonly what: readonly string[] }) => {
      listener?.(what);
      return Promise.resolve();
    },
  };
  watch = new WorkspaceWatch(connection as unknown as Connection, workspace);
  files.length = 0;
  watch.onFiles((changed) => files.push(changed));
});
afterEach(async () => {
  watch.dispose();
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string) => path.join(folder, name);
const gone = (...names: readonly string[]) =>
  change({ changes: names.map((name) => ({ uri: pathToUri(at(name)), type: FileChangeType.Deleted })) });

describe('what changes on disk', () => {
  it('is told by the file’s name', async () => {
    const next = told();
    change({ changes: [{ uri: pathToUri(at('evaluations/two/results.json')), type: FileChangeType.Created }] });
    expect(await next).toEqual(['evaluations']);
    expect(files).toEqual([[at('evaluations/two/results.json')]]);
  });

  it('is told where a folder goes with all that was in it, though no file in it is named', async () => {
    await workspace.files();
    await rm(at('evaluations'), { recursive: true });
    const next = told();
    gone('evaluations');
    expect(await next).toEqual(['evaluations']);
    expect((await workspace.files()).evaluations).toEqual([]);

    const more = told();
    gone('runs/a');
    expect(await more).toEqual(['runs']);
  });

  it('is of no interest where nothing was there that a tree shows', async () => {
    const before = await workspace.files();
    gone('notes', 'notes/a.txt', 'evaluations/one/samples-x.jsonl');
    expect(files).toEqual([]);
    // Nothing is looked for anew either.
    expect(await workspace.files()).toBe(before);
  });
});
