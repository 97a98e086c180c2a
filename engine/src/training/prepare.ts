/** Opens the session that a run trains in: what the spec's material and a backend make together. */
import type { Backend } from '../backends/backend.ts';
import { type Result, ok } from '../base/problem.ts';
import { tokenKinds } from '../data/corpus.ts';
import type { TemplateName } from '../data/templates.ts';
import type { Adapter, StreamedModel } from '../model/files.ts';
import { openTrainingSession } from '../model/index.ts';
import type { GradientSession } from '../model/sessions.ts';
import type { RunSpec } from '../runs/spec.ts';
import type { Material } from './material.ts';
import { optionsOf, tablesOf } from './options.ts';

/** What a run began with, without its weights: the session has them, and there they are not twice in memory. */
export interface TrainedFrom {
  /** The model, or the base where the run trains adapters. */
  readonly model: Pick<StreamedModel, 'directory' | 'config' | 'tokenizerFile'>;
  /** The adapter that the run goes on from, with the names of the tables in it. */
  readonly adapter?: Pick<Adapter, 'directory' | 'config'> & { readonly tables: readonly string[] };
}

export interface Prepared extends Pick<Material, 'trains' | 'batches' | 'probes' | 'steps' | 'sources' | 'notes'> {
  readonly session: GradientSession;
  readonly from: TrainedFrom;
  readonly languages: readonly string[];
  /** Kinds that tokens are told apart by; absent where it is not known which ids are new. */
  readonly kinds?: typeof tokenKinds;
  /** What instructions were written in; absent where there were none. */
  readonly template?: TemplateName;
}

/** Reads the weights. A tensor that cannot be read throws its ProblemError. */
export async function prepare(spec: RunSpec, material: Material, backend: Backend): Promise<Result<Prepared>> {
  const { model, adapter, corpus, trains, batches, probes, steps, sources, notes } = material;
  const session = await openTrainingSession(model, backend, {
    ...optionsOf(spec),
    classes: corpus.classes,
    ...(adapter === undefined ? {} : { adapter: adapter.factors, exact: tablesOf(adapter) }),
  });
  if (!session.ok) return session;
  return ok({
    ...{ trains, batches, probes, steps, sources, notes },
    session: session.value,
    from: trainedFrom(model, adapter),
    languages: corpus.languages,
    ...(corpus.kinds === undefined ? {} : { kinds: tokenKinds }),
    ...(corpus.type === 'instruction' ? { template: spec.template } : {}),
  });
}

function trainedFrom({ directory, config, tokenizerFile }: StreamedModel, adapter: Adapter | undefined): TrainedFrom {
  return {
    model: { directory, config, ...(tokenizerFile === undefined ? {} : { tokenizerFile }) },
    ...(adapter === undefined
      ? {}
      : {
          adapter: {
            directory: adapter.directory,
            config: adapter.config,
            tables: adapter.tables.map(({ name }) => name),
          },
        }),
  };
}
