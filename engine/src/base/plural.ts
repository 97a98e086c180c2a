/** `1 row`, `12 rows`: a number with its noun, for people who read English. `shown`: the number as it is written. */
export const plural = (count: number, noun: string, shown = String(count)): string =>
  `${shown} ${noun}${count === 1 ? '' : 's'}`;
