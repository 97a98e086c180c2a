/** Starts a run as a process of its own, that outlives whoever starts it: own session, its output in its own log. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { makeDirectories } from '../base/directories.ts';
import { fileProblem } from '../base/fileProblem.ts';
import { type Problem, type Result, bad, ok } from '../base/problem.ts';
import { checkDirectory, logFile } from './directory.ts';
import { readSpec } from './spec.ts';

export interface SpawnOptions {
  /** The Node to run on. */
  readonly nodePath: string;
  /** The bundled command line, dist/bllossom.cjs. */
  readonly enginePath: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly resume?: boolean;
  /** In place of the spec's. */
  readonly backend?: string;
}

/** Answers with the run's directory once the run has it, or with why it was refused. */
export async function spawnRun(specFile: string, options: SpawnOptions): Promise<Result<string>> {
  const spec = readSpec(specFile);
  if (!spec.ok) return spec;
  const directory = spec.value.output;
  const allowed = checkDirectory(spec.value, options.resume === true);
  if (!allowed.ok) return allowed;
  const made = !existsSync(directory);
  let log: number;
  try {
    makeDirectories(directory);
    log = openSync(logFile(directory), 'a');
  } catch (error) {
    return fileProblem(error, directory);
  }
  const args = ['train', path.resolve(specFile), '--json'];
  if (options.resume === true) args.push('--resume');
  if (options.backend !== undefined) args.push('--backend', options.backend);
  const child = spawn(options.nodePath, [options.enginePath, ...args], {
    cwd: path.dirname(path.resolve(specFile)),
    env: options.env ?? process.env,
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
    windowsHide: true,
  });
  closeSync(log);
  const result = await new Promise<Result<string>>((answer) => {
    child.once('message', (message: { readonly directory?: string; readonly problem?: Problem }) => {
      answer(
        message.problem !== undefined ? { ok: false, problem: message.problem } : ok(message.directory ?? directory),
      );
    });
    child.once('error', (error) =>
      answer(
        bad(
          `the run cannot be started (${error.message})`,
          { file: options.nodePath },
          'Set the path of Node 20 or later.',
        ),
      ),
    );
    child.once('exit', (code, signal) =>
      answer(bad(`the run ended before it began (${signal ?? code})`, { file: logFile(directory) }, 'See the log.')),
    );
  });
  if (child.connected) child.disconnect();
  child.unref();
  if (!result.ok && made) removeTraces(directory);
  return result;
}

/** Removes a directory that holds nothing but the log of a start that was refused. */
function removeTraces(directory: string): void {
  try {
    if (readdirSync(directory).some((name) => name !== 'log.txt')) return;
    rmSync(logFile(directory), { force: true });
    rmdirSync(directory);
  } catch {
    // somebody has taken it meanwhile
  }
}
