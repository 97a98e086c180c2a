import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { machineMemory } from './machineMemory.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'machine-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function system(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return machineMemory(root);
}
const available = { 'proc/meminfo': 'MemTotal: 9 kB\nMemAvailable:     500000 kB\n' };

describe('the memory that can be had', () => {
  it('is what the system says is available, of the whole machine', () => {
    expect(system(available)).toEqual({ total: os.totalmem(), free: 512_000_000 });
  });

  it("is no more than a group's limit leaves, or its parents'; caches give way", () => {
    const memory = system({
      ...available,
      'proc/self/cgroup': '0::/jobs/mine\n',
      'sys/fs/cgroup/jobs/memory.max': '400000000\n',
      'sys/fs/cgroup/jobs/memory.current': '350000000\n',
      'sys/fs/cgroup/jobs/memory.stat': 'anon 1\ninactive_file 50000000\n',
      'sys/fs/cgroup/jobs/mine/memory.max': 'max\n',
      'sys/fs/cgroup/jobs/mine/memory.current': '1000\n',
    });
    expect(memory).toEqual({ total: 400_000_000, free: 100_000_000 });
  });

  it('knows the groups of older systems, where no limit is a huge number', () => {
    const files = {
      ...available,
      'proc/self/cgroup': '3:cpu:/x\n4:memory:/x\n0::/\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '77\n',
      'sys/fs/cgroup/memory/x/memory.usage_in_bytes': '100000000\n',
    };
    const free = 512_000_000;
    const huge = 'sys/fs/cgroup/memory/x/memory.limit_in_bytes';
    expect(system({ ...files, [huge]: '9223372036854771712\n' })).toEqual({ total: os.totalmem(), free });
    const limited = system({
      ...files,
      [huge]: '300000000\n',
      'sys/fs/cgroup/memory/x/memory.stat': 'inactive_file 1\ntotal_inactive_file 20000000\n',
    });
    expect(limited).toEqual({ total: 300_000_000, free: 220_000_000 });
  });

  it('of a container is found at the root where the path of its group is the host’s', () => {
    const memory = system({
      ...available,
      'proc/self/cgroup': '0::/docker/abc\n',
      'sys/fs/cgroup/memory.max': '200000000\n',
      'sys/fs/cgroup/memory.current': '50000000\n',
    });
    expect(memory).toEqual({ total: 200_000_000, free: 150_000_000 });
  });
});
