/** `bllossom host`: the inference host. Started by the editor's server, not by people. */
import { ok } from '../../base/problem.ts';
import { serve } from '../../host/host.ts';
import type { Command } from '../command.ts';
import { needed, numberOption } from '../computeOptions.ts';

export const host: Command = {
  path: ['host'],
  outlivesReader: true,
  summary: 'Answer the editor: generation and evaluation over a local socket',
  options: {
    socket: { type: 'string', placeholder: 'PATH', description: 'where to listen' },
    idle: { type: 'string', placeholder: 'SECONDS', default: '600', description: 'end after so long without clients' },
  },
  async run({ values, work }) {
    const socket = needed(values, 'socket');
    if (!socket.ok) return socket;
    const idle = numberOption(values['idle'], '--idle', 0.01, 1e6);
    if (!idle.ok) return idle;
    await serve({
      socket: socket.value,
      idleMs: idle.value * 1000,
      signal: work.signal,
      onListening: () => {
        if (process.send !== undefined)
          process.send({ listening: true }, () => process.connected && process.disconnect());
      },
    });
    return ok({ exitCode: 0 });
  },
};
