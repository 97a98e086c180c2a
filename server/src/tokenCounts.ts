/** The token count of every open document as it changes (`TokenCounts`), and of ranges in it (`CountRanges`). */
import { problemLine } from '../../engine/src/base/problem.ts';
import type { TokenizedText } from '../../engine/src/tokenizers/index.ts';
import type { Context } from './context.ts';
import * as shapes from './params.ts';
import { CountRanges, TokenCounts, TokenizerProblem } from './protocol.ts';

/** Changes within so many milliseconds share a count. Short enough to look live, long enough not to flood. */
const togetherMs = 30;

export function registerTokenCounts(context: Context): void {
  const { connection, documents, slices, tokens } = context;
  /** Documents whose count is due. */
  const due = new Map<string, NodeJS.Timeout>();
  /** Documents being counted: a count under way takes edits in, a second one beside it would only slow both. */
  const underWay = new Map<string, TokenizedText>();
  /** The problem last told, by document: it is not told again for every change on disk. */
  const told = new Map<string, string>();

  const send = async (uri: string) => {
    const { tokenized } = tokens.get(uri) ?? {};
    if (tokenized === undefined || underWay.get(uri) === tokenized) return;
    underWay.set(uri, tokenized);
    const finished = await slices.countRest(tokenized, () => tokens.get(uri)?.tokenized === tokenized);
    if (underWay.get(uri) === tokenized) underWay.delete(uri);
    const now = tokens.get(uri);
    if (!finished || now?.tokenized !== tokenized) return; // closed, or another tokenizer: counted under that one
    await connection.sendNotification(TokenCounts.type, {
      uri,
      version: now.document.version,
      tokens: tokenized.tokens,
      byteTokens: tokenized.byteTokens,
      byteCharacters: tokenized.byteCharacters,
      tokenizer: now.loaded.info,
    });
  };

  tokens.onChange((uri) => {
    told.delete(uri);
    if (due.has(uri)) return;
    due.set(
      uri,
      setTimeout(() => {
        due.delete(uri);
        void send(uri);
      }, togetherMs),
    );
  });
  tokens.onProblem((uri, problem) => {
    clearTimeout(due.get(uri));
    due.delete(uri);
    if (told.get(uri) === problemLine(problem)) return;
    told.set(uri, problemLine(problem));
    void connection.sendNotification(TokenizerProblem.type, { uri, problem });
  });
  documents.onClose((uri) => {
    clearTimeout(due.get(uri));
    due.delete(uri);
    told.delete(uri);
  });
  context.onShutdown(() => {
    for (const timer of due.values()) clearTimeout(timer);
  });

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
