/** The token count of every open document as it changes (`TokenCounts`), and of ranges in it (`CountRanges`). */
import { problemLine } from '../../engine/src/base/problem.ts';
import type { Context } from './context.ts';
import { countChanges } from './countChanges.ts';
import * as shapes from './params.ts';
import { CountRanges, TokenCounts, TokenizerProblem } from './protocol.ts';

/** At once, but not more than a hundred times a second. */
const times = { after: 0, apart: 8 } as const;

export function registerTokenCounts(context: Context): void {
  const { connection, documents, slices, tokens } = context;
  /** The problem last told, by document: it is not told again for every change on disk. */
  const told = new Map<string, string>();

  const counter = countChanges(context, tokens, times, async ({ document, tokenized, loaded }) => {
    await connection.sendNotification(TokenCounts.type, {
      uri: document.uri,
      version: document.version,
      tokens: tokenized.tokens,
      byteTokens: tokenized.byteTokens,
      byteCharacters: tokenized.byteCharacters,
      tokenizer: loaded.info,
    });
  });
  tokens.onChange((uri) => void told.delete(uri));
  tokens.onProblem((uri, problem) => {
    counter.cancel(uri);
    if (told.get(uri) === problemLine(problem)) return;
    told.set(uri, problemLine(problem));
    void connection.sendNotification(TokenizerProblem.type, { uri, problem });
  });
  documents.onClose((uri) => void told.delete(uri));

  connection.onRequest(CountRanges.type, async (params, token) => {
    const refused = shapes.refusal(params, { uri: shapes.text, ranges: shapes.ranges });
    if (refused !== undefined) return refused;
    const { uri, ranges } = params;
    const now = await tokens.settled(uri);
    if (now === undefined) return null;
    const { version, text } = now.document;
    const texts = ranges.map((range) => text.getText(range));
    const counts: number[] = [];
    for (const part of texts) {
      const wanted = () => !token.isCancellationRequested && tokens.get(uri) !== undefined;
      const count = await slices.count(now.loaded.tokenizer, part, wanted);
      if (count === undefined) return null;
      counts.push(count);
    }
    return { version, counts };
  });
}
