/** Starts a run: `bllossom train`, detached, so that it outlives this server. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { bad, ok } from '../../engine/src/base/problem.ts';
import type { Result } from '../../engine/src/base/problem.ts';
import { checkDirectory } from '../../engine/src/runs/directory.ts';
import { readSpec } from '../../engine/src/runs/spec.ts';
import { readStatus } from '../../engine/src/runs/state.ts';
import type { NodeChoice } from './nodePath.ts';

const patience = 30_000;

/** The run's directory, once its process has taken it; the problem where it was refused. */
export async function startRun(
  node: NodeChoice,
  enginePath: string,
  specFile: string,
  resume: boolean,
): Promise<Result<string>> {
  const spec = readSpec(specFile);
  if (!spec.ok) return spec;
  const directory = spec.value.output;
  const allowed = checkDirectory(spec.value, resume);
  if (!allowed.ok) return allowed;
  const before = readStatus(directory)?.pid;
  const args = [enginePath, 'train', specFile, ...(resume ? ['--resume'] : []), '--progress', 'json'];
  const child = spawn(node.path, args, { detached: true, env: node.env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  const stderr = child.stderr;
  stderr.on('data', (data: Buffer) => (said = (said + data.toString('utf8')).slice(-4000)));
  let exit: number | null | undefined;
  child.once('error', () => (exit = null));
  child.once('exit', (code) => (exit = code));
  try {
    for (const until = Date.now() + patience; Date.now() < until;) {
      const status = readStatus(directory);
      if (status !== undefined && status.pid === child.pid && status.pid !== before) return ok(directory);
      if (exit !== undefined)
        return bad(
          said.trim().split('\n').at(-1) ?? 'the run ended before it began',
          { file: specFile },
          'Mend this and start it again.',
        );
      await sleep(50);
    }
    return bad('the run did not begin within 30 seconds', { file: directory }, 'See log.txt there.');
  } finally {
    stderr.destroy();
    child.unref();
  }
}
