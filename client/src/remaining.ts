/** How long work will go on, from how far it has come. No editor in here. */

/** Seconds left at the pace so far; undefined while too little is known to say. */
export function secondsLeft(elapsedSeconds: number, fraction: number): number | undefined {
  if (!(fraction > 0.01) || fraction > 1 || elapsedSeconds < 2) return undefined;
  return (elapsedSeconds * (1 - fraction)) / fraction;
}
