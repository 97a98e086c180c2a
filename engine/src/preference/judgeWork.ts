/** What a judge has still to be asked about a comparison, and what that would cost. */
import { settingsKey, verdictKey } from './judgeCache.ts';
import { type JudgeLanguage, judgeMessages } from './judgePrompts.ts';
import type { Judge, JudgeMessage } from './judge.ts';
import { judgeable } from './result.ts';
import { type ComparisonData, type Order, orders, type Prompt, type Rater } from './types.ts';
import { raterName } from './directory.ts';

export interface JudgeQuestion {
  readonly id: string;
  readonly order: Order;
  readonly key: string;
}

export const judgeRater = (judge: Pick<Judge, 'name'>): Rater => ({ kind: 'judge', name: raterName(judge.name) });

/** The words of one question; made when it is asked, for they hold both answers. */
export function questionMessages(
  data: Pick<ComparisonData, 'answers'>,
  prompt: Prompt,
  order: Order,
  language: JudgeLanguage,
): readonly JudgeMessage[] {
  const { a, b } = data.answers;
  return judgeMessages(prompt, { a: a.get(prompt.id)!.text, b: b.get(prompt.id)!.text }, order, language);
}

/**
 * Every prompt with an answer of each side, in both orders, but for those whose verdict on these very answers stands in the
 * directory, given under the same settings. Errors of an earlier run are asked again.
 */
export function openQuestions(
  data: ComparisonData,
  judge: Pick<Judge, 'name' | 'identity'>,
  language: JudgeLanguage,
): readonly JudgeQuestion[] {
  const rater = judgeRater(judge);
  const lines = data.verdicts.find((one) => one.rater.kind === 'judge' && one.rater.name === rater.name)?.lines ?? [];
  const last = new Map(lines.map((line) => [`${line.order} ${line.id}`, line]));
  const by = settingsKey(judge, language);
  const prompts = new Map(data.prompts.map((prompt) => [prompt.id, prompt]));
  return judgeable(data).flatMap((id) =>
    orders.flatMap((order) => {
      const key = verdictKey(judge, questionMessages(data, prompts.get(id)!, order, language));
      const before = last.get(`${order} ${id}`);
      return before?.verdict !== undefined && before.key === key && before.by === by ? [] : [{ id, order, key }];
    }),
  );
}

export interface Price {
  /** Of a million tokens, in the user's money. */
  readonly prompt: number;
  readonly reply: number;
}

export interface JudgeEstimate {
  /** To be sent. */
  readonly questions: number;
  /** Answered from the cache, for nothing. */
  readonly cached: number;
  readonly promptTokens: number;
  /** At most: what a reply may have, by as many as there are. */
  readonly replyTokens: number;
  /** How prompt tokens were counted: `bytes` is a rough guess, three bytes of UTF-8 to a token. */
  readonly counted: 'tokenizer' | 'bytes';
  /** At most, without retries; absent where no price is known. */
  readonly cost?: number;
}

export interface EstimateOptions {
  readonly language: JudgeLanguage;
  /** Most tokens of a reply. */
  readonly maxTokens: number;
  readonly cached?: (key: string) => boolean;
  readonly countTokens?: (text: string) => number;
  readonly price?: Price | undefined;
}

/** What asking `questions` would send, before anything is sent. */
export function estimateJudge(
  data: ComparisonData,
  questions: readonly JudgeQuestion[],
  { language, maxTokens, cached = () => false, countTokens, price }: EstimateOptions,
): JudgeEstimate {
  const prompts = new Map(data.prompts.map((prompt) => [prompt.id, prompt]));
  const count = countTokens ?? ((text: string) => Math.ceil(Buffer.byteLength(text) / 3));
  const sent = questions.filter(({ key }) => !cached(key));
  let promptTokens = 0;
  for (const { id, order } of sent)
    // A message costs some tokens of its own: its role and its ends.
    for (const { content } of questionMessages(data, prompts.get(id)!, order, language))
      promptTokens += count(content) + 4;
  const replyTokens = sent.length * maxTokens;
  return {
    questions: sent.length,
    cached: questions.length - sent.length,
    promptTokens,
    replyTokens,
    counted: countTokens === undefined ? 'bytes' : 'tokenizer',
    ...(price === undefined ? {} : { cost: (promptTokens * price.prompt + replyTokens * price.reply) / 1e6 }),
  };
}
