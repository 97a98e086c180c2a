/** Opens the backend that work is done on: the one that is named, or the fastest that works here. */
import { bad, ok, problemLine } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import type { Backend, BackendOptions, BackendProvider } from './backend.ts';
import { selfCheck } from './selfCheck.ts';

/** A backend known by name; its code is loaded when it is tried. */
export interface BackendEntry {
  readonly name: string;
  load(): Promise<BackendProvider>;
  /** One more try of a backend in `auto`, ahead of others: on this device, where it may be there and none was named. */
  readonly ahead?: { readonly device: string; maybeThere(): Promise<boolean> };
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
  const names = entries.flatMap((entry) => (entry.ahead === undefined ? [entry.name] : [])).join(', ');
  const candidates = await candidatesFor(entries, name, options);
  if (candidates.length === 0)
    return bad(`there is no backend ${JSON.stringify(name)}`, { name: 'backend' }, `Use auto, or one of ${names}.`);
  const failures: string[] = [];
  for (const candidate of candidates) {
    const opened = await open(candidate.entry, candidate.options);
    if (opened.ok) {
      const skipped = failures.length === 0 ? '' : `; ${failures.join('; ')}`;
      const why = name === 'auto' ? 'the fastest that works here and agrees with the reference' : 'asked for';
      const { deviceReason } = opened.value;
      const device = deviceReason === undefined ? '' : `; ${deviceReason}`;
      return ok({ backend: opened.value, reason: `${why}${skipped}${device}` });
    }
    if (name !== 'auto') return opened;
    failures.push(`not ${candidate.entry.name}: ${problemLine(opened.problem)}`);
  }
  return bad(`no backend works here: ${failures.join('; ')}`, { name: 'backend' });
}

/** What is tried for a name, one after the other. */
export async function candidatesFor(
  entries: readonly BackendEntry[],
  name: string,
  options: BackendOptions,
): Promise<{ readonly entry: BackendEntry; readonly options: BackendOptions }[]> {
  const candidates: { entry: BackendEntry; options: BackendOptions }[] = [];
  for (const entry of entries) {
    const { ahead } = entry;
    if (ahead === undefined) {
      if (name === 'auto' || entry.name === name) candidates.push({ entry, options });
    } else if (name === 'auto' && options.device === undefined && (await ahead.maybeThere()))
      candidates.push({ entry, options: { ...options, device: ahead.device } });
  }
  return candidates;
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
