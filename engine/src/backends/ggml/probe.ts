/**
 * Whether an installation's libraries for GPUs can be opened, found out in a process of its own: a driver that does not fit may end
 * the process that opens it. What was found is remembered beside the installations until they, the driver or the machine's
 * start change; a library that ended a process is not opened again in vain.
 */
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { makeDirectories } from '../../base/directories.ts';
import { dataDirectory, librariesIn } from './places.ts';
import type { Installation, Libraries } from './places.ts';
import { probeScript, probeSignatures } from './probeScript.ts';
import type { ProbedDevice, ProbeLine, ProbeTask } from './probeScript.ts';

export type { ProbedDevice } from './probeScript.ts';

export type Verdict =
  | {
      readonly state: 'opened';
      readonly devices: readonly ProbedDevice[];
      /** Words of the system for each library that it cannot open: what is not installed. */
      readonly missing: readonly string[];
    }
  /** The process was ended, or had to be: while doing what, by what, and the last words of the library. */
  | { readonly state: 'crashed'; readonly doing: string; readonly by: string; readonly said: string };

export interface ProbeOptions {
  /** Find out anew, whatever is remembered. */
  readonly fresh?: boolean;
  /**
   * Ask again what is free of each device's memory. The verdict stays the one that is remembered: a card that others have filled cannot be
   * opened now, and is no broken one. No device of it tells `free` where none could be asked.
   */
  readonly asksFree?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds until it counts as hanging. */
  readonly limit?: number;
}

/** Undefined where the installation has no library for GPUs: such a one is opened without a probe. */
export async function probe(
  installation: Installation,
  { fresh = false, asksFree = false, env = process.env, limit = 120_000 }: ProbeOptions = {},
): Promise<Verdict | undefined> {
  const libraries = librariesIn(installation.libraries);
  if (libraries === undefined || libraries.gpus.length === 0) return undefined;
  const file = path.join(dataDirectory(env), 'ggml', 'probes.json');
  const key = surroundings(installation, libraries, env);
  const known = remembered(file);
  const before = known[installation.libraries];
  if (!fresh && before?.key === key) {
    if (!asksFree || before.verdict.state === 'crashed') return before.verdict;
    return withFree(before.verdict, await openElsewhere(installation, libraries, env, Math.min(limit, longestAsked)));
  }
  const verdict = await openElsewhere(installation, libraries, env, limit);
  try {
    makeDirectories(path.dirname(file));
    await writeFileAtomic(file, JSON.stringify({ ...known, [installation.libraries]: { key, verdict } }));
  } catch {
    // It cannot be kept there: found out anew next time.
  }
  return verdict;
}

/** Milliseconds that it may take to ask a device which has opened before. */
const longestAsked = 20_000;

/** A verdict with what another, of the same devices now, says is free. */
function withFree(verdict: Extract<Verdict, { readonly state: 'opened' }>, now: Verdict): Verdict {
  const devices = now.state === 'opened' ? now.devices : [];
  return {
    ...verdict,
    devices: verdict.devices.map((device) => ({
      ...device,
      free: devices.find(({ name }) => name === device.name)?.free,
    })),
  };
}

/** A verdict for people: undefined where a GPU was opened. */
export function whyNoGpu(verdict: Verdict): string | undefined {
  if (verdict.state === 'crashed')
    return (
      `${verdict.doing} ended the process that tried it (${verdict.by})` +
      `${verdict.said === '' ? '' : `, which said: ${verdict.said}`}; it is not opened again until \`bllossom diagnostics\` finds it mended`
    );
  const gpus = verdict.devices.filter(({ kind }) => kind === 'gpu');
  if (gpus.some(({ wrong }) => wrong === undefined)) return undefined;
  if (gpus.length > 0) return gpus.map(({ name, wrong }) => `${name}: ${wrong ?? ''}`).join('; ');
  return verdict.missing.length > 0 ? verdict.missing.join('; ') : 'its library finds no GPU';
}

interface Remembered {
  readonly key: string;
  readonly verdict: Verdict;
}

function remembered(file: string): Record<string, Remembered> {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof found === 'object' && found !== null ? (found as Record<string, Remembered>) : {};
  } catch {
    return {};
  }
}

/** All that a verdict hangs on: another text, another probe. */
function surroundings({ koffi, fallback }: Installation, libraries: Libraries, env: NodeJS.ProcessEnv): string {
  const text = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  const age = (file: string) => {
    const found = statSync(file, { throwIfNoEntry: false });
    return [file, found?.size, found?.mtimeMs];
  };
  const heard = /^(LD_LIBRARY_PATH|PATH|VK_\w+|GGML_\w+|CUDA_\w+|NVIDIA_\w+|DYLD_LIBRARY_PATH)$/;
  const variables = Object.entries(env)
    .filter(([name]) => heard.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const files = [libraries.base, libraries.main, ...libraries.gpus, ...(fallback === undefined ? [] : [fallback])];
  return JSON.stringify([
    koffi,
    files.map(age),
    variables,
    text('/proc/driver/nvidia/version'),
    text('/proc/sys/kernel/random/boot_id'),
  ]);
}

function openElsewhere(
  { libraries: folder, koffi, fallback }: Installation,
  { base, main, gpus }: Libraries,
  env: NodeJS.ProcessEnv,
  limit: number,
): Promise<Verdict> {
  const task: ProbeTask = {
    ...{ koffi, folder, base, main, gpus, signatures: probeSignatures },
    ...(fallback === undefined ? {} : { fallback }),
  };
  return new Promise((answer) => {
    const child = spawn(process.execPath, ['-e', probeScript, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, ELECTRON_RUN_AS_NODE: '1' },
      windowsHide: true,
    });
    let out = '';
    let said = '';
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, limit);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
    const end = (by: string) => {
      clearTimeout(timer);
      answer(verdictOf(out, hung ? `no answer for ${limit / 1000} s` : by, said));
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => end(signal ?? `exit status ${code ?? ''}`));
  });
}

function verdictOf(out: string, by: string, said: string): Verdict {
  let doing = 'opening its libraries';
  for (const text of out.split('\n').filter((one) => one !== '')) {
    const line = JSON.parse(text) as ProbeLine;
    if ('doing' in line) doing = line.doing;
    else return { state: 'opened', devices: line.devices, missing: Object.values(line.missing) };
  }
  const last = said.split('\n').filter((one) => /\S/.test(one) && !/^Node\.js v|^\s+at /.test(one));
  return { state: 'crashed', doing, by, said: last.slice(-2).join(' / ').slice(0, 300) };
}
