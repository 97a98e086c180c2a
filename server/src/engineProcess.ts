/** Runs one command of the engine in a process of its own, to its end: progress in, the answer or a problem out. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Problem, Result } from '../../engine/src/base/problem.ts';
import { bad, ok } from '../../engine/src/base/problem.ts';
import type { Progress } from '../../engine/src/base/progress.ts';
import type { NodeChoice } from './nodePath.ts';

export interface EngineProcessOptions {
  readonly node: NodeChoice;
  /** The bundled command line. */
  readonly enginePath: string;
  /** Arguments without `--json`. */
  readonly args: readonly string[];
  readonly cwd?: string;
  /** What it reads from standard input. */
  readonly input?: string;
  /** Aborting it ends the process: politely first, by force after ten seconds. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export type EngineOutcome = { readonly kind: 'stopped' } | { readonly kind: 'ended'; readonly result: Result<unknown> };

const patience = 10_000;

export async function runEngine(options: EngineProcessOptions): Promise<EngineOutcome> {
  const { node, enginePath, args, signal } = options;
  if (signal?.aborted === true) return { kind: 'stopped' };
  let child;
  try {
    child = spawn(node.path, [enginePath, ...args, '--json', '--progress', 'json'], {
      cwd: options.cwd,
      env: node.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    return { kind: 'ended', result: notStarted(error, node) }; // more arguments than the system takes
  }
  child.stdin.on('error', () => undefined); // it has ended without reading
  child.stdin.end(options.input ?? '');
  let force: NodeJS.Timeout | undefined;
  let stopped = false as boolean;
  const stop = () => {
    stopped = true;
    child.kill('SIGTERM');
    force = setTimeout(() => child.kill('SIGKILL'), patience);
  };
  signal?.addEventListener('abort', stop, { once: true });

  let lastJson: { readonly value: unknown } | undefined;
  let problem: Problem | undefined;
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const value = parseJson(line);
    if (value !== undefined) lastJson = { value };
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    const value = parseJson(line) as { message?: unknown; fraction?: unknown; problem?: Problem } | null | undefined;
    if (value?.problem !== undefined) problem = value.problem;
    else if (typeof value?.message === 'string')
      options.onProgress?.({
        message: value.message,
        ...(typeof value.fraction === 'number' ? { fraction: value.fraction } : {}),
      });
    else if (line.trim() !== '') {
      said.push(line);
      if (said.length > 30) said.shift();
    }
  });

  try {
    const end = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, by) => resolve({ code, signal: by }));
    });
    if (stopped) return { kind: 'stopped' };
    return { kind: 'ended', result: outcome(end, args, lastJson, problem, said) };
  } catch (error) {
    return { kind: 'ended', result: notStarted(error, node) };
  } finally {
    clearTimeout(force);
    signal?.removeEventListener('abort', stop);
  }
}

function notStarted(error: unknown, node: NodeChoice): Result<never> {
  const what = `the engine could not be started (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
  return bad(what, { file: node.path }, 'See the command “Diagnostics”.');
}

function outcome(
  end: { readonly code: number | null; readonly signal: NodeJS.Signals | null },
  args: readonly string[],
  lastJson: { readonly value: unknown } | undefined,
  problem: Problem | undefined,
  said: readonly string[],
): Result<unknown> {
  const command = `bllossom ${args
    .filter((a) => !a.startsWith('-'))
    .slice(0, 2)
    .join(' ')}`;
  if (end.code === 0) return ok(lastJson?.value ?? null);
  if (problem !== undefined) return { ok: false, problem };
  // A command that was asked whether all is well answers no with status 1: nothing failed, and nothing was complained of.
  if (end.code === 1 && lastJson !== undefined && said.length === 0) return ok(lastJson.value);
  const last = said.findLast((line) => !/^\s+at /.test(line))?.replace(/^bllossom[^:]*: /, '');
  if (end.code === 2 && last !== undefined) return bad(last.replace(/\.$/, ''));
  if (end.code === null)
    return bad(
      `the process of ‘${command}’ was killed (${end.signal ?? 'unknown signal'})`,
      undefined,
      'Nothing half-written was left behind; try again, with more free memory if the system ran out of it.',
    );
  return bad(
    last === undefined
      ? `‘${command}’ failed with exit status ${end.code}`
      : `‘${command}’ failed with exit status ${end.code}: ${last}`,
    undefined,
    'See the output channel “Bllossom” for the details.',
  );
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
