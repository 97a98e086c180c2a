/**
 * For tests: what stands in for TensorFlow's native library under tfjs-node-gpu's own JavaScript. It writes down which
 * operations of TensorFlow are called with which attributes, and answers with what TensorFlow.js's plain CPU kernels compute. So it
 * shows that a graph goes through tfjs-node's kernels and comes out right. It is no GPU, and nothing it does says how a GPU computes.
 */
import * as tf from '@tensorflow/tfjs-core';
import { copyFileSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}
type Values = Float32Array | Int32Array | Uint8Array;
/** A kernel of TensorFlow.js with its inputs and attributes, that computes what an operation of TensorFlow does. */
interface Call {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, tf.TensorInfo>> | readonly tf.TensorInfo[];
  readonly attrs?: Readonly<Record<string, unknown>>;
}
interface Operation {
  readonly inputs: readonly tf.TensorInfo[];
  /** The numbers in an input. */
  readonly numbers: (i: number) => number[];
  readonly attribute: (name: string) => unknown;
}
type Translate = (operation: Operation) => Call;

interface CpuBackend {
  firstUse: boolean;
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: Values): tf.TensorInfo;
  readSync(dataId: object): Values;
  disposeData(dataId: object, force: boolean): boolean;
}

/** As TensorFlow's C interface numbers them. */
const types = { TF_FLOAT: 1, TF_INT32: 3, TF_UINT8: 4, TF_STRING: 7, TF_COMPLEX64: 8, TF_INT64: 9, TF_BOOL: 10 };
const attributeTypes = ['STRING', 'INT', 'FLOAT', 'BOOL', 'TYPE', 'SHAPE', 'RESOURCE'];
const dtypes: Readonly<Record<number, 'float32' | 'int32' | 'bool'>> = { 1: 'float32', 3: 'int32', 10: 'bool' };

const unary =
  (kernel: string): Translate =>
  ({ inputs: [x] }) => ({ kernel, inputs: { x: x! } });
const binary =
  (kernel: string): Translate =>
  ({ inputs: [a, b] }) => ({ kernel, inputs: { a: a!, b: b! } });
const reduction =
  (kernel: string, axes: string): Translate =>
  ({ inputs: [x], numbers, attribute }) => ({
    kernel,
    inputs: { x: x! },
    attrs: { [axes]: numbers(1), keepDims: attribute('keep_dims') },
  });

/** TensorFlow's operations, as far as the graphs need them, by the kernels that compute the same. */
const translations: Readonly<Record<string, Translate>> = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Multiply'),
  Div: binary('RealDiv'),
  RealDiv: binary('RealDiv'),
  Minimum: binary('Minimum'),
  Sqrt: unary('Sqrt'),
  Rsqrt: unary('Rsqrt'),
  Square: unary('Square'),
  Log: unary('Log'),
  Sigmoid: unary('Sigmoid'),
  ZerosLike: unary('ZerosLike'),
  OnesLike: unary('OnesLike'),
  Max: reduction('Max', 'reductionIndices'),
  Sum: reduction('Sum', 'axis'),
  Mean: reduction('Mean', 'axis'),
  Softmax: ({ inputs: [logits] }) => ({
    kernel: 'Softmax',
    inputs: { logits: logits! },
    attrs: { dim: logits!.shape.length - 1 },
  }),
  BatchMatMulV2: ({ inputs: [a, b], attribute }) => ({
    kernel: 'BatchMatMul',
    inputs: { a: a!, b: b! },
    attrs: { transposeA: attribute('adj_x'), transposeB: attribute('adj_y') },
  }),
  Cast: ({ inputs: [x], attribute }) => ({
    kernel: 'Cast',
    inputs: { x: x! },
    attrs: { dtype: dtypeOf(attribute('DstT') as number) },
  }),
  Transpose: ({ inputs: [x], numbers }) => ({ kernel: 'Transpose', inputs: { x: x! }, attrs: { perm: numbers(1) } }),
  Reshape: ({ inputs: [x], numbers }) => ({ kernel: 'Reshape', inputs: { x: x! }, attrs: { shape: numbers(1) } }),
  Slice: ({ inputs: [x], numbers }) => ({
    kernel: 'Slice',
    inputs: { x: x! },
    attrs: { begin: numbers(1), size: numbers(2) },
  }),
  ConcatV2: ({ inputs, numbers }) => ({
    kernel: 'Concat',
    inputs: inputs.slice(0, -1),
    attrs: { axis: numbers(inputs.length - 1)[0] },
  }),
  PadV2: ({ inputs: [x], numbers }) => ({
    kernel: 'PadV2',
    inputs: { x: x! },
    attrs: { paddings: pairs(numbers(1)), constantValue: numbers(2)[0] },
  }),
  GatherV2: ({ inputs: [x, indices], numbers, attribute }) => ({
    kernel: 'GatherV2',
    inputs: { x: x!, indices: indices! },
    attrs: { axis: numbers(2)[0], batchDims: attribute('batch_dims') },
  }),
  GatherNd: ({ inputs: [params, indices] }) => ({
    kernel: 'GatherNd',
    inputs: { params: params!, indices: indices! },
  }),
  ScatterNd: ({ inputs: [indices, updates], numbers }) => ({
    kernel: 'ScatterNd',
    inputs: { indices: indices!, updates: updates! },
    attrs: { shape: numbers(2) },
  }),
};

const pairs = (flat: readonly number[]): number[][] =>
  Array.from({ length: flat.length / 2 }, (_, i) => flat.slice(2 * i, 2 * i + 2));

export class RecordingBinding {
  /** `BatchMatMulV2 T=1 adj_x=false adj_y=true`, each form once. */
  readonly forms = new Set<string>();
  readonly #tensors = new Map<number, tf.TensorInfo>();
  #next = 0;

  readonly TF_Version = 'recorded';
  constructor() {
    Object.assign(this, types);
    for (const [i, name] of attributeTypes.entries()) Object.assign(this, { [`TF_ATTR_${name}`]: i });
  }

  isUsingGpuDevice = (): boolean => true;
  getNumOfTensors = (): number => this.#tensors.size;

  createTensor = (shape: number[], dtype: number, values: Values): number =>
    this.#keep(cpu().makeTensorInfo([...shape], dtypeOf(dtype), values.slice()));

  deleteTensor = (id: number): void => {
    cpu().disposeData(this.#tensor(id).dataId, true);
    this.#tensors.delete(id);
  };

  tensorDataSync = (id: number): Values => cpu().readSync(this.#tensor(id).dataId).slice();

  executeOp = (name: string, attributes: readonly Attribute[], ids: readonly number[]): readonly unknown[] => {
    const list = attributes.map((one) => ` ${one.name}=${String(one.value)}`);
    this.forms.add(`${name}${list.join('')}`);
    const inputs = ids.map((id) => this.#tensor(id));
    const translate = translations[name];
    if (translate === undefined) throw new Error(`no kernel stands in for TensorFlow's ${name}`);
    const { kernel, ...call } = translate({
      inputs,
      numbers: (i) => [...cpu().readSync(inputs[i]!.dataId)],
      attribute: (attribute) => attributes.find((one) => one.name === attribute)?.value,
    });
    const kernelFunc = tf.getKernel(kernel, 'cpu').kernelFunc as unknown as (of: object) => tf.TensorInfo;
    const made = kernelFunc({ inputs: call.inputs, attrs: call.attrs ?? {}, backend: cpu() });
    // A tensor of its own: some kernels answer with their input.
    const id = this.createTensor(made.shape, typeOf(made.dtype), cpu().readSync(made.dataId));
    cpu().disposeData(made.dataId, false);
    return [{ id, shape: made.shape, dtype: typeOf(made.dtype) }];
  };

  #tensor(id: number): tf.TensorInfo {
    const tensor = this.#tensors.get(id);
    if (tensor === undefined) throw new Error(`there is no tensor ${id}`);
    return tensor;
  }

  #keep(tensor: tf.TensorInfo): number {
    this.#tensors.set(this.#next, tensor);
    return this.#next++;
  }
}

function dtypeOf(type: number): 'float32' | 'int32' | 'bool' {
  const dtype = dtypes[type];
  if (dtype === undefined) throw new Error(`no tensors of TensorFlow's type ${type} here`);
  return dtype;
}

const typeOf = (dtype: string): number => Number(Object.entries(dtypes).find(([, name]) => name === dtype)![0]);

/** tfjs-node-gpu brings TensorFlow.js whole, its CPU backend included. */
function cpu(): CpuBackend {
  const backend = tf.findBackend('cpu') as unknown as CpuBackend;
  backend.firstUse = false; // or it prints advice
  return backend;
}

/**
 * A copy of tfjs-node-gpu in `folder`, with its dependencies where `installed` has them, and the binding where its native library
 * would be. Answers with the package's folder.
 */
export function installRecording(installed: string, folder: string, binding: RecordingBinding): string {
  const { copy, library } = copyNodeGpu(installed, folder);
  writeFileSync(library, '');
  const { cache } = createRequire(library);
  // Only these are looked at when a loaded module is asked for again.
  cache[library] = { id: library, filename: library, loaded: true, exports: binding } as unknown as NodeJS.Module;
  return copy;
}

/** The copy, and where its native library belongs; its folder is there, the library is not. */
export function copyNodeGpu(installed: string, folder: string): { readonly copy: string; readonly library: string } {
  const modules = path.join(installed, '../..');
  const copy = path.join(folder, 'node_modules/@tensorflow/tfjs-node-gpu');
  mkdirSync(copy, { recursive: true });
  copyFileSync(path.join(installed, 'package.json'), path.join(copy, 'package.json'));
  cpSync(path.join(installed, 'dist'), path.join(copy, 'dist'), { recursive: true });
  const link = (name: string) => symlinkSync(path.join(modules, name), path.join(folder, 'node_modules', name));
  for (const name of readdirSync(modules)) if (name !== '@tensorflow' && !name.startsWith('.')) link(name);
  for (const name of readdirSync(path.join(modules, '@tensorflow')))
    if (name !== 'tfjs-node-gpu') link(`@tensorflow/${name}`);
  const finder = createRequire(path.join(copy, 'package.json'))('@mapbox/node-pre-gyp') as {
    find(packageJson: string): string;
  };
  const library = finder.find(path.join(copy, 'package.json'));
  mkdirSync(path.dirname(library), { recursive: true });
  return { copy, library };
}
