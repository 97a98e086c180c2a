/** A model that is trained: AdamW steps over micro-batches, in whole or with adapters, on any backend. */
import { ProblemError, unwrap } from '../base/problem.ts';
import { philox, seedKey } from '../base/random.ts';
import type { Backend, HostArray } from '../backends/backend.ts';
import { checkBatch, countTargets, feedBatch, roundedLength, targetsOf } from './feeds.ts';
import { LlamaInferenceSession } from './inferenceSession.ts';
import type { ParameterShape } from './files/parameters.ts';
import type { TrainedTensor } from './trainable.ts';
import { Plans, Turns } from './plans.ts';
import type {
  GradientSession,
  InferenceSession,
  LossSums,
  MicroBatch,
  NamedTensor,
  Room,
  StepResult,
  TensorToLoad,
} from './sessions.ts';
import {
  accumulateGraph,
  gradientGraph,
  gradientName,
  lossGraph,
  momentNames,
  rowsFeed,
  stepGraph,
  updateGraph,
} from './trainingGraphs.ts';
import type { TrainingSetup } from './trainingGraphs.ts';
import { contentsOf, disposeBuffers, matchTensors, readBuffer, readTensors } from './weights.ts';
import type { Buffers } from './weights.ts';

type Answers = Record<string, HostArray>;
type OptimizerState = { readonly step: number; readonly tensors: readonly (NamedTensor | TensorToLoad)[] };

export class LlamaTrainingSession implements GradientSession {
  readonly parameters: readonly (ParameterShape & { readonly trainable: boolean })[];
  readonly room: Room;
  readonly #setup: TrainingSetup;
  readonly #backend: Backend;
  readonly #buffers: Buffers;
  readonly #seed: readonly [number, number];
  /** Where only new rows train: their ids. */
  readonly #rows: Int32Array | undefined;
  readonly #plans: Plans;
  readonly #turns = new Turns();
  #steps = 0;

  /** `buffers` holds every parameter and the moments of the trainable ones; the session owns them from now on. */
  constructor(
    setup: TrainingSetup,
    parameters: readonly ParameterShape[],
    backend: Backend,
    buffers: Buffers,
    seed: number,
    room: Room,
  ) {
    this.room = room;
    const trainable = new Set(setup.trainable.map(({ name, table }) => table?.name ?? name));
    this.parameters = parameters.map((parameter) => ({ ...parameter, trainable: trainable.has(parameter.name) }));
    this.#setup = setup;
    this.#backend = backend;
    this.#buffers = buffers;
    this.#seed = seedKey(seed);
    const rows = setup.trainable.find(({ table }) => table !== undefined);
    this.#rows =
      rows?.table === undefined
        ? undefined
        : Int32Array.from({ length: rows.shape[0]! }, (_, i) => rows.table!.firstRow + i);
    this.#plans = new Plans(backend, setup.precision);
  }

  step(microBatches: readonly MicroBatch[], learningRate: number): Promise<StepResult> {
    return this.#turns.take(async () => {
      const targets = this.#targets(microBatches);
      const labels = targets.reduce((n, one) => n + countTargets(one), 0);
      if (labels === 0) throw noLabels();
      const t = this.#steps + 1;
      const [beta1, beta2] = this.#setup.optimizer.betas;
      const rates = {
        learningRate: Float32Array.of(learningRate),
        corrections: Float32Array.of(1 - beta1 ** t, 1 - beta2 ** t),
      };
      const sums = new Float64Array(this.#setup.classes);
      const counts = new Float64Array(this.#setup.classes);
      let sumOfSquares: number;
      if (microBatches.length === 1) {
        const answers = await this.#run('step', stepGraph, microBatches[0]!, targets[0]!, labels, t, 0, rates);
        addClasses(sums, counts, answers);
        sumOfSquares = answers['sumOfSquares']![0]!;
      } else {
        await this.#reserveGradients();
        for (const [n, batch] of microBatches.entries()) {
          const answers = await this.#run('accumulate', accumulateGraph, batch, targets[n]!, labels, t, n);
          addClasses(sums, counts, answers);
        }
        const executable = await this.#plans.get('update', {}, () => updateGraph(this.#setup));
        sumOfSquares = (await executable.run({ ...rates, ...this.#rowsFed() }, this.#buffers))['sumOfSquares']![0]!;
      }
      this.#steps = t;
      const total = sums.reduce((a, b) => a + b, 0);
      return { loss: total / labels, gradNorm: Math.sqrt(sumOfSquares), byClass: { sums, counts } };
    });
  }

  loss(batch: MicroBatch): Promise<LossSums> {
    return this.#turns.take(async () => {
      const sums = new Float64Array(this.#setup.classes);
      const counts = new Float64Array(this.#setup.classes);
      const answers = await this.#run('loss', lossGraph, batch, this.#targets([batch])[0]!, 1, 0, 0);
      addClasses(sums, counts, answers);
      return { sums, counts };
    });
  }

  gradients(batch: MicroBatch): Promise<NamedTensor[]> {
    return this.#turns.take(async () => {
      const targets = this.#targets([batch])[0]!;
      const labels = countTargets(targets);
      if (labels === 0) throw noLabels();
      const answers = await this.#run('gradients', gradientGraph, batch, targets, labels, this.#steps + 1, 0);
      return this.#setup.trainable.map(({ name, shape }) => ({ name, shape, data: answers[name] as Float32Array }));
    });
  }

  weights(which: 'all' | 'trainable' | readonly string[] = 'all'): Promise<NamedTensor[]> {
    return this.#turns.take(() => readTensors(this.#buffers, this.#names(which)));
  }

  weightsToLoad(which: 'all' | 'trainable' | readonly string[] = 'all'): TensorToLoad[] {
    return this.#names(which).map((name) => this.#toLoad(name));
  }

  optimizerState(): { readonly step: number; readonly tensors: readonly TensorToLoad[] } {
    return { step: this.#steps, tensors: this.#moments().map(({ name }) => this.#toLoad(name)) };
  }

  restore(weights: readonly NamedTensor[], optimizer: OptimizerState): Promise<void> {
    return this.#turns.take(async () => {
      const needed = new Set(this.#setup.trainable.map(({ name }) => name));
      const given = new Set(weights.map(({ name }) => name));
      const wanted = [
        ...this.#setup.trainable,
        ...this.parameters.filter(({ name }) => given.has(name) && !needed.has(name)),
      ];
      const tensors = [
        ...unwrap(matchTensors(wanted, weights)),
        ...unwrap(matchTensors(this.#moments(), optimizer.tensors)),
      ];
      for (const tensor of tensors) await this.#buffers[tensor.name]!.write(await contentsOf(tensor, this.room));
      for (const trained of this.#setup.trainable) await this.#fillRows(trained);
      this.#steps = optimizer.step;
    });
  }

  inference(): InferenceSession {
    return new LlamaInferenceSession({
      backend: this.#backend,
      precision: this.#setup.precision,
      config: this.#setup.config,
      buffers: this.#buffers,
      lora: this.#setup.lora,
      turns: this.#turns,
      onDispose: () => undefined,
    });
  }

  dispose(): void {
    this.#plans.dispose();
    disposeBuffers(this.#buffers);
  }

  /** Writes the rows that train into their table. */
  async #fillRows({ name, table }: TrainedTensor): Promise<void> {
    if (table === undefined) return;
    const rows = await readBuffer(this.#buffers, name);
    const whole = await readBuffer(this.#buffers, table.name, this.room);
    whole.set(rows, table.firstRow * table.shape[1]!);
    await this.#buffers[table.name]!.write(whole);
  }

  #names(which: 'all' | 'trainable' | readonly string[]): readonly string[] {
    if (typeof which !== 'string') return which;
    return (which === 'all' ? this.parameters : this.#setup.trainable).map(({ name }) => name);
  }

  #toLoad(name: string): TensorToLoad {
    const { shape } = this.#buffers[name]!;
    return { name, shape, load: (room) => this.#turns.take(() => readBuffer(this.#buffers, name, room)) };
  }

  #rowsFed(): Answers {
    return this.#rows === undefined ? {} : { [rowsFeed]: this.#rows };
  }

  #moments(): ParameterShape[] {
    return this.#setup.trainable.flatMap(({ name, shape }) => {
      const { m, v } = momentNames(name);
      return [
        { name: m, shape },
        { name: v, shape },
      ];
    });
  }

  #targets(microBatches: readonly MicroBatch[]): Int32Array[] {
    return microBatches.map((batch) => {
      checkBatch(batch, this.#setup.config, this.#setup.classes);
      return targetsOf(batch);
    });
  }

  async #run(
    kind: string,
    build: (setup: TrainingSetup) => ReturnType<typeof lossGraph>,
    batch: MicroBatch,
    targets: Int32Array,
    labels: number,
    step: number,
    microBatch: number,
    more: Answers = {},
  ): Promise<Answers> {
    const sequence = this.#backend.freeSizes ? batch.length : roundedLength(batch.length);
    const sizes = { batch: batch.batch, sequence };
    const executable = await this.#plans.get(kind, sizes, () => build(this.#setup));
    const [word] = philox([step, microBatch, 0, 0], this.#seed);
    const fed = { ...feedBatch(batch, targets, labels, sequence), ...more, ...this.#rowsFed() };
    const feeds = { ...fed, seed: Int32Array.of(word | 0) };
    return executable.run(feeds, this.#buffers);
  }

  async #reserveGradients(): Promise<void> {
    for (const { name, shape } of this.#setup.trainable)
      this.#buffers[gradientName(name)] ??= await this.#backend.allocate(shape, 'float32');
  }
}

function addClasses(sums: Float64Array, counts: Float64Array, answers: Answers): void {
  for (const [c, value] of answers['sums']!.entries()) sums[c]! += value;
  for (const [c, value] of answers['counts']!.entries()) counts[c]! += value;
}

const noLabels = (): ProblemError =>
  new ProblemError({
    what: 'no token of the batch has a label, so there is nothing to learn from',
    remedy: 'Leave out rows whose answer has been cut off, or raise sequenceLength.',
  });
