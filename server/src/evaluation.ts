/** Evaluations: `ListTasks` names what there is to score, `RunEvaluation` has the inference host score a model; `ListEvaluations` reads the results on disk, `PublishedResults` tells others'. */
import { randomUUID } from 'node:crypto';
import { published } from '../../engine/src/evaluation/published.ts';
import type { Context } from './context.ts';
import { workDone } from './engineCommand.ts';
import { readEvaluation } from './evaluationFiles.ts';
import { answer, cancelled, signalOf } from './failure.ts';
import * as shapes from './params.ts';
import { middleCut } from './sampleQueries.ts';
import { allTasks, withFiles } from './taskFiles.ts';
import { ListEvaluations, ListTasks, PublishedResults, RunEvaluation, TaskRows } from './protocol.ts';

const taskRowsParams = {
  ...{ task: shapes.text, data: shapes.path, split: shapes.optional(shapes.text) },
  ...{ gold: shapes.optional(shapes.whole), from: shapes.whole, count: shapes.whole },
};

export function registerEvaluation(context: Context): void {
  const { connection, host, settings, watch, workspace } = context;

  connection.onRequest(ListTasks.type, async () =>
    allTasks((await workspace.files()).tasks).map(({ name, title, files: { test, dev } }) => ({
      name,
      title,
      files: [test, dev].filter((file) => file !== undefined),
    })),
  );

  connection.onRequest(PublishedResults.type, () => published);

  connection.onRequest(RunEvaluation.type, async ({ workDoneToken, ...params }, token) => {
    const progress = workDone(connection, workDoneToken, `Evaluating ${params.tasks.join(', ')}`);
    const signal = signalOf(token);
    try {
      const { engine } = await settings();
      const tasks = withFiles(params.tasks, (await workspace.files()).tasks);
      const request = { ...params, tasks, requestId: randomUUID(), backend: engine.backend };
      const result = await host.evaluate(request, progress.report, signal);
      if (signal.aborted) return cancelled();
      watch.tell(['evaluations']);
      return answer(result);
    } finally {
      progress.done();
    }
  });

  connection.onRequest(TaskRows.type, async (params, token) => {
    const refused = shapes.refusal(params, taskRowsParams);
    if (refused !== undefined) return refused;
    const [task] = withFiles([params.task], (await workspace.files()).tasks);
    const signal = signalOf(token);
    const read = await host.taskRows({ ...params, task: task!, count: Math.min(params.count, TaskRows.most) }, signal);
    if (signal.aborted) return cancelled();
    if (!read.ok) return answer(read);
    const rows = read.value.rows.map(({ id, context, wanted, line }) => ({
      ...{ id, line },
      context: middleCut(context === '' ? wanted : context),
    }));
    return { ...read.value, rows };
  });

  connection.onRequest(ListEvaluations.type, async () => {
    const { evaluations } = await workspace.fresh();
    const read = await Promise.all(evaluations.map(readEvaluation));
    return read.filter((info) => info !== undefined).sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
  });
}
