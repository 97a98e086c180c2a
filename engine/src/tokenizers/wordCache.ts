/**
 * The tokens of words seen before, by the words' own units: an open-addressing table in typed arrays, without a string or an
 * object per word. Bounded: when it is full it is emptied, and what is frequent soon stands in it again.
 */
import type { EncodingBuffer } from './encodingBuffer.ts';

/** Words up to this many units are kept; longer ones seldom come again. */
export const longestCached = 64;
/** Most slots, units of words and tokens that are kept: 7 MB together. */
const mostSlots = 2 ** 17;
const mostUnits = 2 ** 20;
const mostTokens = 2 ** 18;

/** Cells of four: hash, length (0: empty) · 2^16 + number of tokens, where the units begin, where the tokens begin. */
const cell = 4;

export class WordCache {
  private cells = new Int32Array(cell * 512);
  private mask = 511;
  private count = 0;
  private units = new Uint16Array(2048);
  private unitsEnd = 0;
  /** Two numbers a token: the id, and start · 2^16 + end in units of the word. */
  private tokens = new Int32Array(2048);
  private tokensEnd = 0;
  /** Of the word that was looked for last. */
  private hash = 0;

  /** The cell of a word, or -1; `length` is 1 to `longestCached`. */
  find(text: Uint16Array, from: number, length: number): number {
    const { cells, units, mask } = this;
    const to = from + length;
    let hash = length;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ text[i]!, 0x01000193);
    hash = hash >>> 1;
    for (let i = mix(hash) & mask; ; i = (i + 1) & mask) {
      const at = cell * i;
      const size = cells[at + 1]!;
      if (size === 0) {
        this.hash = hash;
        return -1;
      }
      if (cells[at] !== hash || size >>> 16 !== length) continue;
      const start = cells[at + 2]!;
      let k = 0;
      while (k < length && units[start + k] === text[from + k]) k++;
      if (k === length) return at;
    }
  }

  countAt(at: number): number {
    return this.cells[at + 1]! & 0xffff;
  }

  /** Appends the tokens of a cell, for a word that begins at `from`. */
  appendTo(out: EncodingBuffer, at: number, from: number): void {
    out.append(this.tokens, this.cells[at + 3]!, this.countAt(at), from);
  }

  /** Keeps the tokens in `encoded`, whose spans lie behind `from`, for the word that was looked for last and not found; answers its cell. */
  add(text: Uint16Array, from: number, length: number, encoded: EncodingBuffer): number {
    this.makeRoom(length, encoded.length);
    const at = this.put(this.hash, (length << 16) | encoded.length, this.unitsEnd, this.tokensEnd);
    this.count++;
    for (let k = 0; k < length; k++) this.units[this.unitsEnd++] = text[from + k]!;
    for (let k = 0; k < encoded.length; k++) {
      this.tokens[this.tokensEnd++] = encoded.ids[k]!;
      this.tokens[this.tokensEnd++] = ((encoded.starts[k]! - from) << 16) | (encoded.ends[k]! - from);
    }
    return at;
  }

  private makeRoom(length: number, tokens: number): void {
    const full = this.unitsEnd + length > mostUnits || this.tokensEnd + 2 * tokens > 2 * mostTokens;
    if (full || (2 * this.count >= this.mask && this.mask + 1 >= mostSlots)) {
      this.cells.fill(0);
      this.count = this.unitsEnd = this.tokensEnd = 0;
    }
    if (2 * this.count >= this.mask) this.grow();
    if (this.unitsEnd + length > this.units.length) {
      const { units } = this;
      this.units = new Uint16Array(2 * units.length);
      this.units.set(units);
    }
    if (this.tokensEnd + 2 * tokens > this.tokens.length) {
      const old = this.tokens;
      this.tokens = new Int32Array(2 * old.length);
      this.tokens.set(old);
    }
  }

  private grow(): void {
    const { cells } = this;
    this.mask = 2 * this.mask + 1;
    this.cells = new Int32Array(cell * (this.mask + 1));
    for (let at = 0; at < cells.length; at += cell) {
      if (cells[at + 1] !== 0) this.put(cells[at]!, cells[at + 1]!, cells[at + 2]!, cells[at + 3]!);
    }
  }

  private put(hash: number, size: number, units: number, tokens: number): number {
    let i = mix(hash) & this.mask;
    while (this.cells[cell * i + 1] !== 0) i = (i + 1) & this.mask;
    this.cells[cell * i] = hash;
    this.cells[cell * i + 1] = size;
    this.cells[cell * i + 2] = units;
    this.cells[cell * i + 3] = tokens;
    return cell * i;
  }
}

const mix = (hash: number): number => hash ^ (hash >>> 15);
