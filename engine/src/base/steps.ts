/**
 * Long computations that can pause: a generator that yields every few milliseconds' worth of work, for those who must answer
 * in between, and one call for those who need not.
 */

/** Yields to let others in; returns the result. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** The result, computed without a pause. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The result, letting others in at each pause; stops there, with the signal's reason, once it is aborted. */
export async function inTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    const step = steps.next();
    if (step.done === true) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
