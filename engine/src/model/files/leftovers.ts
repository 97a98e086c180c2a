/** What a killed expansion left: temporary directories beside its output. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { isTemporary } from '../../base/atomic.ts';

/**
 * Removes temporary directories of this very output whose writers are gone (a process that was killed); answers with their paths.
 * One whose writer lives is left alone.
 */
export async function clearLeftovers(out: string): Promise<string[]> {
  const [folder, name] = [path.dirname(path.resolve(out)), path.basename(path.resolve(out))];
  const removed: string[] = [];
  for (const found of await readdir(folder).catch(() => [])) {
    if (!isTemporary(found) || !found.startsWith(`.${name}.tmp-`)) continue;
    const writer = Number(/\.tmp-(\d+)-/.exec(found.slice(name.length + 1))?.[1]);
    if (isAlive(writer)) continue;
    const file = path.join(folder, found);
    await rm(file, { recursive: true, force: true });
    removed.push(file);
  }
  return removed;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
