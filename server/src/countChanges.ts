/**
 * Counts documents when they have changed: at once, so that a count follows each keystroke; changes close together as one, one count of a
 * document at a time, none told that is stale.
 */
import { isCode } from '../../engine/src/sections/index.ts';
import type { TokenizedText } from '../../engine/src/tokenizers/index.ts';
import type { Context } from './context.ts';
import type { TokenizedDocument, TokenizedDocuments } from './tokenizedDocuments.ts';

export interface ChangeCounter {
  /** A count that is due is not begun any more. */
  cancel(uri: string): void;
}

/** Milliseconds. */
export interface ChangeTimes {
  /** A count is begun so long after a change. */
  readonly after: number;
  /** Counts of a document are told so far apart, at least: a storm of edits is not a storm of messages. */
  readonly apart: number;
}

/** `tell` is called with a document whose count is over. */
export function countChanges(
  { documents, slices, onShutdown }: Context,
  tokens: TokenizedDocuments,
  { after, apart }: ChangeTimes,
  tell: (now: TokenizedDocument) => void | Promise<void>,
): ChangeCounter {
  /** Documents whose count is due. */
  const due = new Map<string, NodeJS.Timeout>();
  /** Documents being counted: a count under way takes edits in, a second one beside it would only slow both. */
  const underWay = new Map<string, TokenizedText>();

  /** When a document's count was last told. */
  const toldAt = new Map<string, number>();

  const send = async (uri: string) => {
    const { tokenized } = tokens.get(uri) ?? {};
    if (tokenized === undefined || underWay.get(uri) === tokenized) return;
    underWay.set(uri, tokenized);
    const finished = await slices.countRest(tokenized, () => tokens.get(uri)?.tokenized === tokenized);
    if (underWay.get(uri) === tokenized) underWay.delete(uri);
    const now = tokens.get(uri);
    if (!finished || now?.tokenized !== tokenized) return; // closed, or another tokenizer: counted under that one
    toldAt.set(uri, performance.now());
    await tell(now);
  };
  const cancel = (uri: string) => {
    clearTimeout(due.get(uri));
    due.delete(uri);
  };

  tokens.onChange((uri) => {
    // Of code only marked strings are text, and those are counted by themselves.
    if (due.has(uri) || isCode(documents.get(uri)?.languageId ?? '')) return;
    const wait = Math.max(after, (toldAt.get(uri) ?? -Infinity) + apart - performance.now());
    if (wait <= 0) {
      void send(uri);
      return;
    }
    due.set(
      uri,
      setTimeout(() => {
        due.delete(uri);
        void send(uri);
      }, wait),
    );
  });
  documents.onClose((uri) => {
    cancel(uri);
    toldAt.delete(uri);
  });
  onShutdown(() => {
    for (const timer of due.values()) clearTimeout(timer);
  });
  return { cancel };
}
