/** One search of a text, as rules see it: what the search before it made of the same stretches is at hand. */
export interface Search {
  /**
   * What the last search made of a stretch that read as [from, to) does now, and stood among the same; else what is made now. It may
   * depend on `nearby` units around; its offsets begin at `from`. Stretches of an owner come in the order of the text.
   */
  recall<T>(owner: string, from: number, to: number, make: () => T): T;
  end(): void;
}
