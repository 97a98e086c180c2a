/** Loads ggml's shared libraries into the process, once, and binds their functions. */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { bad, ok } from '../../base/problem.ts';
import type { Result } from '../../base/problem.ts';
import { librariesIn, libraryVersion } from './places.ts';
import type { Installation } from './places.ts';
import { signatures } from './signatures.ts';
import type { GgmlFunctions, Pointer } from './signatures.ts';

export interface GgmlDevice {
  readonly handle: Pointer;
  /** ggml's own name: `CPU`, `CUDA0`, `Vulkan0`. */
  readonly name: string;
  /** For people: `NVIDIA H200`. */
  readonly description: string;
  readonly kind: 'cpu' | 'gpu';
}

export interface GgmlLibrary {
  readonly installation: Installation;
  readonly functions: GgmlFunctions;
  readonly devices: readonly GgmlDevice[];
  /** Bytes of a device's memory that nobody holds now; undefined where it does not tell. */
  freeMemory(device: GgmlDevice): number | undefined;
  /** Runs a graph on another thread than JavaScript's; answers with ggml's status, 0 for done. */
  compute(backend: Pointer, graph: Pointer): Promise<number>;
  /** What sets the threads of a CPU's backend. */
  threadsOf(device: GgmlDevice, backend: Pointer): (threads: number) => void;
}

/** One set of libraries a process: they register their devices with themselves when they are loaded. */
let loaded: { readonly folder: string; readonly library: Result<GgmlLibrary> } | undefined;

/** Loads an installation. Once something is loaded, only the same is given again. */
export function loadLibrary(installation: Installation): Result<GgmlLibrary> {
  if (loaded !== undefined && loaded.folder !== installation.libraries)
    return bad('this process has already loaded ggml from another folder', { file: loaded.folder });
  loaded ??= { folder: installation.libraries, library: load(installation) };
  return loaded.library;
}

/** What this process has loaded from a folder, where it has. */
export function loadedFrom(folder: string): GgmlLibrary | undefined {
  return loaded?.folder === folder && loaded.library.ok ? loaded.library.value : undefined;
}

function load(installation: Installation): Result<GgmlLibrary> {
  const folder = installation.libraries;
  const files = librariesIn(folder);
  if (files === undefined) return bad('this folder holds no ggml', { file: folder });
  // Products in float32 shall be float32's: cuBLAS may be told from outside to round their operands.
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  try {
    const koffi = createRequire(import.meta.url)(installation.koffi) as typeof Koffi;
    const base = koffi.load(files.base, { global: true });
    const main = koffi.load(files.main, { global: true });
    const functions = bind(koffi, base);
    if (functions.ggml_version() !== libraryVersion)
      return bad(
        `these libraries are of ggml ${functions.ggml_version()}, the engine was written for ${libraryVersion}`,
        { file: folder },
        'Run: bllossom backend install ggml',
      );
    hear(koffi, base);
    (main.func('ggml_backend_load_all_from_path', 'void', ['str']) as (folder: string) => void)(folder);
    if (installation.fallback !== undefined && listDevices(functions, main).every(({ kind }) => kind === 'cpu'))
      (main.func('ggml_backend_load', 'void*', ['str']) as (file: string) => unknown)(installation.fallback);
    // koffi's functions have a second form that takes a callback and runs on a thread of its own.
    const { ggml_backend_graph_compute: compute } = functions as unknown as {
      readonly ggml_backend_graph_compute: {
        async(backend: Pointer, graph: Pointer, done: (error: Error | null, status: number) => void): void;
      };
    };
    return ok({
      installation,
      functions,
      devices: listDevices(functions, main),
      freeMemory: ({ handle }) => {
        const [free, total] = [new BigUint64Array(1), new BigUint64Array(1)];
        functions.ggml_backend_dev_memory(handle, free, total);
        return total[0] === 0n ? undefined : Number(free[0]);
      },
      compute: (backend, graph) =>
        new Promise((answer, fail) => {
          compute.async(backend, graph, (error, status) => {
            if (error === null) answer(status);
            else fail(error);
          });
        }),
      threadsOf: (device, backend) => {
        const registry = functions.ggml_backend_dev_backend_reg(device.handle);
        const setter = functions.ggml_backend_reg_get_proc_address(registry, 'ggml_backend_set_n_threads');
        const type = koffi.proto('void', ['void*', 'int']);
        return (threads) => {
          if (setter !== null) koffi.call(setter, type, backend, threads);
        };
      },
    });
  } catch (error) {
    return bad(`it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, { file: folder });
  }
}

function bind(koffi: typeof Koffi, base: Koffi.LibraryHandle): GgmlFunctions {
  const parameters = koffi.struct({ mem_size: 'size_t', mem_buffer: 'void*', no_alloc: 'bool' });
  const bound = Object.entries(signatures).map(([name, [result, ...types]]) => {
    return [
      name,
      base.func(
        name,
        result,
        types.map((type) => (type === 'Parameters' ? parameters : type)),
      ),
    ];
  });
  return Object.fromEntries(bound) as GgmlFunctions;
}

/**
 * ggml ends the process where something in it goes wrong that it did not foresee. It says what first, and that is told with
 * what its devices said last; whoever reads it learns what the run can do about it.
 */
function hear(koffi: typeof Koffi, base: Koffi.LibraryHandle): void {
  const warnings: string[] = [];
  const logging = koffi.pointer(koffi.proto('void', ['int', 'str', 'void*']));
  const aborting = koffi.pointer(koffi.proto('void', ['str']));
  const log = koffi.register((level: number, text: string) => {
    // 3 warnings, 4 errors, 5 what continues the line before.
    if (level >= 3 && text.trim() !== '') warnings.splice(0, warnings.length - 4, text.trim());
  }, logging);
  const abort = koffi.register((message: string) => {
    for (const warning of warnings) writeSync(2, `ggml: ${warning}\n`);
    writeSync(
      2,
      `bllossom: ggml ends this process: ${message}. What is in checkpoints is safe; resume with --resume, on another backend if it happens again.\n`,
    );
  }, aborting);
  (base.func('ggml_log_set', 'void', [logging, 'void*']) as (log: bigint, data: null) => void)(log, null);
  (base.func('ggml_set_abort_callback', 'void*', [aborting]) as (abort: bigint) => void)(abort);
}

function listDevices(functions: GgmlFunctions, main: Koffi.LibraryHandle): GgmlDevice[] {
  const count = (main.func('ggml_backend_dev_count', 'size_t', []) as () => number)();
  const get = main.func('ggml_backend_dev_get', 'void*', ['size_t']) as (i: number) => Pointer;
  const devices = Array.from({ length: count }, (_, i): GgmlDevice & { readonly type: number } => {
    const handle = get(i);
    const type = functions.ggml_backend_dev_type(handle);
    const name = functions.ggml_backend_dev_name(handle);
    const description = functions.ggml_backend_dev_description(handle);
    return { handle, name, description, type, kind: type === 0 ? 'cpu' : 'gpu' };
  });
  // Types 0 to 2: CPU, GPU, GPU in the processor. What only assists the CPU is no device to compute on.
  return devices.filter(({ type }) => type <= 2);
}
