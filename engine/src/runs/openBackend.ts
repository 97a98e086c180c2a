/** Opens the backend that a run, a command or the host computes on, and says why it was taken. */
import type { Backend, BackendOptions } from '../backends/backend.ts';
import { referenceBackend } from '../backends/reference/referenceBackend.ts';
import { type Result, bad, ok } from '../base/problem.ts';

export interface OpenBackend {
  readonly backend: Backend;
  /** One line for people. */
  readonly reason: string;
}

export async function openBackend(name: string, options: BackendOptions): Promise<Result<OpenBackend>> {
  if (name !== 'auto' && name !== 'reference') return bad(`there is no backend ${name}`, { name: 'backend' }, 'Use auto.');
  const backend = await referenceBackend.open(options);
  return backend.ok ? ok({ backend: backend.value, reason: 'the only one there is' }) : backend;
}
