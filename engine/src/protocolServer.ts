/** The listening end of protocol.ts, for the run's process and the inference host: greets clients and tells all the same. */
import { rmSync } from 'node:fs';
import net from 'node:net';
import {
  type MessageConnection,
  type NotificationType,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  createMessageConnection,
} from 'vscode-jsonrpc/node';
import { type Problem, problemLine } from './base/problem.ts';
import { Hello, protocolVersion } from './protocol.ts';

export interface Listener {
  /** Clients that have said hello. */
  readonly clients: number;
  /** Tells all of them. */
  broadcast<P>(type: NotificationType<P>, params: P): void;
  close(): Promise<void>;
}

export interface ListenOptions {
  /** The answer to a hello. */
  readonly greeting: () => Hello.Answer;
  /** Adds the handlers of a client that has just been greeted. */
  readonly onClient: (connection: MessageConnection) => void;
  readonly onClientGone?: (connection: MessageConnection) => void;
}

/** Code of a ResponseError whose data is a `Problem`. */
export const problemCode = -32000;

export const problemError = (problem: Problem): ResponseError<Problem> =>
  new ResponseError(problemCode, problemLine(problem), problem);

/**
 * Listens on an address. A socket file left there by a process that was killed is removed first: whoever calls holds the lock
 * of what the socket stands for.
 */
export async function listen(socket: string, options: ListenOptions): Promise<Listener> {
  const clients = new Set<MessageConnection>();
  const all = new Set<net.Socket>();
  /** Notifications on their way. */
  const under = new Set<Promise<unknown>>();
  const server = net.createServer((stream) => {
    all.add(stream);
    const connection = createMessageConnection(new StreamMessageReader(stream), new StreamMessageWriter(stream));
    stream.on('error', () => stream.destroy());
    connection.onError(() => stream.destroy());
    connection.onClose(() => {
      all.delete(stream);
      stream.destroy();
      if (clients.delete(connection)) options.onClientGone?.(connection);
      connection.dispose();
    });
    connection.onRequest(Hello.type, (params): Hello.Answer | ResponseError<Problem> => {
      if (params.protocolVersion !== protocolVersion) {
        setTimeout(() => stream.end(), 100);
        return problemError(versionProblem(params.protocolVersion, params.client));
      }
      if (!clients.has(connection)) {
        clients.add(connection);
        options.onClient(connection);
      }
      return options.greeting();
    });
    connection.listen();
  });
  if (process.platform !== 'win32') rmSync(socket, { force: true });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(socket, done);
  });
  server.unref();
  return {
    get clients() {
      return clients.size;
    },
    broadcast(type, params) {
      for (const connection of clients) {
        const sent: Promise<unknown> = connection
          .sendNotification(type.method, params)
          .catch(() => undefined)
          .finally(() => under.delete(sent));
        under.add(sent);
      }
    },
    async close() {
      await Promise.all(under); // what was told last reaches the clients before the line is cut
      for (const stream of all) stream.end();
      await new Promise<void>((done) => {
        server.close(() => done());
        setTimeout(() => {
          for (const stream of all) stream.destroy();
        }, 500).unref();
      });
    },
  };
}

function versionProblem(theirs: number, client: string): Problem {
  return {
    what: `${client} speaks version ${theirs} of the engine's protocol, and this process version ${protocolVersion}`,
    remedy: 'It was started by another version of Bllossom: let it end, or use that version.',
  };
}
