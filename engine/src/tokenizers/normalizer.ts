/**
 * The text that pieces are looked for in: spaces become ▁, a dummy ▁ goes before, rules such as NFKC are applied. Each
 * unit of the result knows the unit of the text it stems from. As Normalizer::Normalize of SentencePiece 0.1.97.
 */
import { finish, type Steps } from '../base/steps.ts';
import type { NormalizerSpec, SentencePieceModel } from './sentencePieceModel.ts';

/** Units normalised between two pauses. */
const unitsAtOnce = 8192;

/** The space inside pieces, U+2581. */
export const spaceSymbol = '\u2581';

export interface Normalized {
  readonly text: string;
  /** For each UTF-16 unit of `text`, and for its end, an offset in the text given. */
  readonly offsets: Int32Array;
}

/** Finds the longest of a set of strings at a place of a text: thousands of strings cost no more than their lengths. */
export class LongestMatch {
  private readonly texts: ReadonlySet<string>;
  /** By first unit, the lengths of the strings that begin with it, the longest first. */
  private readonly lengths = new Map<number, number[]>();

  constructor(texts: Iterable<string>) {
    this.texts = new Set(texts);
    for (const text of this.texts) {
      const first = text.charCodeAt(0);
      const list = this.lengths.get(first);
      if (list === undefined) this.lengths.set(first, [text.length]);
      else if (!list.includes(text.length)) list.push(text.length);
    }
    for (const list of this.lengths.values()) list.sort((a, b) => b - a);
  }

  get isEmpty(): boolean {
    return this.lengths.size === 0;
  }

  at(text: string, position: number): string | undefined {
    const lengths = this.lengths.get(text.charCodeAt(position));
    if (lengths === undefined) return undefined;
    for (const length of lengths) {
      if (position + length > text.length) continue;
      const found = text.slice(position, position + length);
      if (this.texts.has(found)) return found;
    }
    return undefined;
  }
}

/** True where the rules do nothing but escape spaces and add the dummy prefix: every unit stands for itself. */
export function isPlain(model: SentencePieceModel): boolean {
  const { charsmap, removeExtraWhitespaces, escapeWhitespaces } = model.normalizer;
  return charsmap.length === 0 && !removeExtraWhitespaces && escapeWhitespaces && !model.trainer.whitespaceAsSuffix;
}

export class Normalizer {
  private readonly charsmap: Charsmap | undefined;
  private readonly space: string;

  constructor(
    private readonly spec: NormalizerSpec,
    private readonly whitespaceAsSuffix: boolean,
    /** Texts that no rule touches: user-defined pieces. */
    private readonly kept: LongestMatch,
  ) {
    this.charsmap = spec.charsmap.length === 0 ? undefined : new Charsmap(spec.charsmap);
    this.space = spec.escapeWhitespaces ? spaceSymbol : ' ';
  }

  /** `text` must be well-formed. */
  normalize(text: string): Normalized {
    return finish(this.normalizeInSteps(text));
  }

  /** As `normalize`, with pauses. */
  *normalizeInSteps(text: string): Steps<Normalized> {
    const { removeExtraWhitespaces, addDummyPrefix } = this.spec;
    const out = new Output(text.length);
    let position = 0;
    let step = { text: '', length: 0 };
    if (removeExtraWhitespaces) {
      while (position < text.length && (step = this.step(text, position)).text === ' ') position += step.length;
    }
    if (position >= text.length) return out.finish(position);
    if (addDummyPrefix && !this.whitespaceAsSuffix) out.add(this.space, position);
    const cursor: Cursor = { position, afterSpace: removeExtraWhitespaces };
    while (cursor.position < text.length) {
      this.addUpTo(cursor.position + unitsAtOnce, text, cursor, out);
      if (cursor.position < text.length) yield;
    }
    position = cursor.position;
    if (removeExtraWhitespaces) position = out.trimEnd(this.space) ?? position;
    if (addDummyPrefix && this.whitespaceAsSuffix) out.add(this.space, position);
    return out.finish(position);
  }

  /** Normalises from the cursor on, up to or a little behind `limit`. */
  private addUpTo(limit: number, text: string, cursor: Cursor, out: Output): void {
    let { position, afterSpace } = cursor;
    const end = Math.min(limit, text.length);
    while (position < end) {
      const step = this.step(text, position);
      let from = 0;
      if (afterSpace) while (step.text.charCodeAt(from) === 0x20) from++;
      if (from < step.text.length) {
        out.add((from === 0 ? step.text : step.text.slice(from)).replaceAll(' ', this.space), position);
        afterSpace = this.spec.removeExtraWhitespaces && step.text.endsWith(' ');
      }
      position += step.length;
    }
    cursor.position = position;
    cursor.afterSpace = afterSpace;
  }

  /** What the text at a position becomes, and how many units of it that takes. */
  private step(text: string, position: number): { text: string; length: number } {
    const kept = this.kept.at(text, position);
    if (kept !== undefined) return { text: kept, length: kept.length };
    const rule = this.charsmap?.longest(text, position);
    if (rule !== undefined) return rule;
    const length = text.codePointAt(position)! > 0xffff ? 2 : 1;
    return { text: text.slice(position, position + length), length };
  }
}

/** Where normalising stands. */
interface Cursor {
  position: number;
  /** The last character put out is a space that swallows those behind it. */
  afterSpace: boolean;
}

/** Grows the normalised text together with its offsets. */
class Output {
  private readonly parts: string[] = [];
  private offsets: Int32Array;
  private length = 0;

  constructor(expected: number) {
    this.offsets = new Int32Array(expected + 16);
  }

  add(text: string, offset: number): void {
    this.parts.push(text);
    if (this.length + text.length >= this.offsets.length) {
      const grown = new Int32Array(2 * (this.length + text.length));
      grown.set(this.offsets);
      this.offsets = grown;
    }
    this.offsets.fill(offset, this.length, this.length + text.length);
    this.length += text.length;
  }

  /** Takes spaces off the end; answers the offset of the first one taken, if any. */
  trimEnd(space: string): number | undefined {
    let offset: number | undefined;
    for (let last = this.parts.at(-1); last !== undefined; last = this.parts.at(-1)) {
      let kept = last.length;
      while (kept > 0 && last[kept - 1] === space) kept--;
      if (kept < last.length) {
        this.length -= last.length - kept;
        offset = this.offsets[this.length]!;
      }
      if (kept === last.length) break;
      this.parts.pop();
      if (kept > 0) {
        this.parts.push(last.slice(0, kept));
        break;
      }
    }
    return offset;
  }

  finish(end: number): Normalized {
    const offsets = this.offsets.slice(0, this.length + 1);
    offsets[this.length] = end;
    return { text: this.parts.join(''), offsets };
  }
}

/**
 * Compiled rules: a double-array trie over UTF-8 (the layout of Darts-clone), whose values point into NUL-ended texts.
 * Indices that a broken file leads out of bounds end the search.
 */
class Charsmap {
  private readonly units: Uint32Array;
  private readonly texts: Uint8Array;
  private readonly decoded = new Map<number, string>();

  constructor(blob: Uint8Array) {
    const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
    const size = view.getUint32(0, true);
    this.units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.texts = blob.subarray(4 + size);
  }

  /** The longest rule that begins at a position. */
  longest(text: string, position: number): { text: string; length: number } | undefined {
    let node = childOffset(this.units[0]!);
    let found: { text: string; length: number } | undefined;
    for (let i = position; i < text.length;) {
      const codePoint = text.codePointAt(i)!;
      i += codePoint > 0xffff ? 2 : 1;
      let unit = 0;
      for (let byte = 0, count = utf8Length(codePoint); byte < count; byte++) {
        const label = utf8Byte(codePoint, byte, count);
        node ^= label;
        unit = this.units[node] ?? 0xffffffff;
        if ((unit & 0x800000ff) >>> 0 !== label) return found;
        node ^= childOffset(unit);
      }
      // Bit 8 says that a value hangs here.
      if ((unit & 0x100) !== 0) {
        const value = this.units[node];
        if (value === undefined) return found;
        found = { text: this.textAt(value & 0x7fffffff), length: i - position };
      }
    }
    return found;
  }

  private textAt(offset: number): string {
    let text = this.decoded.get(offset);
    if (text === undefined) {
      const end = this.texts.indexOf(0, offset);
      text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.texts.subarray(offset, Math.max(end, offset)));
      this.decoded.set(offset, text);
    }
    return text;
  }
}

const childOffset = (unit: number): number => ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;

export const utf8Length = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

/** Byte `index` of the `count` that UTF-8 spells a code point with. */
export function utf8Byte(codePoint: number, index: number, count: number): number {
  if (count === 1) return codePoint;
  if (index === 0) return ((0xf00 >> count) & 0xff) | (codePoint >> (6 * (count - 1)));
  return 0x80 | ((codePoint >> (6 * (count - 1 - index))) & 0x3f);
}
