/** The local model as a judge: questions that are asked at the same time are answered together. */
import { generateAll, mostRows } from '../generation/generate.ts';
import type { OpenModel } from '../generation/openModel.ts';
import { promptIds, withinWindow } from '../generation/prompt.ts';
import { type Judge, JudgeError, type JudgeMessage, type JudgeReply } from './judge.ts';

interface Waiting {
  readonly messages: readonly JudgeMessage[];
  readonly signal: AbortSignal;
  readonly done: (reply: JudgeReply) => void;
  readonly failed: (error: unknown) => void;
}

/** `fingerprint`: of the model's files. Throws a ProblemError where the model has no tokenizer. */
export function localJudge(model: OpenModel, name: string, fingerprint: string, maxTokens = 512): Judge {
  let queue: Waiting[] = [];
  let busy = false;

  async function answerAll(): Promise<void> {
    busy = true;
    // All that is asked in this turn of the loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      try {
        await answer(batch);
      } catch (error) {
        for (const one of batch) one.failed(error);
      }
    }
    busy = false;
  }

  async function answer(batch: readonly Waiting[]): Promise<void> {
    const requests = batch.flatMap((waiting) => {
      const ids = idsOf(model, waiting.messages, maxTokens);
      if (ids instanceof JudgeError) {
        waiting.failed(ids);
        return [];
      }
      return [
        { waiting, request: { ...greedy, promptIds: ids.ids, maxTokens, eosIds: [...model.eosIds, ...ids.ends] } },
      ];
    });
    const signal = AbortSignal.any(batch.map((one) => one.signal));
    const tokenizer = model.tokenizer.ok ? model.tokenizer.value : undefined;
    await generateAll(
      model.session,
      tokenizer,
      requests.map(({ request }) => request),
      {
        signal,
        onDone(index, { text, newTokens, reason }) {
          const { waiting, request } = requests[index]!;
          if (reason === 'cancelled') waiting.failed(waiting.signal.aborted ? waiting.signal.reason : stopped());
          else
            waiting.done({
              text,
              finish: reason === 'stop' ? 'stop' : 'length',
              promptTokens: request.promptIds.length,
              replyTokens: newTokens,
            });
        },
      },
    );
  }

  return {
    name,
    identity: JSON.stringify(['local', fingerprint, model.template ?? null, maxTokens]),
    concurrency: mostRows,
    ask: (messages, signal) =>
      new Promise<JudgeReply>((done, failed) => {
        queue.push({ messages, signal, done, failed });
        if (!busy) void answerAll();
      }),
  };
}

const greedy = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };
const stopped = () => new JudgeError('again', 'another question that was asked with this one was stopped');

function idsOf(
  model: OpenModel,
  messages: readonly JudgeMessage[],
  maxTokens: number,
): JudgeError | { readonly ids: readonly number[]; readonly ends: readonly number[] } {
  if (!model.tokenizer.ok) return new JudgeError('stop', model.tokenizer.problem.what);
  const text = (role: JudgeMessage['role']) =>
    messages
      .filter((message) => message.role === role)
      .map(({ content }) => content)
      .join('\n\n');
  const { contextLength } = model.session;
  const question =
    model.template === undefined
      ? { prompt: `${text('system')}\n\n${text('user')}\n\n` }
      : { prompt: text('user'), system: text('system') };
  const read = promptIds(
    question,
    'auto',
    { tokenizer: model.tokenizer.value, template: model.template, contextLength },
    maxTokens,
  );
  if (!read.ok) return new JudgeError('stop', read.problem.what);
  const fitting = withinWindow(read.value.ids, contextLength);
  return fitting.ok ? read.value : new JudgeError('item', fitting.problem.what);
}
