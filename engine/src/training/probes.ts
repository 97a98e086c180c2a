/**
 * What a model is asked while it is trained: the loss of held-out files, evaluation tasks, prompts. Asking reads the weights
 * and changes nothing, so a run that is probed draws the same curve as one that is not.
 */
import { type Result, bad, ok, unwrap } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import type { HeldOut } from '../data/batches.ts';
import { type Figures, answerTask, figures } from '../evaluation/answerTask.ts';
import { type PreparedTask, prepareTasks } from '../evaluation/prepare.ts';

import { tasksNamed } from '../evaluation/tasks.ts';
import { generateAll } from '../generation/generate.ts';
import { endIds } from '../generation/openModel.ts';
import { type PromptIds, promptIds, withinWindow } from '../generation/prompt.ts';
import type { ModelInMemory } from '../model/files.ts';
import type { GradientSession, InferenceSession, LossSums } from '../model/sessions.ts';
import type { MetricRow, RunSample } from '../protocol.ts';
import type { RunSpec } from '../runs/spec.ts';
import { splitOfTask } from '../runs/specEvaluation.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type Classes, bitsPerByte, lossByKind, lossByLanguage, meanLoss, named } from './lossFigures.ts';

/** All that is asked of one run; everything in it has been read and checked. */
export interface Probes {
  readonly heldOut?: HeldOut;
  /** There where tasks or prompts are. */
  readonly tokenizer?: Tokenizer;
  readonly tasks: readonly PreparedTask[];
  readonly prompts: readonly (PromptIds & { readonly prompt: string })[];
  readonly maxTokens: number;
  /** Ids that end an answer. */
  readonly eosIds: readonly number[];
}

/** What was found after a step: a part of its row, and lines for samples.jsonl. */
export interface Findings {
  readonly row: Partial<MetricRow>;
  readonly samples: readonly RunSample[];
}

/** Throws a ProblemError where a task's rows or a prompt cannot be used. */
export async function prepareProbes(
  { evaluation, kind, template }: RunSpec,
  model: Pick<ModelInMemory, 'directory' | 'config'>,
  tokenizer: Result<Tokenizer>,
  heldOut: HeldOut | undefined,
): Promise<Probes> {
  const { tasks = [], taskData = '', limit, prompts = [], maxTokens = 0 } = evaluation ?? {};
  const given = heldOut === undefined ? {} : { heldOut };
  if (tasks.length === 0 && prompts.length === 0) return { ...given, tasks: [], prompts: [], maxTokens, eosIds: [] };
  const words = unwrap(tokenizer);
  const prepared: PreparedTask[] = [];
  for (const task of unwrap(tasks.length === 0 ? ok([]) : tasksNamed(tasks, taskData))) {
    const request = { tasks: [task.file ?? task.name], data: taskData, split: splitOfTask(task) };
    prepared.push(...unwrap(await prepareTasks(limit === undefined ? request : { ...request, limit })));
  }
  const { contextLength } = model.config;
  const asked = { tokenizer: words, template: undefined, contextLength };
  return {
    ...given,
    tokenizer: words,
    tasks: prepared,
    prompts: prompts.map((prompt, i) => {
      const made = promptIds({ prompt }, kind === 'sft' ? template : 'none', asked, maxTokens);
      const fits = made.ok ? withinWindow(made.value.ids, contextLength) : made;
      if (!fits.ok) unwrap(bad(fits.problem.what, { name: `evaluation.prompts[${i}]` }, fits.problem.remedy));
      return { ...unwrap(made), prompt };
    }),
    maxTokens,
    eosIds: await endIds(model, words),
  };
}

/** Asks all of it. Throws the signal's reason when aborted; a problem where the model answers with no number. */
export async function probe(
  step: number,
  session: GradientSession,
  probes: Probes,
  classes: Classes,
  work: Work,
): Promise<Result<Findings>> {
  const loss = probes.heldOut === undefined ? {} : await heldOutLoss(session, probes.heldOut, classes, work);
  const { tokenizer } = probes;
  if (tokenizer === undefined) return ok({ row: loss, samples: [] });
  const asked = session.inference();
  try {
    const evaluation = await scoreTasks(asked, probes, tokenizer, work);
    if (!evaluation.ok) return evaluation;
    const samples = await answers(step, asked, probes, tokenizer, work);
    return ok({
      row: {
        ...loss,
        ...(probes.tasks.length === 0 ? {} : { evaluation: evaluation.value }),
        ...(samples.length === 0 ? {} : { samples: samples.length }),
      },
      samples,
    });
  } finally {
    asked.dispose(); // its plans' memory goes back to training
  }
}

async function heldOutLoss(
  session: GradientSession,
  { batches, labels, bytes }: HeldOut,
  classes: Classes,
  work: Work,
): Promise<Partial<MetricRow>> {
  let all: LossSums | undefined;
  for (const [i, batch] of batches.entries()) {
    work.signal?.throwIfAborted();
    work.onProgress?.({ message: 'measuring held-out loss', fraction: i / batches.length });
    const { sums, counts } = await session.loss(batch);
    const [before, beforeCounts] = [all?.sums, all?.counts];
    all = {
      sums: sums.map((x, c) => x + (before?.[c] ?? 0)),
      counts: counts.map((n, c) => n + (beforeCounts?.[c] ?? 0)),
    };
  }
  const loss = all === undefined ? undefined : meanLoss(all);
  if (all === undefined || loss === undefined) return {};
  return {
    evaluationLoss: loss,
    ...named('evaluationLossByLanguage', lossByLanguage(all, classes)),
    ...named('evaluationLossByKind', lossByKind(all, classes)),
    ...named('evaluationBitsPerByte', bitsPerByte(loss, labels, bytes)),
  };
}

async function scoreTasks(
  session: InferenceSession,
  { tasks, eosIds }: Pick<Probes, 'tasks' | 'eosIds'>,
  tokenizer: Tokenizer,
  { signal, onProgress }: Work,
): Promise<Result<Record<string, Figures>>> {
  const found: Record<string, Figures> = {};
  for (const prepared of tasks) {
    const message = `scoring ${prepared.task.name}`;
    const scored = await answerTask(
      prepared,
      { session, tokenizer, eosIds },
      {
        ...(signal === undefined ? {} : { signal }),
        onShare: (fraction) => onProgress?.({ message, fraction }),
      },
    );
    if (!scored.ok) return scored;
    found[prepared.task.name] = figures({ prepared, answered: scored.value });
  }
  return ok(found);
}

async function answers(
  step: number,
  session: InferenceSession,
  { prompts, maxTokens, eosIds }: Probes,
  tokenizer: Tokenizer,
  { signal, onProgress }: Work,
): Promise<RunSample[]> {
  const message = 'answering prompts';
  onProgress?.({ message, fraction: 0 });
  const requests = prompts.map(({ ids, ends }) => ({
    ...{ promptIds: ids, maxTokens, eosIds: [...eosIds, ...ends] },
    ...{ temperature: 0, topP: 1, seed: 0 }, // greedy draws nothing
  }));
  let done = 0;
  const found = await generateAll(session, tokenizer, requests, {
    signal,
    onDone: () => onProgress?.({ message, fraction: ++done / prompts.length }),
  });
  signal?.throwIfAborted();
  return found.flatMap(({ text, newTokens, reason }, i) => {
    if (reason === 'cancelled') return [];
    // Cut at so many tokens it may end in the first bytes of a syllable.
    const answer = reason === 'stop' ? text : text.replace(/\uFFFD+$/u, '');
    return [{ step, prompt: prompts[i]!.prompt, answer, newTokens, reason }];
  });
}
