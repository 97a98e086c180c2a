/**
 * `MakePreference`, `ResumePreference`: the engine answers the prompts in a process of its own; what is answered is on disk, and a
 * stopped one goes on from there.
 */
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Result } from '../../engine/src/base/problem.ts';
import type { Context } from './context.ts';
import { workDone } from './engineCommand.ts';
import { runEngine } from './engineProcess.ts';
import { cancelled, failure, signalOf } from './failure.ts';
import * as shapes from './params.ts';
import { preferenceInfo } from './preferenceInfo.ts';
import { MakePreference, ResumePreference } from './protocol.ts';
import type { PreferenceInfo, PreferenceSide } from './protocol.ts';

const sides = [
  shapes.members({ kind: shapes.oneOf('model'), model: shapes.path, adapter: shapes.optional(shapes.path) }),
  shapes.members({ kind: shapes.oneOf('answers'), file: shapes.path }),
];
const side = {
  is: (value: unknown) => sides.some(({ is }) => is(value)),
  what: sides.map(({ what }) => what).join(', or '),
};

export function registerPreferenceMake(context: Context): void {
  const { connection, settings, watch } = context;
  const running = new Set<AbortController>();

  /** undefined where it was stopped. */
  const run = async (
    args: readonly string[],
    workDoneToken: string | number | undefined,
    signal: AbortSignal,
  ): Promise<Result<unknown> | undefined> => {
    const node = await context.node();
    if (!node.ok) return node;
    const end = new AbortController();
    running.add(end);
    const progress = workDone(connection, workDoneToken, 'bllossom prefer');
    try {
      const { engine } = await settings();
      const backend = engine.backend === '' ? [] : [`--backend=${engine.backend}`];
      const outcome = await runEngine({
        node: node.value,
        enginePath: context.options.enginePath,
        args: ['prefer', ...args, ...backend],
        signal: AbortSignal.any([signal, end.signal]),
        onProgress: progress.report,
      });
      return outcome.kind === 'stopped' ? undefined : outcome.result;
    } finally {
      running.delete(end);
      progress.done();
      watch.tell(['evaluations']);
    }
  };

  const told = async (directory: string, made: Result<unknown> | undefined) => {
    if (made === undefined) return cancelled();
    if (!made.ok) return failure(made.problem);
    const info: PreferenceInfo = await preferenceInfo(directory);
    return info.problem === undefined ? info : failure(info.problem);
  };

  connection.onRequest(MakePreference.type, async (params, token) => {
    const refused = shapes.refusal(params, {
      ...{ prompts: shapes.path, a: side, b: side, out: shapes.path },
      ...{ limit: shapes.optional(shapes.whole), maxTokens: shapes.optional(shapes.whole) },
      seed: shapes.optional(shapes.whole),
    });
    if (refused !== undefined) return refused;
    const begun = await access(path.join(params.out, 'prefer.json')).then(
      () => ['--resume'],
      () => [],
    );
    return told(params.out, await run([...argumentsOf(params), ...begun], params.workDoneToken, signalOf(token)));
  });

  connection.onRequest(ResumePreference.type, async (params, token) => {
    const refused = shapes.refusal(params, { directory: shapes.path });
    if (refused !== undefined) return refused;
    const args = [`--out=${params.directory}`, '--resume'];
    return told(params.directory, await run(args, params.workDoneToken, signalOf(token)));
  });

  context.onShutdown(() => {
    for (const end of running) end.abort(new Error('the server ends'));
  });
}

/** Each with its value in one word, so that no value is taken for an option. */
function argumentsOf({ prompts, a, b, limit, maxTokens, seed, out }: MakePreference.Params): readonly string[] {
  const values: Readonly<Record<string, string | number | undefined>> = {
    ...{ prompts, a: word(a), b: word(b), out },
    ...{ 'name-a': a.name, 'name-b': b.name, limit, 'max-tokens': maxTokens, seed },
  };
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
}

/** As the command line takes a side: a file, a model, or a model and its adapter. */
const word = (one: PreferenceSide): string =>
  one.kind === 'answers' ? one.file : one.adapter === undefined ? one.model : `${one.model}+${one.adapter}`;
