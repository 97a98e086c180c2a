/**
 * The log-likelihood of whole texts, as lm-evaluation-harness's loglikelihood_rolling: every token is predicted once, the first
 * after BOS. A text longer than the window is read in stretches of the window's length, each after the last token of the one
 * before; the last stretch has as much before it as the window holds.
 */
import type { Work } from '../base/progress.ts';
import { type Result, bad, ok } from '../base/problem.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type Spread, bootstrap } from './intervals.ts';
import type { metricsOf } from './task.ts';

export type RollingMetric = (typeof metricsOf)['loglikelihood_rolling'][number];

/** A text that was scored. */
export interface TextAnswer {
  /** Sum of log P over its tokens, in nats. */
  readonly logLikelihood: number;
  readonly tokens: number;
  /** In UTF-8. */
  readonly bytes: number;
  /** What lies between runs of white space, counted as the harness does: an empty one at either end counts. */
  readonly words: number;
}

export interface RollingRow {
  readonly text: number;
  readonly ids: number[];
  /** Tokens at the end of `ids` that are predicted. */
  readonly scored: number;
}

/** The stretches of a text. `prefix`: what the first token stands behind. */
export function rollingRows(text: number, ids: Int32Array, prefix: number, contextLength: number): RollingRow[] {
  const rows: RollingRow[] = [];
  for (let from = 0; from < ids.length;) {
    const scored = Math.min(contextLength, ids.length - from);
    const end = from + scored;
    const start = end - contextLength - 1;
    // Before the first token of all stands the prefix; a first stretch may be shorter than the window.
    const row = from === 0 ? [prefix, ...ids.subarray(0, end)] : [...ids.subarray(Math.max(0, start), end)];
    rows.push({ text, ids: row, scored });
    from = end;
  }
  return rows;
}

/** Tokens in a batch, about. */
const batchTokens = 4096;

/** In the order of the texts. Throws the signal's reason when stopped. */
export async function scoreRolling(
  texts: readonly string[],
  session: Pick<InferenceSession, 'logLikelihoods' | 'contextLength'>,
  tokenizer: Tokenizer,
  { signal, onShare }: Pick<Work, 'signal'> & { readonly onShare?: (share: number) => void },
): Promise<Result<TextAnswer[]>> {
  const prefix = tokenizer.bosId ?? tokenizer.eosId;
  if (prefix === undefined)
    return bad('the tokenizer has neither BOS nor EOS for a text to begin after', undefined, 'Use another tokenizer.');
  const rows = texts.flatMap((text, i) => rollingRows(i, tokenizer.encode(text).ids, prefix, session.contextLength));
  rows.sort((a, b) => b.ids.length - a.ids.length);
  const sums = texts.map(() => 0);
  const tokens = texts.map(() => 0);
  for (let at = 0; at < rows.length;) {
    signal?.throwIfAborted();
    onShare?.(at / rows.length);
    const batch = rows.slice(at, at + Math.max(1, Math.floor(batchTokens / rows[at]!.ids.length)));
    const logs = await session.logLikelihoods(batch.map(({ ids }) => ids));
    for (const [i, { text, scored }] of batch.entries()) {
      for (const value of logs[i]!.subarray(logs[i]!.length - scored)) sums[text]! += value;
      tokens[text]! += scored;
    }
    at += batch.length;
  }
  if (sums.some(Number.isNaN))
    return bad('the model answers with no number', undefined, 'Check its weights: a run may have diverged.');
  onShare?.(1);
  return ok(
    texts.map((text, i) => ({
      logLikelihood: sums[i]!,
      tokens: tokens[i]!,
      bytes: Buffer.byteLength(text),
      words: text.split(/\s+/).length,
    })),
  );
}

/**
 * Over all texts together: exp(-Σ log P / Σ words), exp(-Σ log P / Σ bytes), and the latter's logarithm to base 2. They compare
 * models of different vocabularies, as the loss per token does not.
 */
export function rollingMetric(name: RollingMetric, answers: readonly TextAnswer[]): number {
  const nats = -answers.reduce((sum, answer) => sum + answer.logLikelihood, 0);
  const bytes = answers.reduce((sum, answer) => sum + answer.bytes, 0);
  switch (name) {
    case 'bits_per_byte':
      return nats / bytes / Math.LN2;
    case 'byte_perplexity':
      return Math.exp(nats / bytes);
    case 'word_perplexity':
      return Math.exp(nats / answers.reduce((sum, answer) => sum + answer.words, 0));
    default:
      return name satisfies never;
  }
}

/** By a bootstrap over texts; one text alone says nothing of its spread. */
export function rollingSpreads(
  names: readonly RollingMetric[],
  answers: readonly TextAnswer[],
  seed: number,
): Readonly<Record<string, Spread>> {
  if (answers.length < 2) return {};
  const spreads = bootstrap(answers.length, seed, (drawn) => {
    const chosen = Array.from(drawn, (row) => answers[row]!);
    return names.map((name) => rollingMetric(name, chosen));
  });
  return Object.fromEntries(names.map((name, i) => [name, { interval: spreads[i]!.interval }]));
}
