/**
 * What a process runs that finds out whether ggml's libraries for GPUs can be opened: it may be ended by them, and nothing else ends
 * with it. It is text, since it runs without the engine's own files: `node -e` with one argument, JSON of `ProbeTask`. It tells
 * on standard output what it is about to do, a JSON line each, and last what it found.
 */
import { signatures } from './signatures.ts';
import type { GgmlFunctions } from './signatures.ts';

export interface ProbeTask {
  readonly koffi: string;
  readonly folder: string;
  readonly base: string;
  readonly main: string;
  readonly gpus: readonly string[];
  readonly fallback?: string;
  readonly signatures: Readonly<Record<string, readonly string[]>>;
}

export type ProbeLine =
  | { readonly doing: string }
  | {
      readonly devices: readonly ProbedDevice[];
      /** Libraries that the system cannot open, and its words for it. */
      readonly missing: Readonly<Record<string, string>>;
    };

export interface ProbedDevice {
  readonly name: string;
  readonly description: string;
  readonly kind: 'cpu' | 'gpu';
  /** Bytes of its memory. */
  readonly total: number;
  /** Of these, what was free when it was tried; of use to who has just asked. */
  readonly free?: number | undefined;
  /** A GPU in the processor: its memory is the machine's. */
  readonly integrated?: boolean;
  /** Absent where it multiplied two matrices rightly. */
  readonly wrong?: string;
}

const called = [
  ...['ggml_init', 'ggml_free', 'ggml_tensor_overhead', 'ggml_graph_overhead_custom', 'ggml_new_tensor_4d'],
  ...['ggml_new_graph_custom', 'ggml_build_forward_expand', 'ggml_mul_mat', 'ggml_backend_dev_name'],
  ...['ggml_backend_dev_description', 'ggml_backend_dev_type', 'ggml_backend_dev_memory', 'ggml_backend_dev_init'],
  ...['ggml_backend_free', 'ggml_backend_alloc_ctx_tensors', 'ggml_backend_buffer_free', 'ggml_backend_tensor_set'],
  ...['ggml_backend_tensor_get', 'ggml_backend_graph_compute'],
] as const satisfies readonly (keyof GgmlFunctions)[];

/** The functions that the text below calls. */
export const probeSignatures: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  called.map((name) => [name, signatures[name]]),
);

export const probeScript = `
const task = JSON.parse(process.argv[1]);
// At once: what a pipe still holds is lost with the process.
const tell = (line) => require('node:fs').writeSync(1, JSON.stringify(line) + '\\n');
const koffi = require(task.koffi);
const base = koffi.load(task.base, { global: true });
const main = koffi.load(task.main, { global: true });
const parameters = koffi.struct({ mem_size: 'size_t', mem_buffer: 'void*', no_alloc: 'bool' });
const f = {};
for (const [name, [result, ...types]] of Object.entries(task.signatures))
  f[name] = base.func(name, result, types.map((type) => (type === 'Parameters' ? parameters : type)));
const missing = {};
for (const file of task.gpus) {
  tell({ doing: 'opening ' + file });
  try {
    koffi.load(file);
  } catch (error) {
    missing[file] = error.message;
  }
}
tell({ doing: 'looking for devices' });
main.func('ggml_backend_load_all_from_path', 'void', ['str'])(task.folder);
const count = main.func('ggml_backend_dev_count', 'size_t', []);
const get = main.func('ggml_backend_dev_get', 'void*', ['size_t']);
const all = () => Array.from({ length: count() }, (_, i) => get(i)).filter((device) => f.ggml_backend_dev_type(device) <= 2);
const isGpu = (device) => f.ggml_backend_dev_type(device) !== 0;
if (task.fallback !== undefined && !all().some(isGpu)) {
  tell({ doing: 'opening ' + task.fallback });
  try {
    koffi.load(task.fallback);
    main.func('ggml_backend_load', 'void*', ['str'])(task.fallback);
  } catch (error) {
    missing[task.fallback] = error.message;
  }
}
const size = 64;
function multiply(device) {
  const backend = f.ggml_backend_dev_init(device, null);
  if (backend === null) return 'it cannot be opened';
  const mem_size = 8 * f.ggml_tensor_overhead() + f.ggml_graph_overhead_custom(16, false) + 4096;
  const context = f.ggml_init({ mem_size, mem_buffer: null, no_alloc: true });
  const [a, b] = [0, 1].map(() => f.ggml_new_tensor_4d(context, 0, size, size, 1, 1));
  const product = f.ggml_mul_mat(context, a, b);
  const graph = f.ggml_new_graph_custom(context, 16, false);
  f.ggml_build_forward_expand(graph, product);
  const buffer = f.ggml_backend_alloc_ctx_tensors(context, backend);
  if (buffer === null) return 'it has no memory';
  const ones = new Float32Array(size * size).fill(1);
  for (const tensor of [a, b]) f.ggml_backend_tensor_set(tensor, ones, 0, ones.byteLength);
  const status = f.ggml_backend_graph_compute(backend, graph);
  f.ggml_backend_tensor_get(product, ones, 0, ones.byteLength);
  f.ggml_backend_buffer_free(buffer);
  f.ggml_free(context);
  f.ggml_backend_free(backend);
  return status === 0 && ones.every((x) => x === size) ? undefined : 'it multiplies wrongly';
}
const devices = all().map((device) => {
  const name = f.ggml_backend_dev_name(device);
  const [free, total] = [new BigUint64Array(1), new BigUint64Array(1)];
  tell({ doing: 'opening the device ' + name });
  f.ggml_backend_dev_memory(device, free, total);
  const wrong = isGpu(device) ? multiply(device) : undefined;
  const description = f.ggml_backend_dev_description(device);
  const integrated = f.ggml_backend_dev_type(device) === 2 ? true : undefined;
  return { name, description, kind: isGpu(device) ? 'gpu' : 'cpu', total: Number(total[0]), free: Number(free[0]), integrated, wrong };
});
tell({ devices, missing });
`;
