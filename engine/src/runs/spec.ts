/**
 * A run spec: JSON with comments, checked against the schema that editors complete from, and for sense. What this
 * version cannot do is refused at its place in the text, never ignored. Reads no weights and no data.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Location, type Problem, type Result, ok } from '../base/problem.ts';
import type { TemplateName } from '../data/templates.ts';
import { fileProblem } from '../base/fileProblem.ts';
import { type Complain, firstOf, inOrder, readJsonDocument } from '../base/jsonDocument.ts';
import { type BaseQuantization, type LoraOptions, type TrainableSummary, summarizeTrainable } from '../model/index.ts';
import type { Precision } from '../backends/backend.ts';
import { schemaComplaints } from './schema.ts';
import { type DataFile, dataFileProblem } from './specData.ts';
import { type Training, type WrittenTraining, checkModel, resolveTraining } from './specModel.ts';
import { type EvaluationSpec, type WrittenEvaluation, checkEvaluation, resolveEvaluation } from './specEvaluation.ts';

export type Schedule = 'constant' | 'linear' | 'cosine';

/** A spec with paths absolute and every default filled in. */
export interface RunSpec {
  readonly kind: 'pretrain' | 'sft';
  readonly model: string;
  readonly output: string;
  readonly seed: number;
  readonly backend: string;
  readonly precision: Precision;
  readonly data: readonly DataFile[];
  readonly template: TemplateName;
  readonly sequenceLength: number;
  readonly batchSize: number;
  readonly gradientAccumulation: number;
  readonly packing: boolean;
  readonly epochs?: number;
  readonly steps?: number;
  readonly shuffle: boolean;
  readonly optimizer: {
    readonly learningRate: number;
    readonly betas: readonly [number, number];
    readonly epsilon: number;
    readonly weightDecay: number;
    readonly gradientClip: number;
    readonly schedule: Schedule;
    readonly warmup: number;
  };
  readonly lora?: LoraOptions;
  /** Parts of the names of the parameters that train; absent: all of them, or with lora none. */
  readonly trainable?: readonly string[];
  /** Of embedding and head only the rows from this one on train. */
  readonly newRowsFrom?: number;
  readonly activationCheckpointing: boolean;
  /** With lora: what the base's weights are kept in, where not in float32. */
  readonly baseQuantization?: BaseQuantization;
  readonly evaluation?: EvaluationSpec;
  readonly checkpoint: { readonly every: number; readonly keep: number };
}

/** What the text says, once it fits the schema; paths as written. */
interface WrittenSpec
  extends
    Partial<
      Omit<
        RunSpec,
        | 'optimizer'
        | 'checkpoint'
        | 'data'
        | 'evaluation'
        | 'kind'
        | 'model'
        | 'output'
        | 'baseQuantization'
        | keyof Training
      >
    >,
    WrittenTraining {
  readonly kind: 'pretrain' | 'sft';
  readonly model: string;
  readonly output: string;
  readonly data: readonly DataFile[];
  readonly optimizer?: Partial<RunSpec['optimizer']>;
  readonly checkpoint?: Partial<RunSpec['checkpoint']>;
  readonly evaluation?: WrittenEvaluation;
  readonly baseQuantization?: BaseQuantization | null;
}

/** Every problem of a spec's text, in the order of the text. `file` is the spec's path: relative paths start there. */
export function checkSpec(text: string, file: string): Problem[] {
  return parseSpec(text, file).problems;
}

/** The spec of a file, or its first problem. */
export function readSpec(file: string): Result<RunSpec> {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return fileProblem(error, file);
  }
  const { spec, problems } = parseSpec(text, path.resolve(file));
  if (spec !== undefined) return ok(spec);
  return { ok: false, problem: firstOf(problems) };
}

export interface ParsedSpec {
  /** There exactly where `problems` is empty. */
  readonly spec?: RunSpec;
  readonly problems: Problem[];
  /** What trains, where the model's config can be read and nothing is wrong. */
  readonly trains?: TrainableSummary;
  /** Where the text says what decides on memory, where nothing is wrong. */
  readonly memoryAt?: Location;
}

export function parseSpec(text: string, file: string): ParsedSpec {
  const remedy = 'Begin with {"kind": "pretrain", "model": …, "output": …, "data": […], "steps": …}.';
  const read = readJsonDocument(text, file, schemaComplaints, remedy);
  if ('problems' in read) return read;
  const { value, where } = read.document;
  const written = value as WrittenSpec;
  const problems: Problem[] = [];
  const complain: Complain = (segments, what, remedy, name) => {
    problems.push({ what, where: where(segments, name), ...optional('remedy', remedy) });
  };
  const base = path.dirname(path.resolve(file));
  const model = path.resolve(base, written.model);
  const named = checkModel(model, complain);
  checkSense(written, base, named.contextLength, complain);
  const training = resolveTraining(written, named, complain);
  if (typeof written.baseQuantization === 'string' && training.lora === undefined)
    complain(
      ['baseQuantization'],
      'without "lora" the base itself is trained and written, so it stays in float32',
      'Add "lora", or leave this out.',
      true,
    );
  if (problems.length > 0) return { problems: inOrder(problems) };
  const trains = named.config === undefined ? undefined : summarizeTrainable(named.config, training);
  return {
    spec: resolve(written, base, named.contextLength ?? 2048, training),
    problems,
    memoryAt: where([written.batchSize === undefined ? 'model' : 'batchSize']),
    ...(trains?.ok === true ? { trains: trains.value } : {}),
  };
}

function checkSense(spec: WrittenSpec, base: string, contextLength: number | undefined, complain: Complain): void {
  if (spec.epochs === undefined && spec.steps === undefined) {
    complain([], 'neither epochs nor steps is given', 'Add "epochs": 1 or "steps": 100.');
  }
  if (spec.epochs !== undefined && spec.steps !== undefined) {
    complain(['steps'], 'both epochs and steps are given', 'Leave one of them out.', true);
  }
  if (spec.sequenceLength !== undefined && contextLength !== undefined && spec.sequenceLength > contextLength) {
    complain(
      ['sequenceLength'],
      `the model's context window is ${contextLength} tokens`,
      `Write ${contextLength} or less.`,
    );
  }
  const rows = (spec.batchSize ?? 8) * (spec.gradientAccumulation ?? 1);
  const length = spec.sequenceLength ?? Math.min(contextLength ?? 2, 2048);
  if (rows * length > mostTokens) {
    const most = Math.floor(mostTokens / length);
    complain(
      [spec.batchSize === undefined ? 'gradientAccumulation' : 'batchSize'],
      `a step would have ${rows} rows of ${length} tokens`,
      `Keep batchSize × gradientAccumulation at ${most} or less.`,
    );
  }
  for (const [segments, files] of [
    [['data'], spec.data],
    [['evaluation', 'data'], spec.evaluation?.data ?? []],
  ] as const) {
    const weighted = files.filter((f) => f.weight !== undefined).length;
    files.forEach((f, i) => {
      const problem = dataFileProblem(path.resolve(base, f.path));
      if (problem !== undefined) complain([...segments, i, 'path'], problem[0], problem[1]);
      if (weighted > 0 && f.weight === undefined) {
        complain([...segments, i], 'this file has no weight, and others have', 'Give every file a weight, or none.');
      }
    });
  }
  if (spec.evaluation !== undefined) checkEvaluation(spec.evaluation, base, complain);
}

/** Tokens of a step at most: more than anyone trains on at once, and few enough to hold in memory. */
const mostTokens = 2 ** 26;

function resolve(spec: WrittenSpec, base: string, contextLength: number, training: Training): RunSpec {
  const files = (list: readonly DataFile[]): DataFile[] =>
    list.map((f) => ({ ...f, path: path.resolve(base, f.path) }));
  return {
    kind: spec.kind,
    model: path.resolve(base, spec.model),
    output: path.resolve(base, spec.output),
    seed: spec.seed ?? 42,
    backend: spec.backend ?? 'auto',
    precision: spec.precision ?? 'float32',
    data: files(spec.data),
    template: spec.template ?? 'alpaca',
    sequenceLength: spec.sequenceLength ?? Math.min(contextLength, 2048),
    batchSize: spec.batchSize ?? 8,
    gradientAccumulation: spec.gradientAccumulation ?? 1,
    packing: spec.packing ?? true,
    ...optional('epochs', spec.epochs),
    ...optional('steps', spec.steps),
    shuffle: spec.shuffle ?? true,
    optimizer: {
      learningRate: 2e-4,
      betas: [0.9, 0.95],
      epsilon: 1e-8,
      weightDecay: 0,
      gradientClip: 1,
      schedule: 'constant',
      warmup: 0,
      ...spec.optimizer,
    },
    ...training,
    activationCheckpointing: spec.activationCheckpointing ?? false,
    ...optional('baseQuantization', spec.baseQuantization ?? undefined),
    ...(spec.evaluation === undefined
      ? {}
      : { evaluation: resolveEvaluation(spec.evaluation, base, files(spec.evaluation.data ?? [])) }),
    checkpoint: { every: spec.checkpoint?.every ?? 200, keep: spec.checkpoint?.keep ?? 2 },
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]: V });
}
