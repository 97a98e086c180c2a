/** Evaluations: `ListTasks` names what there is to score, `RunEvaluation` has the inference host score a model; `ListEvaluations` reads the results on disk, `PublishedResults` tells others'. */
import { randomUUID } from 'node:crypto';
import { published } from '../../engine/src/evaluation/published.ts';
import type { Context } from './context.ts';
import { workDone } from './engineCommand.ts';
import { readEvaluation } from './evaluationFiles.ts';
import { answer, cancelled, signalOf } from './failure.ts';
import { allTasks, withFiles } from './taskFiles.ts';
import { ListEvaluations, ListTasks, PublishedResults, RunEvaluation } from './protocol.ts';

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

  connection.onRequest(ListEvaluations.type, async () => {
    const { evaluations } = await workspace.fresh();
    const read = await Promise.all(evaluations.map(readEvaluation));
    return read.filter((info) => info !== undefined).sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
  });
}
