/** The attaching end of protocol.ts: connects to a run's process or an inference host and says hello. */
import net from 'node:net';
import {
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  createMessageConnection,
} from 'vscode-jsonrpc/node';
import { type Problem, type Result, bad, ok } from './base/problem.ts';
import { Hello, protocolVersion } from './protocol.ts';

export interface Attachment {
  readonly connection: MessageConnection;
  readonly hello: Hello.Answer;
  dispose(): void;
}

export interface AttachOptions {
  /** Who attaches, for the log: `language server 0.1.0`. */
  readonly client: string;
  /** Adds handlers before anything can arrive. */
  readonly prepare?: (connection: MessageConnection) => void;
  readonly onClose?: () => void;
  /** How long to wait for the answer to hello; a process deep in a step answers late. */
  readonly timeoutMs?: number;
  /** For tests. */
  readonly version?: number;
}

/** A problem where nobody listens, nobody answers, or the versions differ. */
export async function attach(socket: string, options: AttachOptions): Promise<Result<Attachment>> {
  const stream = net.connect(socket);
  try {
    await new Promise<void>((done, failed) => {
      stream.once('connect', done);
      stream.once('error', failed);
    });
  } catch {
    return bad('nobody listens here', { file: socket }, 'The process has ended; start it again.');
  }
  const connection = createMessageConnection(new StreamMessageReader(stream), new StreamMessageWriter(stream));
  stream.on('error', () => stream.destroy());
  connection.onError(() => stream.destroy());
  options.prepare?.(connection);
  const closed = new Promise<'closed'>((done) => connection.onClose(() => done('closed')));
  connection.listen();
  const timeoutMs = options.timeoutMs ?? 10_000;
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = await Promise.race([
      connection.sendRequest(Hello.type, {
        protocolVersion: options.version ?? protocolVersion,
        client: options.client,
      }),
      closed,
      new Promise<'late'>((done) => (timer = setTimeout(() => done('late'), timeoutMs))),
    ]);
    if (answer === 'closed') return refused(bad('the process hung up', { file: socket }, 'Start it again.'));
    if (answer === 'late') {
      return refused(bad(`the process did not answer within ${timeoutMs / 1000} s`, { file: socket }, 'Try again.'));
    }
    connection.onClose(() => options.onClose?.());
    return ok({
      connection,
      hello: answer,
      dispose: () => {
        connection.dispose();
        stream.end();
      },
    });
  } catch (error) {
    return refused({ ok: false, problem: problemOf(error) });
  } finally {
    clearTimeout(timer);
  }

  function refused<T>(result: Result<T>): Result<T> {
    connection.dispose();
    stream.destroy();
    return result;
  }
}

/** The `Problem` that a failed request carries; any other failure in words. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ResponseError && typeof (error.data as Partial<Problem> | undefined)?.what === 'string') {
    return error.data as Problem;
  }
  return { what: error instanceof Error ? error.message : String(error) };
}
