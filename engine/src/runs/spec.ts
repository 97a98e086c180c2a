/**
 * A run spec: JSON with comments, checked against the schema that editors complete from, and for sense. What this
 * version cannot do is refused at its place in the text, never ignored. Reads no weights and no data.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type Location, type Problem, type Result, ok } from '../base/problem.ts';
import { fileProblem, isFileError, systemProblem } from '../base/fileProblem.ts';
import type { Precision } from '../backends/backend.ts';
import { parametersCalled, parseConfig, trainableRemedy } from '../model/files.ts';
import { type SchemaComplaint, schemaComplaints } from './schema.ts';
import { type Segments, place } from './place.ts';
import { nodeAt, repeatedNames, toValue, words } from './specTree.ts';

export interface DataFile {
  /** Absolute. */
  readonly path: string;
  readonly weight?: number;
  readonly language?: string;
}

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
  readonly template: 'alpaca';
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
  /** Parts of the names of the parameters that train; absent: all of them. */
  readonly trainable?: readonly string[];
  readonly evaluation?: { readonly every: number; readonly data: readonly DataFile[] };
  readonly checkpoint: { readonly every: number; readonly keep: number };
}

/** What the text says, once it fits the schema; paths as written. */
interface WrittenSpec extends Partial<
  Omit<RunSpec, 'optimizer' | 'checkpoint' | 'data' | 'evaluation' | 'kind' | 'model' | 'output'>
> {
  readonly kind: 'pretrain' | 'sft';
  readonly model: string;
  readonly output: string;
  readonly data: readonly DataFile[];
  readonly optimizer?: Partial<RunSpec['optimizer']>;
  readonly checkpoint?: Partial<RunSpec['checkpoint']>;
  readonly evaluation?: {
    readonly every: number;
    readonly data?: readonly DataFile[];
    readonly tasks?: readonly string[];
    readonly prompts?: readonly string[];
  };
  readonly lora?: object;
  readonly newRowsOnly?: boolean;
  readonly activationCheckpointing?: boolean;
  readonly baseQuantization?: string | null;
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
  const [first, ...others] = problems;
  const more =
    others.length === 0 ? '' : `${first!.remedy === undefined ? '' : ' '}(${others.length} more in this file.)`;
  return { ok: false, problem: more === '' ? first! : { ...first!, remedy: `${first!.remedy ?? ''}${more}` } };
}

/** `spec` is there exactly where `problems` is empty. */
export function parseSpec(text: string, file: string): { readonly spec?: RunSpec; readonly problems: Problem[] } {
  const source = text.replace(/^\uFEFF/, ' ');
  const errors: ParseError[] = [];
  const root = parseTree(source, errors, { allowTrailingComma: true });
  if (source.trim() === '') {
    const remedy = 'Begin with {"kind": "pretrain", "model": …, "output": …, "data": […], "steps": …}.';
    return { problems: [{ what: 'the file is empty', where: place(source, file, 0, 0), remedy }] };
  }
  if (errors.length > 0 || root === undefined) {
    return {
      problems: errors.map((error) => ({
        what: `this is not JSON: ${words(printParseErrorCode(error.error))}`,
        where: place(source, file, error.offset, error.length),
      })),
    };
  }
  const where = (segments: Segments, name?: boolean): Location => {
    const node = nodeAt(root, segments, name === true);
    const dotted = segments
      .map((s) => (typeof s === 'number' ? `[${s}]` : `.${s}`))
      .join('')
      .replace(/^\./, '');
    return { ...place(source, file, node.offset, node.length), ...(dotted === '' ? {} : { name: dotted }) };
  };
  const repeated = repeatedNames(root);
  if (repeated.length > 0) {
    return {
      problems: repeated.map((node) => ({
        what: `${JSON.stringify(node.value)} is given twice`,
        where: place(source, file, node.offset, node.length),
        remedy: 'Leave one of them out.',
      })),
    };
  }
  const value = toValue(root);
  const complaints: SchemaComplaint[] = schemaComplaints(value);
  if (complaints.length > 0) {
    return {
      problems: inOrder(complaints.map((c) => ({ what: c.what, where: where(c.at, c.atName), remedy: c.remedy }))),
    };
  }
  const written = value as WrittenSpec;
  const problems: Problem[] = [];
  const complain = (segments: Segments, what: string, remedy?: string, name?: boolean): void => {
    problems.push({ what, where: where(segments, name), ...optional('remedy', remedy) });
  };
  refuseUnsupported(written, complain);
  const base = path.dirname(path.resolve(file));
  const model = path.resolve(base, written.model);
  const contextLength = checkModel(model, complain);
  checkSense(written, base, contextLength, complain);
  checkTrainable(written, model, complain);
  if (problems.length > 0) return { problems: inOrder(problems) };
  return { spec: resolve(written, base, contextLength ?? 2048), problems };
}

type Complain = (segments: Segments, what: string, remedy?: string, atName?: boolean) => void;

function refuseUnsupported(spec: WrittenSpec, complain: Complain): void {
  const unsupported = (segments: Segments): void =>
    complain(segments, `${segments.join('.')} is not available in this version`, 'Leave it out.', true);
  if (spec.lora !== undefined) unsupported(['lora']);
  if (spec.newRowsOnly === true) unsupported(['newRowsOnly']);
  if (spec.activationCheckpointing === true) unsupported(['activationCheckpointing']);
  if (typeof spec.baseQuantization === 'string') unsupported(['baseQuantization']);
  if (spec.evaluation?.tasks !== undefined) unsupported(['evaluation', 'tasks']);
  if (spec.evaluation?.prompts !== undefined) unsupported(['evaluation', 'prompts']);
}

/** Checks that the model's directory can be one; answers with its context window where that can be told. */
function checkModel(model: string, complain: Complain): number | undefined {
  if (!existsSync(model)) {
    complain(
      ['model'],
      `there is no directory ${model}`,
      'Make one with bllossom model init, or name an existing one.',
    );
    return undefined;
  }
  if (existsSync(path.join(model, 'adapter_config.json')) && !existsSync(path.join(model, 'config.json'))) {
    complain(['model'], 'this is an adapter, and adapters are not available in this version', 'Name a whole model.');
    return undefined;
  }
  try {
    const config = JSON.parse(readFileSync(path.join(model, 'config.json'), 'utf8')) as Record<string, unknown>;
    const window = config['max_position_embeddings'];
    return typeof window === 'number' && window > 0 ? window : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) complain(['model'], `config.json in ${model} is not JSON`, 'Restore the file.');
    else complain(['model'], `there is no config.json in ${model}`, 'Name a directory in Hugging Face form.');
    return undefined;
  }
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
  if (spec.evaluation !== undefined && spec.evaluation.data === undefined) {
    complain(['evaluation'], 'nothing to evaluate is named', 'Add "data": [{"path": …}] with a held-out file.', true);
  }
}

/** Tokens of a step at most: more than anyone trains on at once, and few enough to hold in memory. */
const mostTokens = 2 ** 26;

/** Each name must be a part of a parameter's. A config that cannot be read is told of when the run starts. */
function checkTrainable({ trainable }: WrittenSpec, model: string, complain: Complain): void {
  if (trainable === undefined) return;
  const file = path.join(model, 'config.json');
  const config = existsSync(file) ? parseConfig(readFileSync(file, 'utf8'), file) : undefined;
  if (config?.ok !== true) return;
  trainable.forEach((name, i) => {
    if (parametersCalled(config.value, name).length > 0) return;
    complain(['trainable', i], `no parameter of the model is called ${JSON.stringify(name)}`, trainableRemedy);
  });
}

const extensions = /\.(txt|jsonl|json)(\.gz)?$/i;

function dataFileProblem(file: string): readonly [what: string, remedy: string] | undefined {
  let stat;
  try {
    stat = statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (!isFileError(error)) throw error;
    return [`${file} cannot be used: ${systemProblem(error).what}`, 'Name a file that can be read.'];
  }
  if (stat === undefined)
    return [`there is no file ${file}`, 'Correct the path: it starts at the directory of the spec.'];
  if (!stat.isFile()) return [`${file} is not a file`, 'Name a file.'];
  if (!extensions.test(file)) return ['this kind of file is not known', 'Use .txt, .jsonl or .json, each also as .gz.'];
  return undefined;
}

function resolve(spec: WrittenSpec, base: string, contextLength: number): RunSpec {
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
    ...optional('trainable', spec.trainable),
    ...(spec.evaluation === undefined
      ? {}
      : { evaluation: { every: spec.evaluation.every, data: files(spec.evaluation.data ?? []) } }),
    checkpoint: { every: spec.checkpoint?.every ?? 200, keep: spec.checkpoint?.keep ?? 2 },
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]: V });
}

const inOrder = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort(
    (a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0) || (a.where?.column ?? 0) - (b.where?.column ?? 0),
  );
