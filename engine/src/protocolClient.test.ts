import { existsSync } from 'node:fs';
import { NotificationType } from 'vscode-jsonrpc/node';
import { describe, expect, it } from 'vitest';
import { attach } from './protocolClient.ts';
import { listen } from './protocolServer.ts';
import { Metrics, type MetricRow, protocolVersion } from './protocol.ts';
import { socketPath } from './sockets.ts';

const socket = socketPath(`test ${process.pid}`);
const row: MetricRow = { step: 1, tokens: 8, loss: 2, gradNorm: 1, learningRate: 0.1, tokensPerSecond: 3, elapsed: 1 };
const greeting = () => ({ protocolVersion, engineVersion: '0', pid: 7, kind: 'run' as const });

describe('attach', () => {
  it('greets, then hears what all are told, and the end', async () => {
    const listener = await listen(socket, { greeting, onClient: () => undefined });
    const rows: MetricRow[] = [];
    const ends: string[] = [];
    const clients = await Promise.all(
      ['a', 'b'].map((client) =>
        attach(socket, {
          client,
          prepare: (connection) => connection.onNotification(Metrics.type, (r) => void rows.push(r)),
          onClose: () => ends.push(client),
        }),
      ),
    );
    expect(clients.map((c) => c.ok && c.value.hello.pid)).toEqual([7, 7]);
    expect(listener.clients).toBe(2);
    listener.broadcast(Metrics.type, row);
    listener.broadcast(new NotificationType<null>('unknown'), null);
    await listener.close();
    await expect.poll(() => ends.length).toBe(2);
    expect(rows).toEqual([row, row]);
    expect(existsSync(socket)).toBe(false);
  });

  it('names both versions where they differ, and is cut off', async () => {
    const listener = await listen(socket, { greeting, onClient: () => undefined });
    const result = await attach(socket, { client: 'an older server', version: 0 });
    expect(result.ok ? '' : result.problem.what).toBe(
      `an older server speaks version 0 of the engine's protocol, and this process version ${protocolVersion}`,
    );
    expect(listener.clients).toBe(0);
    await listener.close();
  });

  it('says that nobody listens', async () => {
    const result = await attach(socket, { client: 'a' });
    expect(result.ok ? '' : result.problem.what).toBe('nobody listens here');
  });
});
