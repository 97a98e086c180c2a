/**
 * What a pre-tokenizer's expression means for JavaScript, and where a text may be cut without changing what it matches.
 *
 * The cut rule: between characters a and b a text may be cut where no match, whatever stands around, ever takes a and then b.
 * The matches left of the cut are then found without looking across it (an expression that looks ahead is asked whether it
 * would see a difference), and the next match begins at b. Which classes of characters can follow one another is read off the
 * tree (Glushkov's construction); priorities only take matches away, so that the rule is safe for them.
 */
import type { RegexNode } from './regexNode.ts';

/** The expression in JavaScript's syntax, for the flag `v`. */
export function javaScriptSource(node: RegexNode): string {
  let atoms = 0;
  const write = (n: RegexNode): string => {
    switch (n.kind) {
      case 'class':
        return n.source;
      case 'sequence':
        return n.items.map(write).join('');
      case 'choice':
        return `(?:${n.options.map(write).join('|')})`;
      case 'repeat': {
        const { min, max, mode, item } = n;
        const inner = item.kind === 'class' || item.kind === 'choice' ? write(item) : `(?:${write(item)})`;
        const times = max === Infinity ? (min === 0 ? '*' : min === 1 ? '+' : `{${min},}`) : `{${min},${max}}`;
        if (mode !== 'possessive') return `${inner}${times}${mode === 'lazy' ? '?' : ''}`;
        return atomic(`${inner}${times}`);
      }
      case 'atomic':
        return atomic(write(n.item));
      case 'lookahead':
        return `(?${n.negative ? '!' : '='}${write(n.item)})`;
      case 'end':
        return n.orLineEnd ? String.raw`(?=\n|(?![^]))` : '(?![^])';
      default:
        n satisfies never;
        throw new Error('unknown node');
    }
  };
  // A lookahead is atomic: what it took is taken again by reference.
  const atomic = (source: string): string => {
    const name = `a${atoms++}`;
    return `(?=(?<${name}>${source}))\\k<${name}>`;
  };
  return write(node);
}

interface Positions {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly nullable: boolean;
}

/** What is asked about two characters side by side. */
export class RegexAnalysis {
  /** True where some text of length 0 matches; such expressions cannot be used. */
  readonly matchesEmpty: boolean;

  /** By position: the class there, or the assertion. */
  private readonly tests: (RegExp | undefined)[] = [];
  private readonly assertions: (Assertion | undefined)[] = [];
  private readonly follow: Set<number>[] = [];
  /** Classes that match as a whole, one character long. */
  private readonly singles: number[] = [];
  /** An assertion that looks further than one character. */
  private readonly looksFar: boolean = false;
  private readonly known = new Map<number, readonly number[]>();

  constructor(node: RegexNode) {
    const { first, last, nullable } = this.positions(node);
    this.matchesEmpty = nullable || first.some((p) => this.assertions[p] !== undefined);
    const asserts = this.assertions.some((assertion) => assertion !== undefined);
    if (asserts) {
      this.looksFar = this.assertions.some((assertion) => assertion?.farther === true);
      for (const following of this.follow) this.closeOver(following);
    }
    const ends = new Set(last);
    for (const p of first) if (this.tests[p] !== undefined && ends.has(p)) this.singles.push(p);
  }

  /** Can nothing be matched across a|b, and nothing differently because the text is cut there? */
  canCut(a: number, b: number): boolean {
    if (this.looksFar) return false;
    const right = new Set(this.classesOf(b));
    for (const p of this.classesOf(a)) {
      for (const q of this.follow[p]!) {
        const assertion = this.assertions[q];
        if (assertion === undefined ? right.has(q) : assertion.sees(b)) return false;
      }
    }
    return true;
  }

  /** Is this character taken by some match wherever it stands? */
  alwaysMatches(character: number): boolean {
    const classes = this.classesOf(character);
    return this.singles.some((p) => classes.includes(p));
  }

  private classesOf(character: number): readonly number[] {
    let found = this.known.get(character);
    if (found === undefined) {
      const text = String.fromCodePoint(character);
      found = this.tests.flatMap((test, p) => (test?.test(text) === true ? [p] : []));
      if (this.known.size > 4096) this.known.clear();
      this.known.set(character, found);
    }
    return found;
  }

  private position(test: RegExp | undefined, assertion: Assertion | undefined): Positions {
    const p = this.follow.length;
    this.follow.push(new Set());
    this.tests.push(test);
    this.assertions.push(assertion);
    return { first: [p], last: [p], nullable: false };
  }

  private link(from: readonly number[], to: readonly number[]): void {
    for (const p of from) for (const q of to) this.follow[p]!.add(q);
  }

  private positions(node: RegexNode): Positions {
    switch (node.kind) {
      case 'class':
        return this.position(new RegExp(`^${node.source}$`, 'v'), undefined);
      case 'end':
        return this.position(undefined, { sees: (b) => !(node.orLineEnd && b === 10), farther: false });
      case 'lookahead': {
        const test = node.item.kind === 'class' ? new RegExp(`^${node.item.source}$`, 'v') : undefined;
        const sees = (b: number) => test?.test(String.fromCodePoint(b)) !== false;
        return this.position(undefined, { sees, farther: test === undefined });
      }
      case 'atomic':
        return this.positions(node.item);
      case 'repeat': {
        // A repetition of a repetition is written out only as far as the order of classes needs it: twice.
        const inner = this.positions(node.item);
        if (node.max > 1) this.link(inner.last, inner.first);
        if (node.max === 0) return { first: [], last: [], nullable: true };
        return { ...inner, nullable: inner.nullable || node.min === 0 };
      }
      case 'choice': {
        const options = node.options.map((option) => this.positions(option));
        return {
          first: options.flatMap((o) => o.first),
          last: options.flatMap((o) => o.last),
          nullable: options.some((o) => o.nullable),
        };
      }
      case 'sequence': {
        let whole: Positions = { first: [], last: [], nullable: true };
        for (const item of node.items) {
          const next = this.positions(item);
          this.link(whole.last, next.first);
          whole = {
            first: whole.nullable ? [...whole.first, ...next.first] : whole.first,
            last: next.nullable ? [...whole.last, ...next.last] : next.last,
            nullable: whole.nullable && next.nullable,
          };
        }
        return whole;
      }
      default:
        node satisfies never;
        throw new Error('unknown node');
    }
  }

  /** What follows an assertion follows what stands before it. */
  private closeOver(following: Set<number>): void {
    const queue = [...following];
    for (let q = queue.pop(); q !== undefined; q = queue.pop()) {
      if (this.assertions[q] === undefined) continue;
      for (const next of this.follow[q]!) {
        if (following.has(next)) continue;
        following.add(next);
        queue.push(next);
      }
    }
  }
}

interface Assertion {
  /** May it hold at the end of the text and not before this character, or the other way round? */
  sees(character: number): boolean;
  readonly farther: boolean;
}
