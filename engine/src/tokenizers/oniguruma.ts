/**
 * Reads regular expressions in Oniguruma's syntax (Ruby's dialect, which Hugging Face's library uses) into a tree: the part of
 * it that pre-tokenizers are written in. Whatever else there is, is refused with its place. Reference: Oniguruma 6.9, doc/RE.
 */
import { flattened, hasChoices, type Quantifier, type RegexNode } from './regexNode.ts';

/** What is wrong with an expression, and at which UTF-16 unit of it. */
export interface RegexFault {
  readonly what: string;
  readonly at: number;
}

const longest = 10_000;
const deepest = 50;
const mostRepeats = 1000;
const mostAtoms = 1000;

/** Thrown inside of the reader only. */
class Refusal extends Error {
  constructor(
    readonly what: string,
    readonly at: number,
  ) {
    super(what);
  }
}

export function parseOniguruma(pattern: string): RegexNode | RegexFault {
  if (pattern.length > longest) return { what: `the expression is longer than ${longest}`, at: longest };
  try {
    return new Parser(pattern).parse();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { what: error.what, at: error.at };
  }
}

class Parser {
  private at = 0;
  private depth = 0;
  private atoms = 0;

  constructor(private readonly pattern: string) {}

  parse(): RegexNode {
    const node = this.choice(false);
    if (this.at < this.pattern.length) throw this.refusal('a ) closes nothing');
    return node;
  }

  private refusal(what: string, at = this.at): Refusal {
    return new Refusal(what, at);
  }

  private peek(text: string): boolean {
    return this.pattern.startsWith(text, this.at);
  }

  private take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at += text.length;
    return true;
  }

  private choice(ignoreCase: boolean): RegexNode {
    if (++this.depth > deepest) throw this.refusal('groups stand too deep in one another');
    const options = [this.sequence(ignoreCase)];
    while (this.take('|')) options.push(this.sequence(ignoreCase));
    this.depth--;
    if (options.length === 1) return options[0]!;
    const classes = options.flatMap((option) => (option.kind === 'class' ? option.source : []));
    // One character out of several classes is one class.
    if (classes.length === options.length) return { kind: 'class', source: `[${classes.join('')}]` };
    return { kind: 'choice', options };
  }

  private sequence(ignoreCase: boolean): RegexNode {
    const items: RegexNode[] = [];
    while (this.at < this.pattern.length && !this.peek('|') && !this.peek(')')) {
      items.push(this.repeated(this.atom(ignoreCase)));
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items };
  }

  private repeated(atom: RegexNode): RegexNode {
    let node = atom;
    for (;;) {
      const at = this.at;
      const quantifier = this.quantifier();
      if (quantifier === undefined) return node;
      if (node.kind === 'lookahead' || node.kind === 'end') throw this.refusal('an assertion cannot be repeated', at);
      const flat = flattened(node, quantifier);
      if (flat !== undefined) {
        node = flat;
        continue;
      }
      // Each round would double the ways to try before nothing is found to match.
      if (quantifier.max > 1 && hasChoices(node)) {
        throw this.refusal('a repetition of what matches in several ways is not supported', at);
      }
      node = { kind: 'repeat', item: node, ...quantifier };
    }
  }

  private quantifier(): Quantifier | undefined {
    const at = this.at;
    const simple = { '?': [0, 1], '*': [0, Infinity], '+': [1, Infinity] }[this.pattern[at] ?? ''];
    if (simple !== undefined) {
      this.at++;
      const mode = this.take('?') ? 'lazy' : this.take('+') ? 'possessive' : 'greedy';
      return { min: simple[0]!, max: simple[1]!, mode };
    }
    const found = /^\{(\d*)(?:(,)(\d*))?\}/.exec(this.pattern.slice(at, at + 32));
    if (found === null) {
      if (this.peek('{')) throw this.refusal('a { stands for itself; write \\{');
      return undefined;
    }
    const [whole, low = '', comma, high = ''] = found;
    if (low === '' && high === '') throw this.refusal('a repetition without numbers');
    this.at += whole.length;
    const min = Number(low === '' ? 0 : low);
    const max = comma === undefined ? min : high === '' ? Infinity : Number(high);
    if (max < min) throw this.refusal('a repetition runs from more to less', at);
    if (min > mostRepeats || (max !== Infinity && max > mostRepeats)) {
      throw this.refusal(`more than ${mostRepeats} repetitions`, at);
    }
    if (this.peek('?')) {
      // `{n}?` is an optional group here and lazy elsewhere: nobody writes it on purpose.
      if (comma === undefined) throw this.refusal('{n}? is not supported');
      this.at++;
      return { min, max, mode: 'lazy' };
    }
    // `{n,m}+` is no possessive repetition in this dialect but the repetition of one; the caller's loop reads the +.
    return { min, max, mode: 'greedy' };
  }

  private atom(ignoreCase: boolean): RegexNode {
    const { pattern, at } = this;
    if (++this.atoms > mostAtoms) throw this.refusal(`more than ${mostAtoms} parts`);
    const character = String.fromCodePoint(pattern.codePointAt(at)!);
    switch (character) {
      case '(':
        return this.group(ignoreCase);
      case '[':
        return { kind: 'class', source: this.set(ignoreCase) };
      case '.':
        this.at++;
        return { kind: 'class', source: String.raw`[^\n]` };
      case '$':
        this.at++;
        return { kind: 'end', orLineEnd: true };
      case '^':
        throw this.refusal('^ (the start of a line) is not supported');
      case '*':
      case '+':
      case '?':
        throw this.refusal(`there is nothing that ${character} could repeat`);
      case '{':
        throw this.refusal('a { stands for itself; write \\{');
      case '\\':
        if (this.take('\\z')) return { kind: 'end', orLineEnd: false };
        return { kind: 'class', source: `[${this.escape(ignoreCase)}]` };
      default:
        this.at += character.length;
        return { kind: 'class', source: `[${literal(character, ignoreCase)}]` };
    }
  }

  private group(ignoreCase: boolean): RegexNode {
    const start = this.at;
    const close = (node: RegexNode): RegexNode => {
      if (!this.take(')')) throw this.refusal('a group is not closed', start);
      return node;
    };
    if (this.take('(?:')) return close(this.choice(ignoreCase));
    if (this.take('(?i:')) return close(this.choice(true));
    if (this.take('(?-i:')) return close(this.choice(false));
    if (this.take('(?>')) return close({ kind: 'atomic', item: this.choice(ignoreCase) });
    for (const negative of [false, true]) {
      if (!this.take(negative ? '(?!' : '(?=')) continue;
      return close({ kind: 'lookahead', negative, item: this.choice(ignoreCase) });
    }
    const named = /^\(\?<([A-Za-z_]\w*)>/.exec(pattern64(this.pattern, start));
    if (named !== null) this.at += named[0].length;
    else if (this.peek('(?<=') || this.peek('(?<!')) throw this.refusal('looking behind is not supported');
    else if (this.peek('(?')) throw this.refusal(`the group ${this.pattern.slice(start, start + 4)}… is not supported`);
    else this.at++;
    return close(this.choice(ignoreCase));
  }

  /** `[…]` as JavaScript's class. */
  private set(ignoreCase: boolean): string {
    const start = this.at++;
    if (++this.depth > deepest) throw this.refusal('classes stand too deep in one another');
    const negative = this.take('^');
    const parts: string[] = [];
    let items: string[] = [];
    if (this.peek(']')) throw this.refusal('a class is empty');
    while (!this.take(']')) {
      if (this.at >= this.pattern.length) throw this.refusal('a class is not closed', start);
      if (this.take('&&')) {
        parts.push(`[${items.join('')}]`);
        items = [];
      } else if (this.peek('[:')) throw this.refusal('[:…:] is not supported');
      else if (this.peek('[')) items.push(this.set(ignoreCase));
      else items.push(this.member(ignoreCase));
    }
    this.depth--;
    const content = parts.length === 0 ? items.join('') : [...parts, `[${items.join('')}]`].join('&&');
    return `[${negative ? '^' : ''}${content}]`;
  }

  /** A character, a range or an escape inside of a class. */
  private member(ignoreCase: boolean): string {
    const at = this.at;
    const low = this.codePoint();
    if (low === undefined) return this.escape(ignoreCase);
    if (!this.peek('-') || this.pattern[this.at + 1] === ']') return literal(String.fromCodePoint(low), ignoreCase);
    this.at++;
    const high = this.peek('[') ? undefined : this.codePoint();
    if (high === undefined || high < low) throw this.refusal('a range has no end', at);
    if (!ignoreCase) return `${codePoint(low)}-${codePoint(high)}`;
    if (high > 0x7f) throw this.refusal('a range without regard to case is supported for ASCII only', at);
    let source = '';
    for (let c = low; c <= high; c++) source += literal(String.fromCodePoint(c), true);
    return source;
  }

  /** A character that stands for itself or is spelt by its number; undefined, nothing taken, before a class escape. */
  private codePoint(): number | undefined {
    const { pattern, at } = this;
    if (at >= pattern.length) throw this.refusal('the expression ends in a class');
    if (pattern[at] !== '\\') {
      const code = pattern.codePointAt(at)!;
      this.at += code > 0xffff ? 2 : 1;
      return code;
    }
    const rest = pattern64(pattern, at);
    const hex = /^\\(?:x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))/.exec(rest);
    if (hex !== null) {
      const code = Number.parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16);
      if (code > 0x10ffff || (code & 0x1ff800) === 0xd800) throw this.refusal('there is no such character');
      if (hex[2] !== undefined && code > 0x7f) throw this.refusal('bytes are not supported; write \\x{…}');
      this.at += hex[0].length;
      return code;
    }
    const next = pattern[at + 1];
    if (next === undefined) throw this.refusal('the expression ends in a backslash');
    const control = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7, e: 27 }[next];
    if (control === undefined && /^[A-Za-z0-9]/.test(next)) return undefined;
    const code = control ?? pattern.codePointAt(at + 1)!;
    this.at += 1 + (code > 0xffff ? 2 : 1);
    return code;
  }

  /** An escape: a character, or a class of its own; as a part of a JavaScript class. */
  private escape(ignoreCase: boolean): string {
    const at = this.at;
    const code = this.codePoint();
    if (code !== undefined) return literal(String.fromCodePoint(code), ignoreCase);
    const known = classEscapes[this.pattern[at + 1]!];
    if (known !== undefined) {
      this.at += 2;
      return known;
    }
    const property = /^\\([pP])(?:\{(\^?)([A-Za-z_ ]+)\})/.exec(pattern64(this.pattern, at));
    if (property === null) throw this.refusal(`${this.pattern.slice(at, at + 2)} is not supported`);
    const [whole, letter, caret, name] = property;
    if (ignoreCase) throw this.refusal('properties without regard to case are not supported');
    const letters = (letter === 'p') === (caret === '') ? 'p' : 'P';
    for (const source of [`\\${letters}{${name!}}`, `\\${letters}{Script=${name!}}`]) {
      if (!isClass(source)) continue;
      this.at += whole.length;
      return source;
    }
    throw this.refusal(`there is no property ${name!}`);
  }
}

const pattern64 = (pattern: string, at: number): string => pattern.slice(at, at + 64);

const classEscapes: Readonly<Record<string, string>> = {
  s: String.raw`\p{White_Space}`,
  S: String.raw`\P{White_Space}`,
  d: String.raw`\p{Nd}`,
  D: String.raw`\P{Nd}`,
};

const codePoint = (code: number): string => `\\u{${code.toString(16)}}`;

/** A character in a class; without regard to case with all that Unicode folds to the same. */
function literal(character: string, ignoreCase: boolean): string {
  if (!ignoreCase) return codePoint(character.codePointAt(0)!);
  // ASCII has two folds from outside: the long s and the Kelvin sign.
  const candidates = [character, character.toLowerCase(), character.toUpperCase(), '\u017f', '\u212a'];
  const same = new RegExp(`^${codePoint(character.codePointAt(0)!)}$`, 'iu');
  const found = new Set(candidates.filter((c) => same.test(c)));
  return Array.from(found, (c) => codePoint(c.codePointAt(0)!)).join('');
}

function isClass(source: string): boolean {
  try {
    return new RegExp(source, 'v').source !== '';
  } catch {
    return false;
  }
}
