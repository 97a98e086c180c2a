/** The model's public face: opening sessions on a backend. */
import { bad, ok } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import type { Backend, Precision } from '../backends/backend.ts';
import { LlamaInferenceSession } from './inferenceSession.ts';
import { parameterShapes, parametersCalled, trainableRemedy } from './files/parameters.ts';
import type { ParameterShape } from './files/parameters.ts';
import { adapterParameters, initialAdapter } from './lora.ts';
import type { LlamaConfig, LoadedModel } from './model.ts';
import type { InferenceOptions, TrainingOptions } from './options.ts';
import { Turns } from './plans.ts';
import type { GradientSession, InferenceSession } from './sessions.ts';
import { momentNames } from './trainingGraphs.ts';
import { LlamaTrainingSession } from './trainingSession.ts';
import { allocateTensors, disposeBuffers, matchTensors } from './weights.ts';

export { adapterNames } from './lora.ts';
export type { LlamaConfig, LoadedModel } from './model.ts';
export { loraTargets } from './options.ts';
export type { InferenceOptions, LoraOptions, LoraTarget, TrainingOptions } from './options.ts';

/**
 * A session to train `model` on `backend`. The session copies the tensors; the backend stays the caller's and must outlive it.
 * A Problem: a tensor missing or misshapen, a precision the backend lacks, a trainable name that is no parameter's.
 */
export async function openTrainingSession(
  model: LoadedModel,
  backend: Backend,
  options: TrainingOptions,
): Promise<Result<GradientSession>> {
  const { config } = model;
  const { lora } = options;
  const precision = checkPrecision(backend, options.precision);
  if (!precision.ok) return precision;
  const base = parameterShapes(config);
  const weights = matchTensors(base, model.tensors);
  if (!weights.ok) return weights;
  const chosen = chooseTrainable(config, base, options);
  if (!chosen.ok) return chosen;
  const adapters = lora === undefined ? [] : adapterParameters(config, lora);
  const trainable = [...chosen.value, ...adapters];
  const moments = trainable.flatMap(({ name, shape }) =>
    Object.values(momentNames(name)).map((moment) => ({ name: moment, shape })),
  );
  const buffers = await allocateTensors(backend, [
    ...weights.value,
    ...(lora === undefined ? [] : initialAdapter(config, lora, options.seed)),
  ]);
  for (const { name, shape } of moments) buffers[name] = await backend.allocate(shape, 'float32');
  const setup = {
    config,
    lora,
    trainable,
    optimizer: options.optimizer,
    precision: options.precision,
    classes: options.classes ?? 1,
  };
  return ok(new LlamaTrainingSession(setup, [...base, ...adapters], backend, buffers, options.seed));
}

/** A session to ask `model` on `backend`; as openTrainingSession. */
export async function openInferenceSession(
  model: LoadedModel,
  backend: Backend,
  options: InferenceOptions,
): Promise<Result<InferenceSession>> {
  const precision = checkPrecision(backend, options.precision);
  if (!precision.ok) return precision;
  const weights = matchTensors(parameterShapes(model.config), model.tensors);
  if (!weights.ok) return weights;
  const buffers = await allocateTensors(backend, weights.value);
  const { config } = model;
  return ok(
    new LlamaInferenceSession({
      backend,
      precision: options.precision,
      config,
      buffers,
      lora: undefined,
      turns: new Turns(),
      onDispose: () => disposeBuffers(buffers),
    }),
  );
}

function checkPrecision(backend: Backend, precision: Precision): Result<null> {
  if (backend.precisions.includes(precision)) return ok(null);
  return bad(
    `the backend ${backend.name} does not compute in ${precision}`,
    { name: 'precision' },
    `Use ${backend.precisions.join(' or ')}, or another backend.`,
  );
}

/** The base's parameters that are trained. */
function chooseTrainable(
  config: LlamaConfig,
  base: readonly ParameterShape[],
  { lora, trainable }: TrainingOptions,
): Result<readonly ParameterShape[]> {
  if (trainable === undefined) return ok(lora === undefined ? base : []);
  const names = new Set<string>();
  for (const wanted of trainable) {
    const found = parametersCalled(config, wanted);
    if (found.length === 0)
      return bad(
        `no parameter of the model is called ${JSON.stringify(wanted)}`,
        { name: 'trainable' },
        trainableRemedy,
      );
    for (const { name } of found) names.add(name);
  }
  return ok(base.filter(({ name }) => names.has(name)));
}
