/** Starts an inference host as a process of its own and attaches to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { ProblemError, type Result, bad, ok } from '../base/problem.ts';
import { attach } from '../protocolClient.ts';
import { socketPath } from '../sockets.ts';

export interface SpawnHostOptions {
  /** The Node to run on. */
  readonly node: string;
  /** The bundled command line, dist/bllossom.cjs. */
  readonly enginePath: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Who attaches, for its log. */
  readonly client: string;
  /** Adds handlers before anything can arrive. */
  readonly prepare?: (connection: MessageConnection) => void;
  /** How long it may take to listen. */
  readonly timeoutMs?: number;
}

export interface SpawnedHost {
  readonly pid: number;
  readonly socket: string;
  readonly connection: MessageConnection;
  /** How its process ended, once it has: `exit status 1: …`, with its last words. */
  readonly ended: Promise<string>;
  kill(): void;
}

/** Answers once it listens and has said hello, or with why it does not. */
export async function spawnHost(options: SpawnHostOptions): Promise<Result<SpawnedHost>> {
  let socket: string;
  try {
    socket = socketPath(`host ${process.pid} ${randomBytes(8).toString('hex')}`);
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
  const child = spawn(options.node, [options.enginePath, 'host', '--socket', socket], {
    env: options.env ?? process.env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
    windowsHide: true,
  });
  const ended = endOf(child);
  const kill = (): void => void child.kill('SIGKILL');
  let timer: NodeJS.Timeout | undefined;
  const started = await Promise.race([
    new Promise<undefined>((done) => child.once('message', () => done(undefined))),
    ended,
    new Promise<string>((late) => (timer = setTimeout(() => late('it does not answer'), options.timeoutMs ?? 30_000))),
  ]);
  clearTimeout(timer);
  if (started !== undefined) {
    kill();
    return bad(
      `the inference host did not start (${started})`,
      { file: options.node },
      'Check bllossom.engine.nodePath.',
    );
  }
  if (child.connected) child.disconnect();
  const attached = await attach(socket, {
    client: options.client,
    ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
  });
  if (!attached.ok) {
    kill();
    return attached;
  }
  child.unref();
  (child.stderr as unknown as { unref?: () => void }).unref?.();
  return ok({ pid: child.pid ?? attached.value.hello.pid, socket, connection: attached.value.connection, ended, kill });
}

/** Resolves when the process has ended, and never throws. */
function endOf(child: ChildProcess): Promise<string> {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2000)));
  return new Promise((done) => {
    child.once('error', (error) => done(error.message));
    // Not `close`: it never comes where both ends have disconnected. The last words may come a moment after the end.
    child.once('exit', (code, signal) => {
      const tell = () => {
        const last = words.trim().split('\n').at(-1) ?? '';
        done(`${signal === null ? `exit status ${code ?? 0}` : signal}${last === '' ? '' : `: ${last}`}`);
      };
      child.stderr?.once('end', tell);
      setTimeout(tell, 500).unref();
    });
  });
}
