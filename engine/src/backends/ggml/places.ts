/**
 * Where ggml's shared libraries are looked for: the folder that is named, the one that `bllossom backend install` makes, and the
 * packages that the engine itself was installed with. Never in the folder that somebody happens to work in.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { bad, ok } from '../../base/problem.ts';
import type { Result } from '../../base/problem.ts';

/** The version of the packages that this engine was written for and tested with; others lay their structures out otherwise. */
export const packageVersion = '3.22.1';
/** The version that the libraries of these packages tell of themselves. */
export const libraryVersion = '0.25.1';
export const koffiVersion = '3.3.4';

/** What can be installed: each has libraries for the CPU too. */
export const variants = ['cpu', 'cuda', 'vulkan', 'metal'] as const;
export type Variant = (typeof variants)[number];

export interface Installation {
  /** Folder with package.json's node_modules, or the engine's own. */
  readonly root: string;
  /** Folder with the shared libraries. */
  readonly libraries: string;
  readonly variant: Variant;
  /** The binding to C functions: what `require` is given. */
  readonly koffi: string;
  /** CUDA 12's library, which is tried where CUDA 13's finds no GPU. */
  readonly fallback?: string;
}

/** Package with the libraries of a variant, and where they lie in it; undefined where there is none for this machine. */
export function packageOf(
  variant: Variant,
  { platform, arch }: { readonly platform: string; readonly arch: string } = process,
): { readonly name: string; readonly folder: string } | undefined {
  const system = ({ linux: 'linux', win32: 'win', darwin: 'mac' } as Record<string, string>)[platform];
  if (system === undefined) return undefined;
  const machine = `${system}-${arch}`;
  const byMachine: Readonly<Record<string, readonly Variant[]>> = {
    'linux-x64': ['cpu', 'cuda', 'vulkan'],
    'linux-arm64': ['cpu'],
    'win-x64': ['cpu', 'cuda', 'vulkan'],
    'win-arm64': ['cpu'],
    'mac-x64': ['cpu'],
    'mac-arm64': ['metal'],
  };
  if (byMachine[machine]?.includes(variant) !== true) return undefined;
  const folder = variant === 'cpu' ? machine : `${machine}-${variant}`;
  return { name: `@node-llama-cpp/${folder}`, folder };
}

/** Package with CUDA 12's library, where CUDA 13's is not to be had. */
export const fallbackPackage = (cuda: string): string => `${cuda}-ext`;

/** Where a person's parts of the engine are kept; BLLOSSOM_DATA_DIR moves it. */
export function dataDirectory(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  const given = env['BLLOSSOM_DATA_DIR'];
  if (given !== undefined && given !== '') return path.resolve(given);
  if (platform === 'win32') return path.join(env['LOCALAPPDATA'] ?? path.join(homedir(), 'AppData/Local'), 'bllossom');
  if (platform === 'darwin') return path.join(homedir(), 'Library/Application Support/bllossom');
  const data = env['XDG_DATA_HOME'];
  return path.join(
    data !== undefined && path.isAbsolute(data) ? data : path.join(homedir(), '.local/share'),
    'bllossom',
  );
}

/** Where `bllossom backend install` puts a variant. */
export const installedRoot = (variant: Variant, env: NodeJS.ProcessEnv = process.env): string =>
  path.join(dataDirectory(env), 'ggml', `${packageVersion}-${variant}`);

const toInstall = 'Run: bllossom backend install ggml';

/** ggml's libraries in a folder, each by its path; undefined where there is none. */
export function librariesIn(folder: string): Libraries | undefined {
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch {
    return undefined;
  }
  const at = (name: string) => path.join(folder, name);
  const base = files.find((name) => /^(lib)?ggml-base\.(so|dylib|dll)$/.test(name));
  const main = files.find((name) => /^(lib)?ggml(\..*)?\.(so|dylib|dll)$/.test(name));
  if (base === undefined || main === undefined) return undefined;
  const gpus = files.filter((name) => /^(lib)?ggml-(?!base|cpu|blas|rpc)\w+\.(so|dylib|dll)$/.test(name));
  return { base: at(base), main: at(main), gpus: gpus.map(at) };
}

export interface Libraries {
  readonly base: string;
  readonly main: string;
  /** Those that need a driver: opening one can end the process. */
  readonly gpus: readonly string[];
}

/** True where a folder holds ggml's libraries. */
const holdsLibraries = (folder: string): boolean => librariesIn(folder) !== undefined;

/** The installation of a variant under a folder: its node_modules, or the libraries themselves. */
export function installationAt(root: string, variant: Variant, from = root): Installation | undefined {
  const koffi = resolveFrom(from, 'koffi');
  if (koffi === undefined) return undefined;
  if (holdsLibraries(root)) return { root, libraries: root, variant, koffi };
  const wanted = packageOf(variant);
  if (wanted === undefined) return undefined;
  const main = resolveFrom(root, wanted.name);
  if (main === undefined) return undefined;
  const libraries = path.join(path.dirname(main), '..', 'bins', wanted.folder);
  if (!holdsLibraries(libraries)) return undefined;
  const fallback = variant === 'cuda' ? fallbackAt(root, wanted) : undefined;
  return { root, libraries, variant, koffi, ...(fallback === undefined ? {} : { fallback }) };
}

function fallbackAt(root: string, { name, folder }: { readonly name: string; readonly folder: string }) {
  const main = resolveFrom(root, fallbackPackage(name));
  if (main === undefined) return undefined;
  const inside = path.join(path.dirname(main), '..', 'bins', folder, 'fallback');
  return ['libggml-cuda.so', 'ggml-cuda.dll'].map((file) => path.join(inside, file)).find((file) => existsSync(file));
}

function resolveFrom(root: string, name: string): string | undefined {
  try {
    return createRequire(path.join(root, 'package.json')).resolve(name);
  } catch {
    return undefined;
  }
}

/**
 * Every installation there is, GPUs' first. BLLOSSOM_GGML names one folder, which then is the only one that counts. `engine`: the
 * folder of the engine's own code.
 */
export function findInstallations(engine: string, env: NodeJS.ProcessEnv = process.env): Result<Installation[]> {
  const named = env['BLLOSSOM_GGML'];
  const order = ['cuda', 'metal', 'vulkan', 'cpu'] as const;
  if (named !== undefined && named !== '') {
    const folder = path.resolve(named);
    const found = order.flatMap(
      (variant) => installationAt(folder, variant) ?? installationAt(folder, variant, engine) ?? [],
    );
    if (found.length > 0) return ok(found.slice(0, holdsLibraries(folder) ? 1 : found.length));
    const what = existsSync(folder)
      ? 'this folder holds no ggml (BLLOSSOM_GGML)'
      : 'this folder is not there (BLLOSSOM_GGML)';
    return bad(what, { file: folder }, `${toInstall}, or name the folder it made.`);
  }
  const found = order.flatMap(
    (variant) => installationAt(installedRoot(variant, env), variant) ?? installationAt(engine, variant) ?? [],
  );
  return found.length > 0
    ? ok(found)
    : bad('it is not installed', undefined, `${toInstall} (about 12 MB; with --device cuda for NVIDIA GPUs).`);
}
