/** `Chat`: a question to the inference host, its answer streamed as it comes. */
import type { Context } from './context.ts';
import { answer, cancelled, signalOf } from './failure.ts';
import { Chat, ChatChunk } from './protocol.ts';

export function registerChat(context: Context): void {
  const { connection, host, settings } = context;

  connection.onRequest(Chat.type, async (params, token) => {
    const signal = signalOf(token);
    const backend = params.backend ?? (await settings()).engine.backend;
    const chunk = (text: string) =>
      void connection.sendNotification(ChatChunk.type, { requestId: params.requestId, text });
    const result = await host.generate({ ...params, backend }, chunk, signal);
    // A stopped generation answers with what there is; without an answer the request itself was stopped.
    return !result.ok && signal.aborted ? cancelled() : answer(result);
  });
}
