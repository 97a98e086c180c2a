/**
 * How much memory there is for this process: the machine's, or less where a control group (a container, a job of a cluster) sets a
 * limit. Bytes.
 */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface MachineMemory {
  readonly total: number;
  /** What can be had now, caches of files counted as free: they give way. */
  readonly free: number;
}

/** Where the system tells it; `root` stands in for `/` in tests. */
export function machineMemory(root = '/'): MachineMemory {
  const whole = { total: os.totalmem(), free: freeMemory(root) };
  return limits(root).reduce(
    (least, { limit, used }) => ({
      total: Math.min(least.total, limit),
      free: Math.min(least.free, Math.max(0, limit - used)),
    }),
    whole,
  );
}

function freeMemory(root: string): number {
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(contents(path.join(root, 'proc/meminfo')) ?? '')?.[1];
  if (available !== undefined) return Number(available) * 1024;
  // Elsewhere pages of caches count as used: what is free says too little, so the whole machine is what can be had.
  return process.platform === 'linux' || process.platform === 'win32' ? os.freemem() : os.totalmem();
}

/** Every limit that this process stands under: its groups' own and their parents'. */
function limits(root: string): { readonly limit: number; readonly used: number }[] {
  const groups = contents(path.join(root, 'proc/self/cgroup')) ?? '';
  return groups.split('\n').flatMap((line) => {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (group === undefined) return [];
    if (controllers === '') return limitsOf(path.join(root, 'sys/fs/cgroup'), group, 'memory.max', 'memory.current');
    if (!controllers!.split(',').includes('memory')) return [];
    const folder = path.join(root, 'sys/fs/cgroup/memory');
    return limitsOf(folder, group, 'memory.limit_in_bytes', 'memory.usage_in_bytes');
  });
}

function limitsOf(folder: string, group: string, limitName: string, usedName: string) {
  const found: { readonly limit: number; readonly used: number }[] = [];
  // In a container the group's path may be the host's, and only its end be seen, at the root.
  for (let at = path.posix.normalize(group); ; at = path.posix.dirname(at)) {
    const limit = number(contents(path.join(folder, at, limitName)));
    const used = number(contents(path.join(folder, at, usedName)));
    if (limit !== undefined && used !== undefined)
      found.push({ limit, used: Math.max(0, used - cached(path.join(folder, at, 'memory.stat'))) });
    if (at === '/') return found;
  }
}

/** Of what a group uses: pages of files that nobody has looked at lately, and that give way. */
function cached(file: string): number {
  const stat = contents(file) ?? '';
  return number(/^total_inactive_file (\d+)$/m.exec(stat)?.[1] ?? /^inactive_file (\d+)$/m.exec(stat)?.[1]) ?? 0;
}

/** Undefined for `max`, and for the huge number that older kernels write for no limit. */
function number(text: string | undefined): number | undefined {
  const value = text === undefined || !/^\d+\s*$/.test(text) ? NaN : Number(text);
  return value < 2 ** 60 ? value : undefined;
}

function contents(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
