/**
 * Which Node runs the engine: the one set, else the first on the PATH that is new enough, else the editor's own
 * executable. The choice says why it was made, so that Diagnostics can tell.
 */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bad, ok } from '../../engine/src/base/problem.ts';
import type { Result } from '../../engine/src/base/problem.ts';

/** The oldest Node the engine runs on. */
const oldest = 20;

export interface NodeChoice {
  readonly path: string;
  readonly version: string;
  /** One line for people. */
  readonly why: string;
  /** The environment to start it with. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export interface NodeCandidates {
  /** Setting `bllossom.engine.nodePath`; empty: not set. */
  readonly setting: string;
  readonly editorExecPath: string;
  readonly env: NodeJS.ProcessEnv;
}

export async function chooseNode(candidates: NodeCandidates): Promise<Result<NodeChoice>> {
  const env = { ...candidates.env };
  delete env['ELECTRON_RUN_AS_NODE'];
  if (candidates.setting !== '') {
    const version = await versionOf(candidates.setting, env);
    const where = { file: candidates.setting, name: 'bllossom.engine.nodePath' };
    if (version === undefined)
      return bad('this is not a Node that runs', where, 'Set the path of a node executable, or clear the setting.');
    if (major(version) < oldest)
      return bad(`this Node is version ${version}; the engine needs ${oldest} or later`, where, 'Set a later one.');
    return ok({ path: candidates.setting, version, why: 'set in bllossom.engine.nodePath', env });
  }
  const passed: string[] = [];
  for (const file of await onPath(env)) {
    const version = await versionOf(file, env);
    if (version !== undefined && major(version) >= oldest)
      return ok({ path: file, version, why: ['first on the PATH', ...passed].join('; '), env });
    passed.push(version === undefined ? `${file} does not run` : `${file} is version ${version}, too old`);
  }
  const editorEnv = { ...env, ELECTRON_RUN_AS_NODE: '1' };
  const version = await versionOf(candidates.editorExecPath, editorEnv);
  if (version !== undefined && major(version) >= oldest)
    return ok({
      path: candidates.editorExecPath,
      version,
      why: ["the editor's own", ...(passed.length === 0 ? ['no node on the PATH'] : passed)].join('; '),
      env: editorEnv,
    });
  return bad(
    `no Node ${oldest} or later was found`,
    { name: 'bllossom.engine.nodePath' },
    'Install Node from nodejs.org, or set the path of its executable.',
  );
}

const major = (version: string) => Number.parseInt(version, 10);

/** `20.19.2`; undefined where the file does not run or is no Node. */
async function versionOf(file: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (file === '') return undefined;
  try {
    const { stdout } = await promisify(execFile)(file, ['-p', 'process.versions.node'], { env, timeout: 10_000 });
    return /^\d+\.\d+\.\d+/.exec(stdout.trim())?.[0];
  } catch {
    return undefined;
  }
}

/** Executables named `node` on the PATH, in its order. */
async function onPath(env: NodeJS.ProcessEnv): Promise<string[]> {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const files: string[] = [];
  for (const directory of (env['PATH'] ?? '').split(path.delimiter)) {
    if (directory === '') continue;
    const file = path.join(directory, name);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      files.push(file);
  }
  return files;
}
