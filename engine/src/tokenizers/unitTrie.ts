/** A trie over UTF-16 units in typed arrays: every piece that begins at a place is found in one walk. */

/** Cells of four: a node and a unit (-1: empty), the node that follows, and the value that hangs there (-1: none). */
const cell = 4;

export class UnitTrie {
  /** The cells; `find` answers with indices into it. */
  cells: Int32Array;
  private mask: number;
  private count = 0;
  private nodes = 1;
  /** Cells of the root's children by unit, or -1: most walks end with their first step. */
  private firsts = new Int32Array(0);

  /** A trie of texts, none empty, each with its value (0 or more). */
  constructor(texts: readonly (readonly [text: string, value: number])[]) {
    this.mask = 63;
    this.cells = new Int32Array(cell * (this.mask + 1)).fill(-1);
    for (const [text, value] of texts) this.insert(text, value);
    let most = 0;
    for (const [text] of texts) most = Math.max(most, text.charCodeAt(0) + 1);
    this.firsts = new Int32Array(most).fill(-1);
    for (const [text] of texts) this.firsts[text.charCodeAt(0)] = this.find(0, text.charCodeAt(0));
  }

  get isEmpty(): boolean {
    return this.nodes === 1;
  }

  /** The cell that a unit leads to from the root, or -1. */
  first(unit: number): number {
    return unit < this.firsts.length ? this.firsts[unit]! : -1;
  }

  /** The cell that a unit leads to from a node, or -1. */
  find(node: number, unit: number): number {
    const { cells, mask } = this;
    for (let i = slot(node, unit) & mask; ; i = (i + 1) & mask) {
      const at = cell * i;
      if (cells[at] === node && cells[at + 1] === unit) return at;
      if (cells[at]! < 0) return -1;
    }
  }

  private insert(text: string, value: number): void {
    let node = 0;
    let at = -1;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      at = this.find(node, unit);
      if (at < 0) {
        if (2 * this.count > this.mask) this.grow();
        at = this.place(node, unit);
        this.cells[at + 2] = this.nodes++;
        this.count++;
      }
      node = this.cells[at + 2]!;
    }
    this.cells[at + 3] = value;
  }

  private place(node: number, unit: number): number {
    let i = slot(node, unit) & this.mask;
    while (this.cells[cell * i]! >= 0) i = (i + 1) & this.mask;
    this.cells[cell * i] = node;
    this.cells[cell * i + 1] = unit;
    return cell * i;
  }

  private grow(): void {
    const { cells } = this;
    this.mask = 2 * this.mask + 1;
    this.cells = new Int32Array(cell * (this.mask + 1)).fill(-1);
    for (let i = 0; i < cells.length; i += cell) {
      if (cells[i]! < 0) continue;
      const at = this.place(cells[i]!, cells[i + 1]!);
      this.cells[at + 2] = cells[i + 2]!;
      this.cells[at + 3] = cells[i + 3]!;
    }
  }
}

function slot(node: number, unit: number): number {
  const mixed = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** Finds the longest of a set of texts at a place: SentencePiece takes user-defined pieces so. */
export class LongestMatch {
  readonly texts: readonly string[];
  /** Length of the match that `find` found last. */
  length = 0;
  private readonly trie: UnitTrie;

  constructor(texts: Iterable<string>) {
    this.texts = [...texts];
    this.trie = new UnitTrie(this.texts.map((text, i) => [text, i] as const));
  }

  get isEmpty(): boolean {
    return this.texts.length === 0;
  }

  /** True where no text begins with the unit. */
  beginsNone(unit: number): boolean {
    return this.trie.first(unit) < 0;
  }

  /** Index of the longest text that stands at `at` and ends at `end` or before it, or -1. */
  find(units: Uint16Array, at: number, end: number): number {
    const { trie } = this;
    const { cells } = trie;
    let found = -1;
    let i = at;
    for (let step = trie.first(units[i]!); step >= 0; step = trie.find(cells[step + 2]!, units[i]!)) {
      i++;
      if (cells[step + 3]! >= 0) {
        found = cells[step + 3]!;
        this.length = i - at;
      }
      if (i === end) break;
    }
    return found;
  }
}
