/**
 * The compiled rules of a normaliser: a double-array trie over UTF-8 (the layout of Darts-clone) whose values point into
 * NUL-ended texts. Indices that a broken file leads out of bounds end the search.
 */
import { codePointAt, unitsOf, utf8Byte, utf8Length } from './units.ts';

/** What a code point begins: not known yet, no rule, only rules of several characters, a rule of its own. */
const begins = { unknown: 0, nothing: 1, longer: 2, rule: 3 } as const;

/** So many steps are taken to list all rules (nmt_nfkc has 262,041); a file that leads in circles has more. */
const mostSteps = 1 << 22;

export interface Rule {
  /** What becomes of the characters, as units. */
  readonly text: Uint16Array;
  /** Number of units that the rule takes. */
  readonly length: number;
}

export class Charsmap {
  private readonly trie: Uint32Array;
  private readonly texts: Uint8Array;
  private readonly decoded = new Map<number, Uint16Array>();
  /** One of `begins` for each unit. */
  private readonly kinds = new Uint8Array(0x10000);
  /** Where the walk stands behind a unit that begins rules. */
  private readonly nodes = new Uint32Array(0x10000);

  constructor(blob: Uint8Array) {
    const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
    const size = view.getUint32(0, true);
    this.trie = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.texts = blob.subarray(4 + size);
    this.kinds.fill(begins.rule, 0xd800, 0xe000);
  }

  /** True where no rule applies at a place, told quickly; false where it takes `longest` to know. */
  isFree(units: Uint16Array, at: number, end: number): boolean {
    const unit = units[at]!;
    let kind = this.kinds[unit]!;
    if (kind === begins.unknown) kind = this.classify(unit);
    if (kind === begins.nothing) return true;
    if (kind === begins.rule) return false;
    if (at + 1 === end) return true;
    const next = units[at + 1]!;
    const lead = next < 0x80 ? next : next < 0x800 ? 0xc0 | (next >> 6) : 0xe0 | (next >> 12);
    return (next & 0xf800) !== 0xd800 && ((this.trie[this.nodes[unit]! ^ lead] ?? ~0) & 0x800000ff) >>> 0 !== lead;
  }

  /** The longest rule that applies at a place and ends at `end` or before it. */
  longest(units: Uint16Array, at: number, end: number): Rule | undefined {
    let node = childOffset(this.trie[0]!);
    let value = -1;
    let length = 0;
    for (let i = at; i < end;) {
      const codePoint = codePointAt(units, i);
      i += codePoint > 0xffff ? 2 : 1;
      let unit = 0;
      for (let byte = 0, count = utf8Length(codePoint); byte < count; byte++) {
        const label = utf8Byte(codePoint, byte, count);
        node ^= label;
        unit = this.unitAt(node);
        if ((unit & 0x800000ff) >>> 0 !== label) return this.rule(value, length);
        node ^= childOffset(unit);
      }
      if (hasValue(unit)) {
        if (this.trie[node] === undefined) break;
        value = this.trie[node]! & 0x7fffffff;
        length = i - at;
      }
    }
    return this.rule(value, length);
  }

  /** Hands every rule's characters to `take`; false where the file leads in circles. */
  eachRule(take: (codePoints: readonly number[]) => void): boolean {
    // The children of a node are found by where they lie: each unit knows its label, and so the place it hangs under.
    const heads = new Map<number, number[]>();
    for (const [i, unit] of this.trie.entries()) {
      const label = (unit & 0x800000ff) >>> 0;
      // No text has a byte above 0xf4.
      if (label === 0 || label > 0xf4) continue;
      const under = (i ^ label) >>> 0;
      const siblings = heads.get(under);
      if (siblings === undefined) heads.set(under, [i]);
      else siblings.push(i);
    }
    let steps = 0;
    const codePoints: number[] = [];
    /** `open` bytes of the character begun, `rest` of it, are still to come. */
    const walk = (under: number, open: number, rest: number): boolean => {
      for (const i of heads.get(under) ?? []) {
        if (++steps > mostSteps || codePoints.length > 64) return false;
        const label = this.trie[i]! & 0xff;
        const more = open > 0 ? open - 1 : label < 0xc0 ? 0 : label < 0xe0 ? 1 : label < 0xf0 ? 2 : 3;
        const bits = open > 0 ? (rest << 6) | (label & 0x3f) : label < 0x80 ? label : label & (0x3f >> more);
        if (more === 0) {
          codePoints.push(bits);
          if (hasValue(this.trie[i]!)) take(codePoints);
        }
        if (!walk((i ^ childOffset(this.trie[i]!)) >>> 0, more, bits)) return false;
        if (more === 0) codePoints.pop();
      }
      return true;
    };
    return walk(childOffset(this.trie[0]!), 0, 0);
  }

  private classify(unit: number): number {
    let node = childOffset(this.trie[0]!);
    let at = 0;
    let kind: number = begins.rule;
    for (let byte = 0, count = utf8Length(unit); byte < count; byte++) {
      const label = utf8Byte(unit, byte, count);
      node ^= label;
      at = this.unitAt(node);
      if ((at & 0x800000ff) >>> 0 !== label) kind = begins.nothing;
      if (kind === begins.nothing) break;
      node ^= childOffset(at);
    }
    if (kind !== begins.nothing && !hasValue(at)) kind = begins.longer;
    this.nodes[unit] = node;
    return (this.kinds[unit] = kind);
  }

  private unitAt(node: number): number {
    return this.trie[node] ?? 0xffffffff;
  }

  private rule(value: number, length: number): Rule | undefined {
    return value < 0 ? undefined : { text: this.textAt(value), length };
  }

  private textAt(offset: number): Uint16Array {
    let text = this.decoded.get(offset);
    if (text === undefined) {
      const end = this.texts.indexOf(0, offset);
      const bytes = this.texts.subarray(offset, Math.max(end, offset));
      text = unitsOf(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
      this.decoded.set(offset, text);
    }
    return text;
  }
}

const childOffset = (unit: number): number => ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;
/** Bit 8 says that a value hangs under a unit. */
const hasValue = (unit: number): boolean => (unit & 0x100) !== 0;
