/** What diagnostics tell of backends: which can be had here, on what, and why the others cannot. */
import { problemLine } from '../base/problem.ts';
import type { BackendOptions } from './backend.ts';
import { type BackendEntry, chooseBackend } from './choose.ts';

export interface BackendDescription {
  readonly name: string;
  /** What it computes on; absent where it cannot be had. */
  readonly device?: string;
  readonly precisions?: readonly string[];
  /** Milliseconds that opening and self-check took. */
  readonly milliseconds?: number;
  /** Why it cannot be had: a line for people. */
  readonly problem?: string;
}

/** Opens each backend, checks it against the reference, and lets it go again. */
export async function describeEach(
  entries: readonly BackendEntry[],
  options: BackendOptions,
): Promise<BackendDescription[]> {
  const descriptions: BackendDescription[] = [];
  for (const { name, ahead } of entries) {
    if (ahead !== undefined) continue;
    const start = performance.now();
    const opened = await chooseBackend(entries, name, options);
    if (!opened.ok) {
      descriptions.push({ name, problem: problemLine(opened.problem) });
      continue;
    }
    const { device, precisions } = opened.value.backend;
    opened.value.backend.dispose();
    descriptions.push({ name, device, precisions, milliseconds: Math.round(performance.now() - start) });
  }
  return descriptions;
}
