/** Calls a function once things have been quiet for a while: the last call counts. */
export interface Debounced {
  (): void;
  readonly cancel: () => void;
}

export function debounce(quietMs: number, work: () => void): Debounced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const call = () => {
    cancel();
    timer = setTimeout(work, quietMs);
  };
  return Object.assign(call, { cancel });
}
