/**
 * `bllossom backend install ggml`: ggml's prebuilt libraries, and the binding to them, by npm into a folder of the user's own.
 * Nothing but this, on the user's word, fetches anything; what is fetched is pinned, and no script of a package is run.
 */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { writeDirectoryAtomic, writeFileAtomic } from '../../base/atomic.ts';
import { bad, ok, ProblemError } from '../../base/problem.ts';
import type { Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { fallbackPackage, installationAt, installedRoot, koffiVersion, packageOf, packageVersion } from './places.ts';
import type { Variant } from './places.ts';

export interface InstallPlan {
  readonly variant: Variant;
  /** As npm takes them: `koffi@3.3.4`. */
  readonly packages: readonly string[];
  readonly root: string;
  readonly size: string;
}

/** Which CUDA the driver knows: 12 takes a second library beside. */
export type CudaVersion = '12' | '13';

/** Megabytes to fetch and on the disk, measured with the packages for Linux; those for Windows are about as large. */
const megabytes = {
  cpu: [12, 35],
  cuda: [144, 195],
  vulkan: [25, 80],
  metal: [12, 35],
  cuda12: [177, 375],
} as const satisfies Record<Variant | 'cuda12', readonly [fetched: number, kept: number]>;

export const sizeOf = (variant: Variant, cuda: CudaVersion = '13'): string => {
  const parts = [megabytes[variant], ...(variant === 'cuda' && cuda === '12' ? [megabytes.cuda12] : [])];
  const sum = (i: 0 | 1) => parts.reduce((total, part) => total + part[i], 0);
  return `about ${sum(0)} MB to download, ${sum(1)} MB on the disk`;
};

/** A Problem where there are no prebuilt libraries for this machine. */
export function planInstall(
  variant: Variant,
  { cuda = '13', env = process.env }: { readonly cuda?: CudaVersion; readonly env?: NodeJS.ProcessEnv } = {},
): Result<InstallPlan> {
  const wanted = packageOf(variant);
  if (wanted === undefined)
    return bad(
      `there are no prebuilt libraries of ggml for ${variant} on ${process.platform}-${process.arch}`,
      { name: '--device' },
      'Run bllossom diagnostics: it tells what there is for this machine.',
    );
  const names = [wanted.name, ...(variant === 'cuda' && cuda === '12' ? [fallbackPackage(wanted.name)] : [])];
  return ok({
    variant,
    packages: [`koffi@${koffiVersion}`, ...names.map((name) => `${name}@${packageVersion}`)],
    root: installedRoot(variant, env),
    size: sizeOf(variant, cuda),
  });
}

/** Fetches what is planned, in place of what was there. Throws the signal's reason when stopped; nothing is left then. */
export async function installGgml(plan: InstallPlan, { signal, onProgress }: Work): Promise<Result<null>> {
  const { packages, root, size, variant } = plan;
  onProgress?.({ message: `fetching ${packages.join(', ')} (${size})` });
  try {
    await writeDirectoryAtomic(root, async (temporary) => {
      await writeFileAtomic(path.join(temporary, 'package.json'), '{ "private": true }\n');
      await runNpm(packages, temporary, signal);
      if (installationAt(temporary, variant) === undefined)
        throw new ProblemError({
          what: 'the packages hold no ggml for this machine',
          where: { name: packages.join() },
        });
      // What is there is kept until the new one is whole.
      await rm(root, { recursive: true, force: true });
    });
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
  onProgress?.({ message: 'installed', fraction: 1 });
  return ok(null);
}

async function runNpm(packages: readonly string[], folder: string, signal: AbortSignal | undefined): Promise<void> {
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  const windows = process.platform === 'win32';
  const said: string[] = [];
  const status = await new Promise<number | string>((end) => {
    // On Windows npm is a script, which needs a shell; nothing in the arguments comes from outside.
    const child = spawn(windows ? 'npm.cmd' : 'npm', [...args, ...packages], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: windows,
      windowsHide: true,
    });
    const stop = () => child.kill();
    signal?.addEventListener('abort', stop, { once: true });
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
    child.on('error', (error) => end(error.message));
    child.on('close', (code, by) => {
      signal?.removeEventListener('abort', stop);
      end(code ?? by ?? 1);
    });
  });
  signal?.throwIfAborted();
  if (status === 0) return;
  const lines = said
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('npm error') && line.length > 10);
  throw new ProblemError({
    what: `npm cannot fetch ${packages.join(', ')} (${typeof status === 'string' ? status : `exit status ${status}`}${lines.length === 0 ? '' : `: ${lines.slice(0, 2).join('; ')}`})`,
    remedy: 'Check that npm is on the PATH and reaches its registry (npm ping), then run the same command again.',
  });
}
