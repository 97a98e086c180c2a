/** The count of every open document under the tokenizer that it is compared with (`ComparedCounts`). */
import type { Context } from './context.ts';
import { countChanges } from './countChanges.ts';
import { ComparedCounts } from './protocol.ts';

/** The count itself comes first. */
const times = { after: 30, apart: 30 } as const;

export function registerComparedCounts(context: Context): void {
  const { connection, documents, compared } = context;
  const send = (params: ComparedCounts.Params) => connection.sendNotification(ComparedCounts.type, params);

  const counter = countChanges(context, compared, times, async ({ document, tokenized, loaded }) => {
    const { uri, version } = document;
    await send({ uri, version, compared: { tokens: tokenized.tokens, tokenizer: loaded.info } });
  });
  compared.onProblem((uri, problem) => {
    counter.cancel(uri);
    void send({ uri, version: documents.get(uri)?.version ?? 0, problem });
  });
  compared.onNone((uri) => {
    counter.cancel(uri);
    void send({ uri, version: documents.get(uri)?.version ?? 0 });
  });
}
