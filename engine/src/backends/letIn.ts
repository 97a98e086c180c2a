/** Backends that compute on JavaScript's own thread let others in now and then, where a run may be stopped. */

/** So long a run keeps others waiting. */
const pauseMs = 50;

/**
 * Called between operations: lets others in when it is time, and throws the signal's reason. True where it did let others in. Nobody waits
 * where there is no signal.
 */
export function pausesFor(signal: AbortSignal | undefined): () => Promise<boolean> | undefined {
  let last = performance.now();
  return () => {
    if (signal === undefined || performance.now() - last < pauseMs) return undefined;
    return new Promise((done) => setImmediate(done)).then(() => {
      signal.throwIfAborted();
      last = performance.now();
      return true;
    });
  };
}
