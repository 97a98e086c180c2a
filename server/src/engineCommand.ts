/** `EngineCommand`: a command of the engine for the client, in a process of its own, with progress and a way to stop it. */
import type { Connection } from 'vscode-languageserver/node';
import type { Progress } from '../../engine/src/base/progress.ts';
import type { Context } from './context.ts';
import { runEngine } from './engineProcess.ts';
import { answer, cancelled, failure, signalOf } from './failure.ts';
import * as shapes from './params.ts';
import { EngineCommand } from './protocol.ts';

export function registerEngineCommand(context: Context): void {
  const { connection } = context;
  const running = new Set<AbortController>();

  connection.onRequest(EngineCommand.type, async (params, token) => {
    const refused = shapes.refusal(params, { args: shapes.words });
    if (refused !== undefined) return refused;
    const { args, workDoneToken } = params;
    const node = await context.node();
    if (!node.ok) return failure(node.problem);
    const end = new AbortController();
    running.add(end);
    const progress = workDone(connection, workDoneToken, `bllossom ${args.slice(0, 2).join(' ')}`);
    try {
      const cwd = context.workspace.folders[0]?.path;
      const outcome = await runEngine({
        node: node.value,
        enginePath: context.options.enginePath,
        args,
        ...(cwd === undefined ? {} : { cwd }),
        signal: AbortSignal.any([signalOf(token), end.signal]),
        onProgress: progress.report,
      });
      // The command may have written a tokenizer or a model.
      context.watch.tell(['tokenizers', 'models']);
      return outcome.kind === 'stopped' ? cancelled() : answer(outcome.result);
    } finally {
      running.delete(end);
      progress.done();
    }
  });

  context.onShutdown(() => {
    for (const end of running) end.abort(new Error('the server ends'));
  });
}

/** Work-done progress under a token the client made; nothing where it made none. */
export function workDone(
  connection: Connection,
  token: string | number | undefined,
  title: string,
): { readonly report: (progress: Progress) => void; readonly done: () => void } {
  if (token === undefined) return { report: () => undefined, done: () => undefined };
  const reporter = connection.window.attachWorkDoneProgress(token);
  reporter.begin(title, 0, undefined, true);
  return {
    report: ({ message, fraction }) => {
      if (fraction === undefined) reporter.report(message);
      else reporter.report(Math.round(fraction * 100), message);
    },
    done: () => reporter.done(),
  };
}
