/**
 * The log-likelihood of whole texts, as lm-evaluation-harness's loglikelihood_rolling: every token is predicted once, the first
 * after BOS. A text longer than the window is read in stretches of the window's length, each after the last token of the one
 * before; the last stretch has as much before it as the window holds.
 */
import { type Result, bad, ok } from '../base/problem.ts';
import type { Steps } from '../base/steps.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type Spread, bootstrapSteps } from './intervals.ts';
import { prefixId, requestKey } from './requests.ts';
import type { ScoringOptions } from './score.ts';
import type { metricsOf } from './task.ts';
import { whiteSpace } from './whiteSpace.ts';

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
  { signal, onShare, onWork, known }: ScoringOptions,
): Promise<Result<TextAnswer[]>> {
  const prefix = prefixId(tokenizer);
  if (prefix === undefined)
    return bad('the tokenizer has neither BOS nor EOS for a text to begin after', undefined, 'Use another tokenizer.');
  const rows = texts.flatMap((text, i) => rollingRows(i, tokenizer.encode(text).ids, prefix, session.contextLength));
  const sums = texts.map(() => 0);
  const tokens = texts.map(() => 0);
  const keyed: (RollingRow & { readonly key: string })[] = [];
  for (const row of rows) {
    const key = requestKey(Int32Array.from(row.ids), row.scored);
    const sum = known?.get(key);
    tokens[row.text]! += row.scored;
    if (sum === undefined) keyed.push({ ...row, key });
    else sums[row.text]! += sum;
  }
  const asked = [...new Map(keyed.map((row) => [row.key, row])).values()].sort((a, b) => b.ids.length - a.ids.length);
  const found = new Map<string, number>();
  for (let at = 0; at < asked.length;) {
    signal?.throwIfAborted();
    onShare?.(at / asked.length);
    const batch = asked.slice(at, at + Math.max(1, Math.floor(batchTokens / asked[at]!.ids.length)));
    const logs = await session.logLikelihoods(
      batch.map(({ ids }) => ids),
      signal,
    );
    const values = batch.map(({ scored }, i) => logs[i]!.subarray(logs[i]!.length - scored).reduce((a, b) => a + b, 0));
    if (values.some(Number.isNaN))
      return bad('the model answers with no number', undefined, 'Check its weights: a run may have diverged.');
    for (const [i, { key }] of batch.entries()) found.set(key, values[i]!);
    await known?.add(
      batch.map(({ key }) => key),
      values,
    );
    at += batch.length;
  }
  for (const { text, key } of keyed) sums[text]! += found.get(key)!;
  onWork?.({
    requests: rows.length,
    tokens: rows.reduce((sum, { ids }) => sum + ids.length - 1, 0),
    distinct: rows.length - keyed.length + asked.length,
    known: rows.length - keyed.length,
  });
  onShare?.(1);
  return ok(
    texts.map((text, i) => ({
      logLikelihood: sums[i]!,
      tokens: tokens[i]!,
      bytes: Buffer.byteLength(text),
      words: text.split(whiteSpace).length,
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
export function* rollingSpreads(
  names: readonly RollingMetric[],
  answers: readonly TextAnswer[],
  seed: number,
): Steps<Readonly<Record<string, Spread>>> {
  if (answers.length < 2) return {};
  const spreads = yield* bootstrapSteps(answers.length, seed, (drawn) => {
    const all = { logLikelihood: 0, tokens: 0, bytes: 0, words: 0 };
    for (const row of drawn) {
      const { logLikelihood, tokens, bytes, words } = answers[row]!;
      all.logLikelihood += logLikelihood;
      all.tokens += tokens;
      all.bytes += bytes;
      all.words += words;
    }
    return names.map((name) => rollingMetric(name, [all]));
  });
  return Object.fromEntries(names.map((name, i) => [name, { interval: spreads[i]!.interval }]));
}
