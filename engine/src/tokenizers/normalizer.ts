/**
 * The text that pieces are looked for in: spaces become ▁, a dummy ▁ goes before, rules such as NFKC are applied. Each
 * unit of the result knows the unit of the text it stems from. As Normalizer::Normalize of SentencePiece 0.1.97.
 */
import { finish, type Steps } from '../base/steps.ts';
import { Charsmap } from './charsmap.ts';
import type { NormalizerSpec, SentencePieceModel } from './sentencePieceModel.ts';
import { PieceType } from './tokenizer.ts';
import { spaceUnit, textOfUnits, writeUnits } from './units.ts';
import type { LongestMatch } from './unitTrie.ts';

export { spaceSymbol } from './units.ts';
export { LongestMatch } from './unitTrie.ts';

/** Units normalised between two pauses. */
const unitsAtOnce = 16384;

/** Which ends of the whole text a part of it has. */
export interface PartPlace {
  readonly first: boolean;
  readonly last: boolean;
}

const wholeText: PartPlace = { first: true, last: true };

/**
 * True where the rules do nothing but escape spaces and add the dummy prefix, and every unit stands for itself: a user-defined
 * piece of several characters is kept as one, so that all of it stems from its beginning, even where another piece ends in it.
 */
export function isPlain({ normalizer, trainer, pieces }: SentencePieceModel): boolean {
  const { charsmap, removeExtraWhitespaces, escapeWhitespaces } = normalizer;
  if (charsmap.length > 0 || removeExtraWhitespaces || !escapeWhitespaces || trainer.whitespaceAsSuffix) return false;
  return pieces.every(({ piece, type }) => type !== PieceType.userDefined || piece.length === 1);
}

/** A normalised text: units, and for each of them and for their end an offset in the text given. May be used again. */
export class Normalized {
  units = new Uint16Array(64);
  offsets = new Int32Array(64);
  length = 0;
  /** The text given, as units. */
  source = new Uint16Array(64);

  get text(): string {
    return textOfUnits(this.units, 0, this.length);
  }

  /** Makes room for so many units behind those that are there. */
  reserve(more: number): void {
    const wanted = this.length + more + 2;
    if (wanted <= this.units.length) return;
    const units = new Uint16Array(wanted + (wanted >> 1));
    units.set(this.units.subarray(0, this.length));
    this.units = units;
    const offsets = new Int32Array(units.length);
    offsets.set(this.offsets.subarray(0, this.length));
    this.offsets = offsets;
  }

  push(unit: number, offset: number): void {
    this.units[this.length] = unit;
    this.offsets[this.length++] = offset;
  }

  finish(end: number): this {
    this.offsets[this.length] = end;
    return this;
  }
}

export class Normalizer {
  /** The rules, where there are any. */
  readonly charsmap: Charsmap | undefined;
  private readonly space: number;
  /** 1 for a unit that is neither a space nor begins a text to keep. */
  private readonly simple = new Uint8Array(0x10000).fill(1);

  constructor(
    private readonly spec: NormalizerSpec,
    private readonly whitespaceAsSuffix: boolean,
    /** Texts that no rule touches: user-defined pieces. */
    private readonly kept: LongestMatch,
  ) {
    this.charsmap = spec.charsmap.length === 0 ? undefined : new Charsmap(spec.charsmap);
    this.space = spec.escapeWhitespaces ? spaceUnit : 0x20;
    this.simple[0x20] = 0;
    for (const text of kept.texts) this.simple[text.charCodeAt(0)] = 0;
  }

  normalize(text: string): Normalized {
    return finish(this.normalizeInSteps(text));
  }

  /** As `normalize`, with pauses; of a part of a text, that part of the text's. Writes into `out`, whatever it held. */
  *normalizeInSteps(text: string, out = new Normalized(), place = wholeText): Steps<Normalized> {
    const { removeExtraWhitespaces, addDummyPrefix } = this.spec;
    const end = text.length;
    if (out.source.length < end) out.source = new Uint16Array(end + (end >> 1));
    writeUnits(text, out.source, 0, 0x20);
    out.length = 0;
    out.reserve(end + 2);
    let position = 0;
    if (removeExtraWhitespaces && place.first) {
      for (let steps = 1; position < end && this.isSpace(out.source, position, end); steps++) {
        position += this.taken;
        if (steps % unitsAtOnce === 0) yield;
      }
    }
    if (position >= end) return out.finish(position);
    if (addDummyPrefix && !this.whitespaceAsSuffix && place.first) out.push(this.space, position);
    const cursor: Cursor = { position, afterSpace: removeExtraWhitespaces && place.first };
    while (cursor.position < end) {
      this.addUpTo(Math.min(end, cursor.position + unitsAtOnce), end, cursor, out);
      if (cursor.position < end) yield;
    }
    if (!place.last) return out.finish(end);
    position = end;
    if (removeExtraWhitespaces) {
      while (out.length > 0 && out.units[out.length - 1] === this.space) position = out.offsets[--out.length]!;
    }
    if (addDummyPrefix && this.whitespaceAsSuffix) out.push(this.space, position);
    return out.finish(position);
  }

  /** Normalises from the cursor on, up to or a little behind `limit`. */
  private addUpTo(limit: number, end: number, cursor: Cursor, out: Normalized): void {
    const { kept, charsmap, space, simple } = this;
    const { removeExtraWhitespaces } = this.spec;
    const { source } = out;
    let { position, afterSpace } = cursor;
    // Kept true: there is room for all that is left of the text.
    out.reserve(end - position);
    while (position < limit) {
      const unit = source[position]!;
      if (simple[unit] === 1) {
        if (charsmap === undefined || charsmap.isFree(source, position, end)) {
          out.push(unit, position++);
          afterSpace = false;
          continue;
        }
      } else if (!kept.isEmpty && kept.find(source, position, end) >= 0) {
        const keptEnd = position + kept.length;
        afterSpace = this.add(source, position, keptEnd, position, afterSpace, out);
        position = keptEnd;
        continue;
      }
      const rule = charsmap?.longest(source, position, end);
      if (rule !== undefined) {
        out.reserve(rule.text.length + end - position);
        afterSpace = this.add(rule.text, 0, rule.text.length, position, afterSpace, out);
        position += rule.length;
      } else if (unit === 0x20) {
        if (!afterSpace) out.push(space, position);
        afterSpace = removeExtraWhitespaces;
        position++;
      } else {
        out.push(unit, position);
        // Both halves of a pair stem from its beginning.
        if ((unit & 0xfc00) === 0xd800) out.push(source[position + 1]!, position++);
        afterSpace = false;
        position++;
      }
    }
    cursor.position = position;
    cursor.afterSpace = afterSpace;
  }

  /** Puts out units that stand for the text at `offset`; answers whether a space that swallows others ends them. */
  private add(
    units: Uint16Array,
    from: number,
    to: number,
    offset: number,
    afterSpace: boolean,
    out: Normalized,
  ): boolean {
    let at = from;
    if (afterSpace) while (at < to && units[at] === 0x20) at++;
    if (at === to) return afterSpace;
    for (; at < to; at++) out.push(units[at] === 0x20 ? this.space : units[at]!, offset);
    return this.spec.removeExtraWhitespaces && units[to - 1] === 0x20;
  }

  private taken = 0;

  /** True where what stands at a place becomes one space; `taken` says how much of the text that takes. */
  private isSpace(source: Uint16Array, position: number, end: number): boolean {
    if (this.kept.find(source, position, end) >= 0) {
      this.taken = this.kept.length;
      return this.taken === 1 && source[position] === 0x20;
    }
    const rule = this.charsmap?.longest(source, position, end);
    this.taken = rule?.length ?? 1;
    return rule === undefined ? source[position] === 0x20 : rule.text.length === 1 && rule.text[0] === 0x20;
  }
}

/** Where normalising stands. */
interface Cursor {
  position: number;
  /** The last character put out is a space that swallows those behind it. */
  afterSpace: boolean;
}
