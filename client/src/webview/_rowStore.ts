/** Rows of a long list that come in pages: those that are here, and which pages to ask for next. No browser in here. */

export const pageRows = 200;
/** Pages kept: far more than a screen shows, far less than a vocabulary has. */
const keptPages = 40;
/** Questions under way at a time: scrolling past does not queue up what nobody looks at any more. */
const atOnce = 2;

export class RowStore<T> {
  readonly #pageSize: number;
  #total = 0;
  readonly #pages = new Map<number, readonly T[]>();
  readonly #asked = new Set<number>();

  constructor(pageSize = pageRows) {
    this.#pageSize = pageSize;
  }

  get total(): number {
    return this.#total;
  }

  /** Another list: what was there and what was asked for is void. */
  reset(total: number): void {
    this.#total = total;
    this.#pages.clear();
    this.#asked.clear();
  }

  row(index: number): T | undefined {
    return this.#pages.get(Math.floor(index / this.#pageSize))?.[index % this.#pageSize];
  }

  add(page: number, rows: readonly T[]): void {
    this.#asked.delete(page);
    this.#pages.delete(page);
    this.#pages.set(page, rows);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= keptPages) break;
      this.#pages.delete(oldest);
    }
  }

  /** A question that will not be answered. */
  lost(page: number): void {
    this.#asked.delete(page);
  }

  /** Pages to ask for now so that [from, to) is there; they count as asked for from here on. */
  due(from: number, to: number): number[] {
    const pages: number[] = [];
    const last = Math.min(to, this.#total) - 1;
    for (let page = Math.floor(from / this.#pageSize); page * this.#pageSize <= last; page++) {
      if (this.#asked.size >= atOnce) break;
      const known = this.#pages.get(page);
      if (known !== undefined) {
        // What is looked at is kept longest.
        this.#pages.delete(page);
        this.#pages.set(page, known);
      } else if (!this.#asked.has(page)) {
        this.#asked.add(page);
        pages.push(page);
      }
    }
    return pages;
  }
}

/** The rows [from, to) that a scrolled window shows, with some beyond its edges. */
export function rowWindow(
  { scrollTop, height, rowHeight }: { scrollTop: number; height: number; rowHeight: number },
  total: number,
  beyond = 8,
): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.floor(scrollTop / rowHeight) - beyond);
  return { from: Math.min(from, total), to: Math.min(total, Math.ceil((scrollTop + height) / rowHeight) + beyond) };
}
