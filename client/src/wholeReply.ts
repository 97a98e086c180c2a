/** What an editor's model says and counts, within bounds: it has none of its own. No editor in here, so that tests can call it. */

export interface WholeReply {
  readonly text: string;
  /** `length`: it went on beyond what is read; `silence`: nothing more came in time. */
  readonly end: 'stop' | 'length' | 'silence';
}

/** Throws what `parts` throws. What comes after the bounds is not waited for: the caller cancels it. */
export async function wholeReply(
  parts: AsyncIterable<string>,
  bounds: { readonly characters: number; readonly silenceMs: number },
): Promise<WholeReply> {
  const iterator = parts[Symbol.asyncIterator]();
  let text = '';
  for (;;) {
    const next = await inTime(iterator.next(), bounds.silenceMs);
    if (next === undefined) return { text, end: 'silence' };
    if (next.done === true) return { text, end: 'stop' };
    text += next.value;
    if (text.length > bounds.characters) return { text, end: 'length' };
  }
}

/** Counts of texts, in their order; fewer where one fails or is no number, or all of them take longer. */
export async function countsInTime(
  texts: readonly string[],
  count: (text: string) => PromiseLike<number>,
  ms: number,
): Promise<readonly number[]> {
  const until = performance.now() + ms;
  const counts: number[] = [];
  for (const text of texts) {
    const counting = (async () => count(text))().catch(() => undefined);
    const counted = await inTime(counting, Math.max(0, until - performance.now()));
    if (counted === undefined || !Number.isFinite(counted) || counted < 0) break;
    counts.push(counted);
  }
  return counts;
}

/** undefined where it takes longer. */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined); // nobody waits for it any more
  }
}
