/** The model's public face: opening sessions on a backend. */
import { bad, ok } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import type { Backend, Precision } from '../backends/backend.ts';
import { LlamaInferenceSession } from './inferenceSession.ts';
import { parameterShapes } from './files/parameters.ts';
import { adapterParameters, initialAdapter } from './lora.ts';
import type { LlamaConfig, LoadedModel, ModelToLoad } from './model.ts';
import type { InferenceOptions, LoraOptions, TrainingOptions } from './options.ts';
import { Turns } from './plans.ts';
import type { GradientSession, InferenceSession, NamedTensor, TensorToLoad } from './sessions.ts';
import { checkStored, storedAsTheyAre } from './storedWeights.ts';
import { trainedTensors } from './trainable.ts';
import { momentNames, trainingSetup } from './trainingGraphs.ts';
import { LlamaTrainingSession } from './trainingSession.ts';
import { allocateTensors, disposeBuffers, longestOf, matchTensors, newRoom } from './weights.ts';
import type { Buffers } from './weights.ts';

export { foreseeTraining } from './foresee.ts';
export type { SessionMemory, StepSizes } from './foresee.ts';
export { adapterNames } from './lora.ts';
export type { LlamaConfig, LoadedModel, ModelToLoad } from './model.ts';
export { baseQuantizations, loraTargets } from './options.ts';
export type { BaseQuantization, LoraOptions, TrainingOptions } from './options.ts';
export { percentOf, summarizeTrainable } from './trainable.ts';
export type { TrainableOptions, TrainableSummary } from './trainable.ts';

/**
 * A session to train `model` on `backend`. The session takes over the tensors, one after the other where they are to be loaded; the
 * backend stays the caller's and must outlive it.
 * A Problem: a tensor missing or misshapen, a precision the backend lacks, a trainable name that is no parameter's. A tensor that
 * cannot be read throws its ProblemError.
 */
export async function openTrainingSession(
  model: LoadedModel | ModelToLoad,
  backend: Backend,
  options: TrainingOptions,
): Promise<Result<GradientSession>> {
  const { config } = model;
  const { lora } = options;
  const precision = checkPrecision(backend, options.precision);
  if (!precision.ok) return precision;
  const base = parameterShapes(config);
  const weights = matchTensors<NamedTensor | TensorToLoad>(base, model.tensors);
  if (!weights.ok) return weights;
  const trained = trainedTensors(config, options);
  if (!trained.ok) return trained;
  const trainable = trained.value;
  const adapters = lora === undefined ? [] : adapterParameters(config, lora);
  const factors = lora === undefined ? ok([]) : startOf(config, lora, options);
  if (!factors.ok) return factors;
  const moments = trainable.flatMap(({ name, shape }) =>
    Object.values(momentNames(name)).map((moment) => ({ name: moment, shape })),
  );
  const setup = trainingSetup(config, trainable, options);
  const { stored } = setup;
  const formats = checkStored(backend, stored);
  if (!formats.ok) return formats;
  const rows: Buffers = {};
  const room = newRoom(longestOf([...base, ...adapters]));
  const takeRows = async (from: string, data: Float32Array) => {
    for (const { name, shape, table } of trainable)
      if (table?.name === from)
        rows[name] = await backend.allocate(shape, 'float32', data.subarray(table.firstRow * shape[1]!));
  };
  const all = [...weights.value, ...factors.value];
  const buffers = await allocateTensors(backend, all, room, takeRows, stored);
  Object.assign(buffers, rows);
  for (const { name, shape } of moments) buffers[name] = await backend.allocate(shape, 'float32');
  return ok(new LlamaTrainingSession(setup, [...base, ...adapters], backend, buffers, options.seed, room));
}

/** A session to ask `model` on `backend`; as openTrainingSession. Matrices that their files hold in bfloat16 stay so in memory
 * where the backend can, which changes no number. A tensor that cannot be read throws its ProblemError. */
export async function openInferenceSession(
  model: LoadedModel | ModelToLoad,
  backend: Backend,
  options: InferenceOptions,
): Promise<Result<InferenceSession>> {
  const precision = checkPrecision(backend, options.precision);
  if (!precision.ok) return precision;
  const weights = matchTensors<NamedTensor | TensorToLoad>(parameterShapes(model.config), model.tensors);
  if (!weights.ok) return weights;
  const { config } = model;
  const { adapter } = options;
  const factors =
    adapter === undefined ? ok([]) : matchTensors(adapterParameters(config, adapter.lora), adapter.factors);
  if (!factors.ok) return factors;
  const stored = storedAsTheyAre(weights.value, backend, options.precision);
  const all = [...weights.value, ...factors.value];
  const buffers = await allocateTensors(backend, all, newRoom(), undefined, stored);
  return ok(
    new LlamaInferenceSession({
      backend,
      precision: options.precision,
      config,
      buffers,
      lora: adapter?.lora,
      turns: new Turns(),
      onDispose: () => disposeBuffers(buffers),
    }),
  );
}

const startOf = (
  config: LlamaConfig,
  lora: LoraOptions,
  { adapter, seed }: TrainingOptions,
): Result<readonly NamedTensor[]> =>
  adapter === undefined
    ? ok(initialAdapter(config, lora, seed))
    : matchTensors(adapterParameters(config, lora), adapter);

function checkPrecision(backend: Backend, precision: Precision): Result<null> {
  if (backend.precisions.includes(precision)) return ok(null);
  return bad(
    `the backend ${backend.name} does not compute in ${precision}`,
    { name: 'precision' },
    `Use ${backend.precisions.join(' or ')}, or another backend.`,
  );
}
