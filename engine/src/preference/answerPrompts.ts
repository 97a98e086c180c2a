/**
 * A model answers a comparison's prompts, many together, each answer written as soon as it is there: a kill loses the answers under
 * way, at most a batch. What is there already is not asked again, and what is asked again comes out the same.
 */
import { plural } from '../base/plural.ts';
import { ProblemError, bad, ok, type Result } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { streamOf } from '../base/random.ts';
import { generateAll } from '../generation/generate.ts';
import type { OpenModel } from '../generation/openModel.ts';
import { promptIds, withinWindow } from '../generation/prompt.ts';
import type { GenerationRequest } from '../generation/request.ts';
import { answersFile } from './directory.ts';
import { JsonLinesWriter } from './jsonLines.ts';
import { languageOfAnswer } from './language.ts';
import { TimeLeft } from './timeLeft.ts';
import type { Answer, Comparison, Prompt, Side } from './types.ts';

export interface AnswersGiven {
  readonly answered: number;
  /** Prompts that the model's window has no room for. */
  readonly tooLong: number;
}

/** So many prompts are held as ids at a time. */
const chunk = 512;

/** The answers of `side` to `prompts`, those that are still missing. Throws the signal's reason when stopped. */
export async function answerPrompts(
  directory: string,
  side: Side,
  { names, seed, generation }: Pick<Comparison, 'names' | 'seed' | 'generation'>,
  prompts: readonly Prompt[],
  model: OpenModel,
  work: Work = {},
): Promise<Result<AnswersGiven>> {
  if (!model.tokenizer.ok) return model.tokenizer;
  const tokenizer = model.tokenizer.value;
  const asked = { tokenizer, template: model.template, contextLength: model.session.contextLength };
  const { template, system, maxTokens, ...sampling } = generation;
  const writer = await JsonLinesWriter.open(answersFile(directory, side));
  const left = new TimeLeft(prompts.length);
  // A full disk ends the work at the next token, not after the last answer.
  const failed = new AbortController();
  const stop = work.signal === undefined ? failed.signal : AbortSignal.any([work.signal, failed.signal]);
  let answered = 0;
  let tooLong = 0;
  const said = (done: number): string => `${names[side]}: ${done} of ${plural(prompts.length, 'answer')}`;
  const write = (answer: Answer): void => {
    writer.append(answer).catch((error: unknown) => failed.abort(error));
    const about = left.step();
    const done = answered + tooLong;
    work.onProgress?.({ message: said(done) + about, fraction: left.fraction });
  };
  // The first answers come together, and may take long.
  work.onProgress?.({ message: said(0), fraction: 0 });
  try {
    for (let from = 0; from < prompts.length; from += chunk) {
      const requests: { readonly prompt: Prompt; readonly request: GenerationRequest }[] = [];
      for (const prompt of prompts.slice(from, from + chunk)) {
        const question = { prompt: prompt.prompt, ...inputOf(prompt), ...(system === undefined ? {} : { system }) };
        const read = promptIds(question, template, asked, maxTokens);
        if (!read.ok) return read;
        const fitting = withinWindow(read.value.ids, asked.contextLength);
        if (fitting.ok && fitting.value.length > 0) {
          const request = {
            ...sampling,
            promptIds: read.value.ids,
            maxTokens,
            // Each prompt draws on its own, so that none depends on which were answered before a stop.
            seed: streamOf(`${seed} ${prompt.id}`),
            eosIds: [...model.eosIds, ...read.value.ends],
          };
          requests.push({ prompt, request });
        } else {
          tooLong++;
          write({ id: prompt.id, text: '', error: fitting.ok ? 'the prompt is empty' : fitting.problem.what });
        }
      }
      const began = performance.now();
      await generateAll(
        model.session,
        tokenizer,
        requests.map(({ request }) => request),
        {
          signal: stop,
          onDone(index, { text, newTokens, reason, tokensPerSecond }) {
            if (reason === 'cancelled') return;
            answered++;
            const { prompt } = requests[index]!;
            const seconds = Math.min(newTokens / tokensPerSecond, (performance.now() - began) / 1000);
            write({
              id: prompt.id,
              text: text.trim(),
              tokens: newTokens,
              finish: reason,
              language: languageOfAnswer(prompt, text).script,
              seconds: Math.round(seconds * 1000) / 1000,
            });
          },
        },
      );
      stop.throwIfAborted();
    }
    return ok({ answered, tooLong });
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  } finally {
    await writer.close();
  }
}

const inputOf = ({ input }: Prompt): { input?: string } => (input === undefined ? {} : { input });

/** The problem of a directory whose model is not the one that gave the answers so far. */
export const otherModel = (file: string): Result<never> =>
  bad(
    'the model here is not the one that the comparison began with: its files have changed',
    { file },
    'Compare it in another directory.',
  );
