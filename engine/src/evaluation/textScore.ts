/**
 * How well a model foresees texts, in bits per UTF-8 byte: a figure that compares models of different vocabularies, as the
 * loss per token does not. A text is read after BOS; one that is longer than the model's window is read in stretches, each
 * after BOS again. What ends a text is not asked for.
 */
import type { InferenceSession } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** Sums over one text or several. */
export interface TextScore {
  readonly tokens: number;
  /** Of the text in UTF-8; a lone surrogate counts as U+FFFD. */
  readonly bytes: number;
  /** Negated log-likelihood, in nats. */
  readonly nats: number;
}

type Scorer = Pick<InferenceSession, 'logLikelihoods' | 'contextLength'>;

/** A score for each text, in order; empty texts score nothing. `bos`: the id that each begins with. */
export async function scoreTexts(
  session: Scorer,
  tokenizer: Tokenizer,
  bos: number,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<TextScore[]> {
  const rows: number[][] = [];
  const owners: number[] = [];
  texts.forEach((text, owner) => {
    const { ids } = tokenizer.encode(text);
    // The last of a row is predicted and never read, so a row holds one more than the window.
    for (let from = 0; from < ids.length; from += session.contextLength) {
      rows.push([bos, ...ids.subarray(from, from + session.contextLength)]);
      owners.push(owner);
    }
  });
  const scores = texts.map((text) => ({ tokens: 0, bytes: Buffer.byteLength(text), nats: 0 }));
  const answers = rows.length === 0 ? [] : await session.logLikelihoods(rows, signal);
  answers.forEach((answer, i) => {
    const score = scores[owners[i]!]!;
    score.tokens += answer.length;
    for (const value of answer) score.nats -= value;
  });
  return scores;
}

export const total = (scores: readonly TextScore[]): TextScore => ({
  tokens: scores.reduce((sum, score) => sum + score.tokens, 0),
  bytes: scores.reduce((sum, score) => sum + score.bytes, 0),
  nats: scores.reduce((sum, score) => sum + score.nats, 0),
});

/** Nats per token, and bits per byte; not a number where there is no text. */
export const rates = ({ tokens, bytes, nats }: TextScore): { readonly loss: number; readonly bitsPerByte: number } => ({
  loss: nats / tokens,
  bitsPerByte: nats / Math.LN2 / bytes,
});
