/** Opens the backend that work is done on: the one that is named, or the fastest that works here. */
import { bad, ok, problemLine } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import type { Backend, BackendOptions, BackendProvider } from './backend.ts';
import { selfCheck } from './selfCheck.ts';

/** A backend known by name; its code is loaded when it is tried. */
export interface BackendEntry {
  readonly name: string;
  load(): Promise<BackendProvider>;
}

export interface ChosenBackend {
  readonly backend: Backend;
  /** Why this one, a line for people. */
  readonly reason: string;
}

/**
 * `entries` stand from the fastest to the slowest. `auto` takes the first that opens and passes its self-check; a name takes
 * that one or none. The caller disposes of it.
 */
export async function chooseBackend(
  entries: readonly BackendEntry[],
  name: string,
  options: BackendOptions,
): Promise<Result<ChosenBackend>> {
  const names = entries.map((entry) => entry.name).join(', ');
  const candidates = name === 'auto' ? entries : entries.filter((entry) => entry.name === name);
  if (candidates.length === 0)
    return bad(`there is no backend ${JSON.stringify(name)}`, { name: 'backend' }, `Use auto, or one of ${names}.`);
  const failures: string[] = [];
  for (const entry of candidates) {
    const opened = await open(entry, options);
    if (opened.ok) {
      const skipped = failures.length === 0 ? '' : `; ${failures.join('; ')}`;
      const why = name === 'auto' ? 'the fastest that works here and agrees with the reference' : 'asked for';
      return ok({ backend: opened.value, reason: `${why}${skipped}` });
    }
    if (name !== 'auto') return opened;
    failures.push(`not ${entry.name}: ${problemLine(opened.problem)}`);
  }
  return bad(`no backend works here: ${failures.join('; ')}`, { name: 'backend' });
}

async function open(entry: BackendEntry, options: BackendOptions): Promise<Result<Backend>> {
  const provider = await entry.load();
  const opened = await provider.open(options);
  if (!opened.ok) return opened;
  const checked = await selfCheck(opened.value);
  if (checked.ok) return opened;
  opened.value.dispose();
  return checked;
}
