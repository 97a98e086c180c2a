/**
 * Reads a line of a samples file (samples-TASK.jsonl): one row as it was asked and answered. What an older evaluation did not
 * write is absent; a line that is none of a row's is passed over by whoever reads.
 */
import { createHash } from 'node:crypto';

export interface Sample {
  /** The row's number in its file, from 0. */
  readonly id: number;
  /** Everything before the answer. */
  readonly context: string;
  /** Answers to choose from; none where the model wrote its own. */
  readonly candidates: readonly string[];
  /** Of each candidate, in nats. */
  readonly logLikelihoods: readonly number[];
  /** Indices of candidates; -1 where the model wrote its own answer, or a text itself was scored. */
  readonly gold: number;
  readonly prediction: number;
  /** What was wanted and what was written, where the model wrote its own answer. */
  readonly goldText?: string;
  readonly answer?: string;
  /** Of a text that was scored, of which nothing is right or wrong: false. */
  readonly right: boolean;
  /** There where a text itself was scored (loglikelihood_rolling): it is the context. */
  readonly scored?: ScoredText;
  /** Metrics of this row alone. */
  readonly figures: Readonly<Record<string, number>>;
  /** Tokens cut off on the left. */
  readonly truncated: number;
  /** Where the row stands: a file relative to the data directory, and its line from 1. */
  readonly source?: { readonly file: string; readonly line: number };
  /** Tokens of the context; `all` with the right answer, and how many of these are bytes, and how many are new ones. */
  readonly tokens?: SampleTokens;
}

export interface ScoredText {
  /** Of all its tokens, in nats. */
  readonly logLikelihood: number;
  /** In UTF-8. */
  readonly bytes: number;
  /** As the harness counts them; absent where the file does not say. */
  readonly words?: number;
  readonly bitsPerByte: number;
}

export interface SampleTokens {
  readonly context: number;
  readonly all: number;
  readonly byte?: number;
  readonly fresh?: number;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const whole = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** undefined where the line is not a row of samples. */
export function readSample(line: string): Sample | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(json)) return undefined;
  const id = whole(json['doc_id']);
  const asked = json['arguments'];
  if (id === undefined || !Array.isArray(asked) || asked.length === 0) return undefined;
  const pairs = asked.filter((pair): pair is readonly unknown[] => Array.isArray(pair));
  const context = text(pairs[0]?.[0]);
  if (context === undefined || pairs.length !== asked.length) return undefined;
  const common = {
    id,
    context,
    figures: figuresOf(json),
    truncated: whole(json['truncated_tokens']) ?? 0,
    ...sourceOf(json['source']),
    ...tokensOf(json['tokens'], json['target']),
  };
  if (pairs[0]?.length === 1) return textRow(json, common);
  return typeof pairs[0]?.[1] === 'string' ? choice(json, pairs, common) : written(json, common);
}

type Common = Pick<Sample, 'id' | 'context' | 'figures' | 'truncated' | 'source' | 'tokens'>;

function choice(
  json: Readonly<Record<string, unknown>>,
  pairs: readonly (readonly unknown[])[],
  common: Common,
): Sample | undefined {
  const candidates = pairs.map((pair) => text(pair[1]) ?? '');
  const answers = json['resps'];
  const logLikelihoods = (Array.isArray(answers) ? answers : []).map(firstNumber);
  const gold = whole(json['target']);
  // The harness itself writes no prediction: it follows from the log-likelihoods.
  const prediction = whole(json['prediction']) ?? logLikelihoods.indexOf(Math.max(...logLikelihoods));
  if (gold === undefined || logLikelihoods.length !== candidates.length || logLikelihoods.some(Number.isNaN))
    return undefined;
  if (gold >= candidates.length || prediction >= candidates.length) return undefined;
  return { ...common, candidates, logLikelihoods, gold, prediction, right: gold === prediction };
}

function written(json: Readonly<Record<string, unknown>>, common: Common): Sample | undefined {
  const filtered = json['filtered_resps'];
  const answers = json['resps'];
  const answer =
    text(Array.isArray(filtered) ? filtered[0] : undefined) ??
    text(Array.isArray(answers) && Array.isArray(answers[0]) ? answers[0][0] : undefined);
  if (answer === undefined) return undefined;
  const goldText = text(json['target']) ?? '';
  const exact = common.figures['exact_match'];
  return {
    ...common,
    candidates: [],
    logLikelihoods: [],
    gold: -1,
    prediction: -1,
    goldText,
    answer,
    right: exact === undefined ? answer.trim() === goldText.trim() : exact === 1,
  };
}

/** A text is all of its request's arguments. */
function textRow(json: Readonly<Record<string, unknown>>, common: Common): Sample | undefined {
  const logLikelihood = firstNumber(json['resps']);
  const bytes = whole(json['bytes']) ?? Buffer.byteLength(common.context);
  const words = whole(json['words']);
  if (Number.isNaN(logLikelihood) || bytes === 0) return undefined;
  const scored = {
    ...{ logLikelihood, bytes, bitsPerByte: -logLikelihood / bytes / Math.LN2 },
    ...(words === undefined ? {} : { words }),
  };
  return { ...common, candidates: [], logLikelihoods: [], gold: -1, prediction: -1, right: false, scored };
}

/** `[-1.5]`, or `[[-1.5, false]]` as the harness has it. */
function firstNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return Array.isArray(value) && value.length > 0 ? firstNumber(value[0]) : Number.NaN;
}

function figuresOf(json: Readonly<Record<string, unknown>>): Record<string, number> {
  const others = ['doc_id', 'target', 'prediction', 'truncated_tokens'];
  return Object.fromEntries(
    Object.entries(json).filter((entry): entry is [string, number] => {
      return typeof entry[1] === 'number' && !others.includes(entry[0]);
    }),
  );
}

function sourceOf(value: unknown): Pick<Sample, 'source'> {
  if (!isRecord(value)) return {};
  const file = text(value['file']);
  const line = whole(value['line']);
  return file === undefined || line === undefined ? {} : { source: { file, line } };
}

function tokensOf(value: unknown, gold: unknown): Pick<Sample, 'tokens'> {
  if (!isRecord(value)) return {};
  const context = whole(value['context']);
  if (context === undefined) return {};
  const lengths = value['candidates'];
  const answer = Array.isArray(lengths) ? whole(lengths[typeof gold === 'number' ? gold : 0]) : undefined;
  const byte = whole(value['byte']);
  const fresh = whole(value['new']);
  return {
    tokens: {
      context,
      all: context + (answer ?? 0),
      ...(byte === undefined ? {} : { byte }),
      ...(fresh === undefined ? {} : { fresh }),
    },
  };
}

/** Eight bytes of SHA-256 over what was asked: equal just where context and candidates are. */
export function promptHash({ context, candidates }: Pick<Sample, 'context' | 'candidates'>): bigint {
  const hash = createHash('sha256').update(JSON.stringify([context, candidates]));
  return hash.digest().readBigUInt64LE(0);
}
