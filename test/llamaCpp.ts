/**
 * llama.cpp itself as a peer: its library, as `@node-llama-cpp/linux-x64` ships it, called without anything in between. Only for
 * tests and benchmarks, only on Linux x64. What is known of its structures is held against their defaults before it is used.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

export interface LlamaCppOptions {
  readonly threads: number;
  readonly contextLength: number;
  /** A float32 cache in place of its default, float16. */
  readonly exactCache?: boolean;
}

/** One sequence of one model: ids in, logits out. */
export interface LlamaCpp {
  /** Appends ids; logits after the last of them, valid until the next call. */
  append(ids: ArrayLike<number>): Float32Array;
  /** Forgets all ids. */
  clear(): void;
  dispose(): void;
}

interface Koffi {
  load(
    file: string,
    options: { readonly global: boolean },
  ): {
    func(declaration: string): (...given: unknown[]) => unknown;
    symbol(name: string, type: string): unknown;
  };
  struct(name: string, fields: Readonly<Record<string, unknown>>): unknown;
  array(type: string, length: number): unknown;
  view(pointer: unknown, bytes: number): ArrayBuffer;
}

/** The shared libraries; undefined where the package is not installed. `root`: the project. */
function librariesOf(root: string): ((name: string) => string) | undefined {
  const folder = path.join(root, 'node_modules/@node-llama-cpp/linux-x64/bins/linux-x64');
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder);
  return (name) =>
    path.join(folder, files.find((file) => new RegExp(`^${name}(\\.v[\\d.]+)?\\.so$`).test(file)) ?? name);
}

/** Why there is no llama.cpp here, or undefined. */
export function llamaCppAbsent(root: string): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'llama.cpp is taken on Linux x64 only';
  if (librariesOf(root) === undefined) return 'the package @node-llama-cpp/linux-x64 is not installed';
  try {
    require.resolve('koffi');
    return undefined;
  } catch {
    return 'the package koffi is not installed';
  }
}

/** For reports. */
export function llamaCppVersion(root: string): string {
  const folder = path.dirname(librariesOf(root)!('libllama'));
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const { version } = read(path.join(folder, '../../package.json'));
  const { buildOptions } = read(path.join(folder, '_nlcBuildMetadata.json'));
  const { release } = (buildOptions as { readonly llamaCpp: { readonly release: string } }).llamaCpp;
  return `llama.cpp ${release} (@node-llama-cpp/linux-x64 ${String(version)})`;
}

/** Places of what is set in llama_context_params, in words of 32 bits, and the defaults that must stand there. */
const contextWords = {
  contextLength: [0, 512],
  batch: [1, 2048],
  threads: [7, 4],
  batchThreads: [8, 4],
  keyType: [26, 1],
  valueType: [27, 1],
} as const;

type Params = { readonly words: BigUint64Array };

let loaded: ReturnType<typeof load> | undefined;

function load(root: string) {
  const file = librariesOf(root)!;
  const koffi = require('koffi') as Koffi;
  koffi.load(file('libggml-base'), { global: true });
  const ggml = koffi.load(file('libggml'), { global: true });
  const llama = koffi.load(file('libllama'), { global: true });
  // Its log goes to a function that takes no notice of what it is given.
  llama.func('void llama_log_set(void *log, void *data)')(llama.symbol('llama_max_devices', 'void *'), null);
  // As wide as this version has them; passed through as they come, but for the words above.
  koffi.struct('llama_model_params', { words: koffi.array('uint64_t', 10) });
  koffi.struct('llama_context_params', { words: koffi.array('uint64_t', 20) });
  koffi.struct('llama_batch', { words: koffi.array('uint64_t', 7) });
  ggml.func('void ggml_backend_load_all_from_path(const char *path)')(path.dirname(file('libggml')));
  return {
    koffi,
    modelParams: llama.func('llama_model_params llama_model_default_params()') as () => Params,
    contextParams: llama.func('llama_context_params llama_context_default_params()') as () => Params,
    open: llama.func('void *llama_model_load_from_file(const char *path, llama_model_params params)'),
    start: llama.func('void *llama_init_from_model(void *model, llama_context_params params)'),
    batchOf: llama.func('llama_batch llama_batch_get_one(int32_t *ids, int32_t n)'),
    decode: llama.func('int llama_decode(void *context, llama_batch batch)'),
    logits: llama.func('void *llama_get_logits_ith(void *context, int32_t i)'),
    memory: llama.func('void *llama_get_memory(void *context)'),
    clear: llama.func('void llama_memory_clear(void *memory, bool data)'),
    vocabulary: llama.func('void *llama_model_get_vocab(void *model)'),
    size: llama.func('int32_t llama_vocab_n_tokens(void *vocabulary)') as (vocabulary: unknown) => number,
    release: llama.func('void llama_free(void *context)'),
    close: llama.func('void llama_model_free(void *model)'),
  };
}

/** Opens a GGUF file. Throws where it cannot be, or where the library is not the one that is known. */
export function openLlamaCpp(root: string, file: string, options: LlamaCppOptions): LlamaCpp {
  const api = (loaded ??= load(root));
  const params = api.contextParams();
  const words = new Uint32Array(params.words.buffer);
  const given = {
    contextLength: options.contextLength,
    batch: 2048,
    threads: options.threads,
    batchThreads: options.threads,
    keyType: options.exactCache === true ? 0 : 1,
    valueType: options.exactCache === true ? 0 : 1,
  };
  for (const [name, [at, expected]] of Object.entries(contextWords)) {
    if (words[at] !== expected) throw new Error(`this version of llama.cpp keeps ${name} at another place`);
    words[at] = given[name as keyof typeof given];
  }
  const model = api.open(file, api.modelParams());
  if (model === null) throw new Error(`llama.cpp does not read ${file}`);
  const context = api.start(model, params);
  if (context === null) throw new Error('llama.cpp opens no context');
  const vocabulary = api.size(api.vocabulary(model));
  return {
    append(ids) {
      const data = Int32Array.from(ids);
      for (let at = 0; at < data.length; at += 2048) {
        const piece = data.slice(at, at + 2048);
        const status = api.decode(context, api.batchOf(piece, piece.length));
        if (status !== 0) throw new Error(`llama_decode answers ${String(status)}`);
      }
      return new Float32Array(api.koffi.view(api.logits(context, -1), 4 * vocabulary));
    },
    clear: () => void api.clear(api.memory(context), true),
    dispose() {
      api.release(context);
      api.close(model);
    },
  };
}
