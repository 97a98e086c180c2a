// Builds the Node-API addon of the backend `native` with the compiler at hand, g++ or clang++ (or CXX), without network and
// without node-gyp. A build is kept by a hash of sources, compiler and flags, so that the next one costs nothing; where there is
// no compiler it says so and does no harm. Linux on another processor is built for by a cross compiler. `node engine/native/build.mjs`
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const here = import.meta.dirname;
const root = path.resolve(here, '../..');
const cache = path.join(root, '.workbench/native');
const sources = path.join(here, 'src');
const execute = promisify(execFile);

const flags = [
  ...['-std=c++20', '-O3', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-DNAPI_VERSION=8'],
  ...['-fno-math-errno', '-fno-trapping-math', '-ffp-contract=fast', '-fopenmp-simd'],
];
const avx512 = ['-march=x86-64-v4', '-mprefer-vector-width=512'];
/** Kernels by instruction set: flags that allow it. @param {string} arch @returns {Record<string, string[]>} */
function instructionSets(arch) {
  if (arch === 'arm64') return { neon: [] };
  if (arch !== 'x64') return { baseline: [] };
  return {
    baseline: [],
    avx2: ['-march=x86-64-v3'],
    avx512,
    avx512bf16: [...avx512, '-mavx512bf16'],
    amx: [...avx512, '-mavx512bf16', '-mamx-tile', '-mamx-bf16'],
  };
}

/** Debian's cross compilers for Linux, by processor as Node names it. @type {Record<string, string>} */
const crossCompilers = { arm64: 'aarch64-linux-gnu-g++', x64: 'x86_64-linux-gnu-g++' };

/**
 * Builds it, or takes the build that is kept, and puts it into `folder`.
 * @param {string} [folder]
 * @param {string} [arch] the processor it is for, as Node names it
 * @returns {Promise<{ file: string, seconds?: number } | { absent: string }>} `absent`: why there is none
 */
export async function buildNative(folder = path.join(root, 'dist/native'), arch = process.arch) {
  if (process.platform === 'win32') return { absent: 'the backend native is not built on Windows' };
  const compiler = await findCompiler(arch);
  if (compiler === undefined) {
    const wanted = arch === process.arch ? 'g++ or clang++' : (crossCompilers[arch] ?? `one for ${arch}`);
    return { absent: `no C++ compiler (${wanted}) was found: the backend native is left out, others compute` };
  }
  const sets = instructionSets(arch);
  const files = (await readdir(sources)).sort();
  const hash = createHash('sha256').update(JSON.stringify([compiler, flags, sets]));
  for (const name of files) hash.update(name).update(await readFile(path.join(sources, name)));
  const kept = path.join(cache, `${hash.digest('hex').slice(0, 16)}.node`);
  const target = path.join(folder, `bllossom-${process.platform}-${arch}.node`);
  await mkdir(folder, { recursive: true });
  const start = performance.now();
  const known = await stat(kept).catch(() => undefined);
  if (known === undefined) {
    try {
      await compile(compiler.command, sets, kept);
    } catch (error) {
      const lines = String((error instanceof Error && 'stderr' in error && error.stderr) || error)
        .trim()
        .split('\n');
      return { absent: `${compiler.command} could not build the backend native: ${lines.slice(0, 12).join('\n')}` };
    }
  }
  await replace(kept, target);
  return { file: target, ...(known === undefined ? { seconds: (performance.now() - start) / 1000 } : {}) };
}

/** The compiler that builds for a processor, or undefined. @param {string} [arch] */
export async function findCompiler(arch = process.arch) {
  const ours = process.env['CXX'] ? [process.env['CXX']] : ['g++', 'clang++'];
  const cross = process.platform === 'linux' && crossCompilers[arch] ? [crossCompilers[arch]] : [];
  for (const command of arch === process.arch ? ours : cross) {
    const version = await execute(command, ['--version']).catch(() => undefined);
    if (version !== undefined) return { command, version: version.stdout.split('\n')[0] };
  }
  return undefined;
}

/** @param {string} command @param {Record<string, string[]>} sets @param {string} kept */
async function compile(command, sets, kept) {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'build-'));
  const require = createRequire(import.meta.url);
  const headers = path.join(path.dirname(require.resolve('node-api-headers/package.json')), 'include');
  /** @type {(() => Promise<string>)[]} */
  const jobs = Object.entries(sets)
    .reverse()
    .map(([isa, more]) => object('kernels', isa, [...more, `-DISA=${isa}`, `-DBLLOSSOM_TABLE=kernels_${isa}`]));
  for (const name of await readdir(sources))
    if (name.endsWith('.cpp') && name !== 'kernels.cpp') jobs.push(object(name.slice(0, -4), '', [`-I${headers}`]));
  /** @param {string} name @param {string} variant @param {readonly string[]} more */
  function object(name, variant, more) {
    return async () => {
      const out = path.join(folder, `${name}${variant}.o`);
      // No path of this machine goes into what is built.
      const place = `-ffile-prefix-map=${sources}=native`;
      await execute(command, [...flags, place, ...more, '-c', `${name}.cpp`, '-o', out], { cwd: sources });
      return out;
    };
  }
  try {
    const objects = await inParallel(jobs, os.availableParallelism());
    const link =
      process.platform === 'darwin'
        ? ['-undefined', 'dynamic_lookup']
        : ['-static-libstdc++', '-static-libgcc', '-Wl,--exclude-libs,ALL', '-Wl,--gc-sections'];
    const built = path.join(folder, 'addon.node');
    await execute(command, ['-shared', '-pthread', '-s', ...objects, '-o', built, ...link]);
    await rename(built, kept);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {readonly (() => Promise<string>)[]} jobs
 * @param {number} width
 */
async function inParallel(jobs, width) {
  /** @type {string[]} */
  const results = [];
  let next = 0;
  const work = async () => {
    for (let i = next++; i < jobs.length; i = next++) results[i] = (await jobs[i]?.()) ?? '';
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}

/** Puts a copy in place whole, so that a process that has the old one loaded keeps it. @param {string} from @param {string} to */
async function replace(from, to) {
  const [a, b] = await Promise.all([from, to].map((file) => readFile(file).catch(() => undefined)));
  if (a !== undefined && b !== undefined && a.equals(b)) return;
  const beside = `${to}.${process.pid}`;
  await copyFile(from, beside);
  await rename(beside, to);
}

if (process.argv[1] === import.meta.filename) {
  const built = await buildNative();
  if ('absent' in built) process.stdout.write(`${built.absent}\n`);
  else
    process.stdout.write(
      `${path.relative(root, built.file)}${built.seconds === undefined ? ', as it was' : ` in ${built.seconds.toFixed(1)} s`}\n`,
    );
}
