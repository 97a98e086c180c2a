/** Asks a model all questions of a task, whatever it is asked for, and computes the figures of its answers. */
import { type Result, ok } from '../base/problem.ts';
import { type Steps, inTurns } from '../base/steps.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Spread } from './intervals.ts';
import { type ChoiceMetric, metric, metricSpreads } from './metrics.ts';
import type { PreparedTask } from './prepare.ts';
import { type RollingMetric, type TextAnswer, rollingMetric, rollingSpreads, scoreRolling } from './rolling.ts';
import { type Answer, type ScoringWork, answerQuestions } from './score.ts';
import { type TextMetric, WrittenFigures, type WrittenAnswer, writeAnswers } from './written.ts';

/** In the order of the questions; of the kind that the task's output type says. */
export type TaskAnswers =
  | { readonly outputType: 'multiple_choice'; readonly answers: readonly Answer[] }
  | {
      readonly outputType: 'generate_until';
      readonly answers: readonly WrittenAnswer[];
      readonly figures: WrittenFigures;
    }
  | { readonly outputType: 'loglikelihood_rolling'; readonly answers: readonly TextAnswer[] };

export interface Asked {
  readonly session: InferenceSession;
  readonly tokenizer: Tokenizer;
  /** Ids that end an answer; the tokenizer's EOS where absent. */
  readonly eosIds?: readonly number[];
}

type ScoreWork = Parameters<typeof answerQuestions>[3];

/** Throws the signal's reason when stopped. */
export async function answerTask(
  { task, questions, ids }: Pick<PreparedTask, 'task' | 'questions' | 'ids'>,
  { session, tokenizer, eosIds }: Asked,
  options: Omit<ScoreWork, 'ids'>,
): Promise<Result<TaskAnswers>> {
  const { outputType } = task;
  const work = { ...options, ids };
  switch (outputType) {
    case 'multiple_choice': {
      const answers = await answerQuestions(questions, session, tokenizer, work);
      return answers.ok ? ok({ outputType, answers: answers.value }) : answers;
    }
    case 'generate_until': {
      const ends = eosIds ?? (tokenizer.eosId === undefined ? [] : [tokenizer.eosId]);
      const answers = await writeAnswers(questions, task.generation!, session, tokenizer, ends, work);
      if (!answers.ok) return answers;
      const [texts, wanted] = [
        answers.value.map(({ text }) => text),
        questions.map(({ candidates }) => candidates[0]!),
      ];
      const compared = await inTurns(WrittenFigures.of(texts, wanted, task.exactMatch), work.signal);
      return ok({ outputType, answers: answers.value, figures: compared });
    }
    case 'loglikelihood_rolling': {
      const texts = questions.map((question) => question.candidates[0]!);
      const answers = await scoreRolling(texts, session, tokenizer, work);
      return answers.ok ? ok({ outputType, answers: answers.value }) : answers;
    }
    default:
      return outputType satisfies never;
  }
}

export interface ScoredTask {
  readonly prepared: PreparedTask;
  readonly answered: TaskAnswers;
  readonly seconds: number;
  /** Of scoring candidates: what it took. */
  readonly work?: ScoringWork;
}

export type Figures = Readonly<Record<string, number>>;

/** A task's metrics, and `n`, the number of rows. */
export function figures({ prepared, answered }: Pick<ScoredTask, 'prepared' | 'answered'>): Figures {
  const value = valuesOf(answered);
  return {
    ...Object.fromEntries(prepared.task.metrics.map((name) => [name, value(name)])),
    n: answered.answers.length,
  };
}

function valuesOf(answered: TaskAnswers): (name: string) => number {
  switch (answered.outputType) {
    case 'multiple_choice':
      return (name) => metric(name as ChoiceMetric, answered.answers);
    case 'generate_until':
      return (name) => answered.figures.value(name as TextMetric);
    case 'loglikelihood_rolling':
      return (name) => rollingMetric(name as RollingMetric, answered.answers);
    default:
      return answered satisfies never;
  }
}

/**
 * How sure the figures are; none where nothing can be said. Where all rows were answered alike, or there is one alone, no resample
 * differs from another: that the figure is certain does not follow, so it has no interval. Nor has one past what a number holds.
 */
export function* spreads(
  scored: Pick<ScoredTask, 'prepared' | 'answered'>,
  seed: number,
): Steps<Readonly<Record<string, Partial<Spread>>>> {
  const all = yield* everySpread(scored, seed);
  return Object.fromEntries(
    Object.entries(all).map(([name, { interval, ...rest }]) => [
      name,
      interval[0] < interval[1] && Number.isFinite(interval[1]) ? { interval, ...rest } : rest,
    ]),
  );
}

function* everySpread(
  { prepared: { task }, answered }: Pick<ScoredTask, 'prepared' | 'answered'>,
  seed: number,
): Steps<Readonly<Record<string, Spread>>> {
  switch (answered.outputType) {
    case 'multiple_choice':
      return yield* metricSpreads(task.metrics as readonly ChoiceMetric[], answered.answers, seed);
    case 'generate_until':
      return yield* answered.figures.spreads(task.metrics as readonly TextMetric[], seed);
    case 'loglikelihood_rolling':
      return yield* rollingSpreads(task.metrics as readonly RollingMetric[], answered.answers, seed);
    default:
      return answered satisfies never;
  }
}
