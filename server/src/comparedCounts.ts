/** The count of every open document under the tokenizer that it is compared with (`ComparedCounts`). */
import type { Context } from './context.ts';
import { countChanges } from './countChanges.ts';
import { ComparedCounts } from './protocol.ts';

/** As for the count itself, which comes first. */
const togetherMs = 30;

export function registerComparedCounts(context: Context): void {
  const { connection, documents, compared } = context;
  const send = (params: ComparedCounts.Params) => connection.sendNotification(ComparedCounts.type, params);

  const counter = countChanges(context, compared, togetherMs, async ({ document, tokenized, loaded }) => {
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
