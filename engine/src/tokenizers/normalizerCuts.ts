/**
 * Where a text may be cut so that its parts, normalised one by one, are together the whole normalised: between two
 * characters that no rule holds side by side, whose own normal forms are known whatever stands around them, and that lie
 * inside the text's spaces' rules (no cut behind a space that swallows others).
 */
import type { Charsmap } from './charsmap.ts';
import { PairTable } from './pairTable.ts';
import type { NormalizerSpec } from './sentencePieceModel.ts';
import { codePointAt, spaceUnit, unitsOf } from './units.ts';

export class NormalizerCuts {
  /** Characters behind the first one of some rule of the charsmap, and those that begin a rule of several characters. */
  private readonly inner = new Set<number>();
  private readonly firsts = new Set<number>();
  /** The same of the texts to keep, and which characters stand side by side in them. */
  private readonly keptInner = new Set<number>();
  private readonly keptFirsts = new Set<number>();
  private readonly keptAlone = new Set<number>();
  private readonly keptPairs = new PairTable(16);
  private readonly usable: boolean;
  private readonly forms = new Map<number, readonly [first: number, last: number] | undefined>();

  constructor(
    private readonly charsmap: Charsmap | undefined,
    private readonly spec: NormalizerSpec,
    kept: readonly string[],
    /** May the normalised text be cut between two code points? */
    private readonly canCutNormalized: (left: number, right: number) => boolean,
  ) {
    for (const text of kept) {
      const codePoints = Array.from(text, (character) => character.codePointAt(0)!);
      if (codePoints.length === 1) this.keptAlone.add(codePoints[0]!);
      else this.keptFirsts.add(codePoints[0]!);
      for (let i = 1; i < codePoints.length; i++) {
        this.keptInner.add(codePoints[i]!);
        this.keptPairs.set(codePoints[i - 1]!, codePoints[i]!, 1);
      }
    }
    this.usable =
      charsmap?.eachRule((codePoints) => {
        if (codePoints.length < 2) return;
        this.firsts.add(codePoints[0]!);
        for (let i = 1; i < codePoints.length; i++) this.inner.add(codePoints[i]!);
      }) ?? true;
  }

  canCut(left: number, right: number): boolean {
    const { inner, firsts, keptInner, keptFirsts, spec } = this;
    // No rule of the charsmap goes on from `left`, so none holds both; the same of the texts to keep.
    if (!this.usable || inner.has(left) || inner.has(right) || firsts.has(right)) return false;
    if (this.keptPairs.get(left, right) >= 0) return false;
    const before = this.form(left);
    const after = this.form(right);
    if (before === undefined || after === undefined) return false;
    // What is kept somewhere and changed elsewhere has no form of its own.
    if (keptInner.has(left) && !this.isItself(left)) return false;
    if (keptFirsts.has(right) && !this.isItself(right)) return false;
    const last = this.escaped(before[1]);
    if (spec.removeExtraWhitespaces && (last === spaceUnit || last === 0x20)) return false;
    return this.canCutNormalized(last, this.escaped(after[0]));
  }

  private escaped(codePoint: number): number {
    return codePoint === 0x20 && this.spec.escapeWhitespaces ? spaceUnit : codePoint;
  }

  private isItself(codePoint: number): boolean {
    const form = this.ruleForm(codePoint);
    return form?.[0] === codePoint && form[1] === codePoint;
  }

  /** First and last code point of what a character becomes on its own; undefined where nothing is left of it. */
  private form(codePoint: number): readonly [number, number] | undefined {
    return this.keptAlone.has(codePoint) ? [codePoint, codePoint] : this.ruleForm(codePoint);
  }

  private ruleForm(codePoint: number): readonly [number, number] | undefined {
    if (this.forms.has(codePoint)) return this.forms.get(codePoint);
    const units = unitsOf(String.fromCodePoint(codePoint));
    const rule = this.charsmap?.longest(units, 0, units.length)?.text ?? units;
    const lastPair = rule.length > 1 && (rule[rule.length - 1]! & 0xfc00) === 0xdc00;
    const form =
      rule.length === 0
        ? undefined
        : ([codePointAt(rule, 0), codePointAt(rule, rule.length - (lastPair ? 2 : 1))] as const);
    this.forms.set(codePoint, form);
    return form;
  }
}
