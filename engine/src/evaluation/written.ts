/** Has a model write the answers of a generation task, greedily and in batches, and compares them with what was wanted. */
import { createHash } from 'node:crypto';
import { type Result, bad, ok } from '../base/problem.ts';
import type { Steps } from '../base/steps.ts';
import { generateAll } from '../generation/generate.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type Spread, bootstrapSteps, shareSpread } from './intervals.ts';
import { requestKey } from './requests.ts';
import type { KnownAnswers, ScoringOptions } from './score.ts';
import type { GenerationOptions, Question, metricsOf } from './task.ts';
import { type ExactMatchOptions, chrf, chrfCounts, chrfCountsLength, exactMatch } from './textMetrics.ts';

export type TextMetric = (typeof metricsOf)['generate_until'][number];

/** An answer that the model wrote. */
export interface WrittenAnswer {
  /** As it came. */
  readonly text: string;
  /** Tokens cut off the prompt on the left. */
  readonly cut: number;
}

/** In the order of the questions. Throws the signal's reason when stopped. */
export async function writeAnswers(
  questions: readonly Question[],
  { until, maxTokens }: GenerationOptions,
  session: InferenceSession,
  tokenizer: Tokenizer,
  eosIds: readonly number[],
  { signal, onShare, known, ids: rows }: Omit<ScoringOptions, 'onWork'>,
): Promise<Result<WrittenAnswer[]>> {
  // As the harness: no BOS, and of a prompt too long the end is kept that leaves room for the answer.
  const room = Math.max(1, session.contextLength - maxTokens);
  const cuts: number[] = [];
  const requests = questions.map(({ context }) => {
    const { ids } = tokenizer.encode(context);
    cuts.push(Math.max(0, ids.length - room));
    return {
      promptIds: [...ids.subarray(Math.max(0, ids.length - room))],
      ...{ maxTokens, eosIds, stop: until },
      ...{ temperature: 0, topP: 1, seed: 0 }, // greedy draws nothing
    };
  });
  const empty = requests.findIndex(({ promptIds }) => promptIds.length === 0);
  if (empty >= 0)
    return bad(
      `the prompt of row ${(rows?.[empty] ?? empty) + 1} is empty`,
      undefined,
      'Correct the row, or the prompt.',
    );
  // Until, most tokens and ends are asked for with the prompt.
  const settings = createHash('sha256')
    .update(JSON.stringify([until, maxTokens, eosIds]))
    .digest('base64url');
  const keys = requests.map(({ promptIds }) => `${requestKey(Int32Array.from(promptIds), 0)} ${settings}`);
  const texts = new Map<string, string>();
  const asked = new Map<string, (typeof requests)[number]>();
  for (const [i, key] of keys.entries()) {
    const text = known?.text(key);
    if (text === undefined) asked.set(key, requests[i]!);
    else texts.set(key, text);
  }
  const askedKeys = [...asked.keys()];
  const keeping = new Keeping(known);
  let done = 0;
  try {
    await generateAll(session, tokenizer, [...asked.values()], {
      signal: signal === undefined ? keeping.failed : AbortSignal.any([signal, keeping.failed]),
      onDone: (index, { text, reason }) => {
        if (reason === 'cancelled') return; // no whole answer
        texts.set(askedKeys[index]!, text);
        keeping.add(askedKeys[index]!, text);
        onShare?.(++done / asked.size);
      },
    });
  } finally {
    await keeping.end();
  }
  signal?.throwIfAborted();
  // Cut at so many tokens it may end in the first bytes of a syllable.
  return ok(keys.map((key, i) => ({ text: texts.get(key)!.replace(/\uFFFD+$/u, ''), cut: cuts[i]! })));
}

/** Keeps answers one after the other while the model writes on. */
class Keeping {
  readonly #known: KnownAnswers | undefined;
  readonly #stop = new AbortController();
  #last: Promise<void> = Promise.resolve();
  #error: unknown;

  constructor(known: KnownAnswers | undefined) {
    this.#known = known;
  }

  /** Aborted where an answer could not be kept. */
  get failed(): AbortSignal {
    return this.#stop.signal;
  }

  add(key: string, text: string): void {
    this.#last = this.#last
      .then(() => (this.failed.aborted ? undefined : this.#known?.addTexts([key], [text])))
      .catch((error: unknown) => {
        this.#error = error;
        this.#stop.abort();
      });
  }

  /** All are kept; throws what stood against it. */
  async end(): Promise<void> {
    await this.#last;
    if (this.failed.aborted) throw this.#error;
  }
}

/** Characters counted between two pauses: some milliseconds' worth. */
const countedAtOnce = 2000;

/** Texts and what was wanted, compared once: figures of each, and over all of them. */
export class WrittenFigures {
  readonly #matches: readonly number[];
  readonly #counts: readonly Float64Array[];

  private constructor(matches: readonly number[], counts: readonly Float64Array[]) {
    this.#matches = matches;
    this.#counts = counts;
  }

  static *of(
    answers: readonly string[],
    wanted: readonly string[],
    options?: ExactMatchOptions,
  ): Steps<WrittenFigures> {
    const [matches, counts]: [number[], Float64Array[]] = [[], []];
    let sincePause = 0;
    for (const [i, answer] of answers.entries()) {
      matches.push(exactMatch(answer, wanted[i]!, options));
      counts.push(chrfCounts(answer, wanted[i]!));
      sincePause += answer.length + wanted[i]!.length;
      if (sincePause < countedAtOnce) continue;
      sincePause = 0;
      yield;
    }
    return new WrittenFigures(matches, counts);
  }

  /** A row's own figure: chrF in [0, 100], exact match 0 or 1. */
  row(name: TextMetric, i: number): number {
    switch (name) {
      case 'exact_match':
        return this.#matches[i]!;
      case 'chrf':
        return chrf(this.#counts[i]!);
      default:
        return name satisfies never;
    }
  }

  /** Exact match is a share; chrF is of the counts of all rows together, as sacreBLEU's corpus score. */
  value(name: TextMetric): number {
    switch (name) {
      case 'exact_match':
        return this.#matches.reduce((sum, match) => sum + match, 0) / this.#matches.length;
      case 'chrf':
        return this.#corpus(this.#counts.keys());
      default:
        return name satisfies never;
    }
  }

  *spreads(names: readonly TextMetric[], seed: number): Steps<Readonly<Record<string, Spread>>> {
    const spreads: Record<string, Spread> = {};
    for (const name of names) {
      if (name === 'exact_match') spreads[name] = shareSpread(this.#matches);
      else spreads[name] = (yield* bootstrapSteps(this.#counts.length, seed, (drawn) => [this.#corpus(drawn)]))[0]!;
    }
    return spreads;
  }

  #corpus(rows: Iterable<number>): number {
    const sums = new Float64Array(chrfCountsLength);
    for (const row of rows) for (let i = 0; i < sums.length; i++) sums[i]! += this.#counts[row]![i]!;
    return chrf(sums);
  }
}
