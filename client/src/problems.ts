/** Turns what a request failed with into words for people, without the editor's API, so that tests can call it. */
import type { Problem } from '../../server/src/protocol.ts';

/** The codes with which the protocol says that a request was cancelled (by the client, by the server). */
const cancelCodes: readonly unknown[] = [-32800, -32802];

export function isCancelled(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && cancelCodes.includes(error.code)) return true;
  return 'name' in error && error.name === 'Canceled';
}

/** The problem a request's `ResponseError` carries as its data; undefined for another failure. */
export function problemOf(error: unknown): Problem | undefined {
  if (typeof error !== 'object' || error === null || !('data' in error)) return undefined;
  const { data } = error;
  if (typeof data !== 'object' || data === null || !('what' in data) || typeof data.what !== 'string') return undefined;
  return data as Problem;
}

/** One line for people, whatever was thrown; `line` words a problem. */
export function lineWith(error: unknown, line: (problem: Problem) => string): string {
  const problem = problemOf(error);
  if (problem !== undefined) return line(problem);
  return error instanceof Error ? error.message : String(error);
}
