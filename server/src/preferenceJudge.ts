/**
 * `JudgePlan` says what judging would send, before anything is sent; `JudgePreference` has a judge decide what is open. The server
 * only waits for answers: they are made elsewhere.
 */
import { isFileError } from '../../engine/src/base/fileProblem.ts';
import { ok, type Result } from '../../engine/src/base/problem.ts';
import type { Work } from '../../engine/src/base/progress.ts';
import type { Language } from '../../engine/src/lint/index.ts';
import {
  estimateJudge,
  JudgeCache,
  judgeable,
  judgeRater,
  openQuestions,
  questionMessages,
  readComparison,
  runJudge,
  verdictsCacheFile,
} from '../../engine/src/preference/index.ts';
import type { ComparisonData, Judge, JudgeRun } from '../../engine/src/preference/index.ts';
import type { Context } from './context.ts';
import { workDone } from './engineCommand.ts';
import { answer, signalOf } from './failure.ts';
import * as shapes from './params.ts';
import { editorTokens, judgeOf, replyTokens } from './preferenceJudges.ts';
import { JudgePlan, JudgePreference } from './protocol.ts';
import { engineWords } from './problemWords.ts';
import { wordsOf } from './words.ts';

const kinds = {
  editor: shapes.members({ kind: shapes.oneOf('editor'), id: shapes.text, name: shapes.text }),
  address: shapes.members({
    kind: shapes.oneOf('address'),
    url: shapes.text,
    model: shapes.text,
    key: shapes.optional(shapes.text),
  }),
  model: shapes.members({
    kind: shapes.oneOf('model'),
    model: shapes.path,
    adapter: shapes.optional(shapes.path),
  }),
};
/** What is asked for never repeats the value: it may hold a key. */
const judge = {
  is: (value: unknown) => Object.values(kinds).some(({ is }) => is(value)),
  what: 'a judge: {kind: "editor", id, name}, {kind: "address", url, model, key?} or {kind: "model", model, adapter?}',
};

export function registerPreferenceJudge(context: Context): void {
  const { connection, watch } = context;

  connection.onRequest(JudgePlan.type, async (params) => {
    const refused = shapes.refusal(params, { directory: shapes.path, judge });
    return refused ?? answer(await plan(context, params));
  });

  connection.onRequest(JudgePreference.type, async (params, token) => {
    const refused = shapes.refusal(params, { directory: shapes.path, judge });
    if (refused !== undefined) return refused;
    const { directory, judge: chosen, workDoneToken } = params;
    const signal = signalOf(token);
    const progress = workDone(connection, workDoneToken, 'Judging');
    try {
      const asked = await judgeOf(context, chosen);
      // The name stands in the notification's title.
      const prefix = asked.ok ? `${judgeRater(asked.value).name}: ` : '';
      const onProgress: Work['onProgress'] = ({ message, ...more }) =>
        progress.report({ ...more, message: message.startsWith(prefix) ? message.slice(prefix.length) : message });
      return answer(
        asked.ok ? await judgeAll(directory, asked.value, context.language, { signal, onProgress }) : asked,
      );
    } finally {
      progress.done();
      watch.tell(['evaluations']);
    }
  });
}

async function plan(
  context: Context,
  { directory, judge: chosen }: JudgePlan.Params,
): Promise<Result<JudgePlan.Answer>> {
  const data = await readComparison(directory);
  if (!data.ok) return data;
  const asked = await judgeOf(context, chosen);
  if (!asked.ok) return asked;
  const questions = openQuestions(data.value, asked.value, 'auto');
  const cache = await openCache();
  const cached = (key: string) => cache?.get(key) !== undefined;
  const prompts = new Map(data.value.prompts.map((prompt) => [prompt.id, prompt]));
  const texts = questions
    .filter(({ key }) => !cached(key))
    .flatMap(({ id, order }) => questionMessages(data.value, prompts.get(id)!, order, 'auto'))
    .map(({ content }) => content);
  const countTokens =
    chosen.kind === 'editor' && texts.length > 0 ? await editorTokens(context.connection, chosen.id, texts) : undefined;
  const estimate = estimateJudge(data.value, questions, {
    ...{ language: 'auto', maxTokens: replyTokens, cached },
    ...(countTokens === undefined ? {} : { countTokens }),
  });
  return ok({
    name: judgeRater(asked.value).name,
    prompts: new Set(questions.map(({ id }) => id)).size,
    open: questions.length,
    requests: estimate.questions,
    cached: 2 * judgeable(data.value).length - estimate.questions,
    tokens: estimate.promptTokens,
    answerTokens: estimate.replyTokens,
    counted: countTokens === undefined ? 'bytes' : 'model',
    ...(asked.value.proxy === undefined ? {} : { proxy: asked.value.proxy }),
  });
}

/**
 * What judges said of the same answers in other comparisons, and on the command line; read anew, for both may add to it. None where it
 * cannot be read: it only saves questions.
 */
async function openCache(): Promise<JudgeCache | undefined> {
  const file = verdictsCacheFile();
  try {
    return file === undefined ? undefined : await JudgeCache.open(file);
  } catch (error) {
    if (!isFileError(error)) throw error;
    return undefined;
  }
}

/** Stopped, it answers with what there is. */
async function judgeAll(
  directory: string,
  judge: Judge,
  language: Language,
  work: Work,
): Promise<Result<JudgePreference.Answer>> {
  const data = await readComparison(directory);
  if (!data.ok) return data;
  const cache = await openCache();
  const { goOn } = wordsOf(language);
  const remedy = (said: string | undefined) => (said === undefined ? goOn : `${engineWords(language, said)} ${goOn}`);
  const run = await runJudge(data.value, judge, { cache, remedy }, work)
    .catch((error: unknown): undefined => {
      if (work.signal?.aborted !== true) throw error;
    })
    .finally(() => cache?.close());
  if (run?.ok === false) return run;
  const after = await readComparison(directory);
  return after.ok ? ok(tally(data.value, after.value, judge, run?.value)) : after;
}

/** What this run has brought, and what went wrong, each thing once. */
function tally(
  before: ComparisonData,
  after: ComparisonData,
  judge: Judge,
  run: JudgeRun | undefined,
): JudgePreference.Answer {
  const { name } = judgeRater(judge);
  const lines = (data: ComparisonData) =>
    data.verdicts.find(({ rater }) => rater.kind === 'judge' && rater.name === name)?.lines ?? [];
  const added = lines(after).slice(lines(before).length);
  const times = new Map<string, number>();
  for (const { error } of added) if (error !== undefined) times.set(error, (times.get(error) ?? 0) + 1);
  return {
    verdicts: added.filter(({ verdict }) => verdict !== undefined).length,
    errors: added.filter(({ error }) => error !== undefined).length,
    problems: [...times].map(([text, n]) => ({ text, times: n })).sort((one, other) => other.times - one.times),
    stopped: run === undefined,
    ...(run === undefined || run.promptTokens === 0 ? {} : { tokens: run.promptTokens, answerTokens: run.replyTokens }),
  };
}
