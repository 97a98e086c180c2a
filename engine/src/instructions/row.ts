/** The text of one row as JSON: its value, and where in the text, escapes and all, each part of the value stands. */
import { findNodeAtLocation, type Node, parseTree, type ParseError, printParseErrorCode } from 'jsonc-parser';

/** Names and indices that lead to a part of a row: `['messages', 2, 'content']`. */
export type Path = readonly (string | number)[];

/** `[start, end)` in UTF-16 units of the row's text. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

export type ParsedRow =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly what: string; readonly torn: boolean; readonly range: RowRange };

export function parseRow(text: string): ParsedRow {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return faultOf(text);
  }
}

const strict = { disallowComments: true, allowTrailingComma: false } as const;

function faultOf(text: string): ParsedRow {
  const errors: ParseError[] = [];
  parseTree(text, errors, strict);
  const [error] = errors;
  const whole = { start: text.length - text.trimStart().length, end: Math.max(1, text.trimEnd().length) };
  // What JSON.parse refuses and this parser takes: an escape, a control character.
  if (error === undefined) return { ok: false, what: 'InvalidCharacter', torn: false, range: whole };
  // An unfinished row's first fault is at its end, or is the string that runs to its end.
  const torn = error.offset + error.length >= whole.end && !/[}\]]\s*$/.test(text);
  const start = Math.min(error.offset, text.length);
  const end = Math.min(text.length, start + Math.max(1, error.length));
  const what = printParseErrorCode(error.error)
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
  return { ok: false, what, torn, range: start < end ? { start, end } : { start: whole.end - 1, end: whole.end } };
}

/** Where the parts of a row stand; the row is JSON. Parsed once, when first asked. */
export class RowPlaces {
  private parsed: Node | undefined;

  constructor(private readonly text: string) {}

  private get root(): Node | undefined {
    return (this.parsed ??= parseTree(this.text, [], strict));
  }

  /** A value, quotes and all; that of the nearest part around it where there is none. */
  value(path: Path): RowRange {
    const node = this.nodeAt(path);
    return node === undefined ? { start: 0, end: this.text.length } : rangeOf(node);
  }

  /** The name of a member, quotes and all; its value where it has none. */
  key(path: Path): RowRange {
    const node = this.nodeAt(path);
    const key = node?.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
    return key === undefined ? this.value(path) : rangeOf(key);
  }

  /** The first name of a row's members; its first character where it has none. */
  head(path: Path = []): RowRange {
    const node = this.nodeAt(path);
    const key = node?.type === 'object' ? node.children?.[0]?.children?.[0] : undefined;
    if (key !== undefined) return rangeOf(key);
    const start = node?.offset ?? 0;
    return { start, end: Math.min(this.text.length, start + 1) };
  }

  /** Names of an object's members, with where they begin. */
  names(path: Path): { readonly name: string; readonly start: number }[] {
    const members = this.nodeAt(path)?.children ?? [];
    return members.flatMap(({ type, children }) => {
      const key = type === 'property' ? children?.[0] : undefined;
      return key === undefined ? [] : [{ name: String(key.value), start: key.offset }];
    });
  }

  /** A member of an object or an item of a list with one comma beside it: what is left without it is JSON. */
  item(path: Path): RowRange {
    const node = this.nodeAt(path);
    const unit = node?.parent?.type === 'property' ? node.parent : node;
    const around = unit?.parent?.children ?? [];
    if (unit === undefined || around.length === 0) return this.value(path);
    const at = around.indexOf(unit);
    const [before, behind] = [around[at - 1], around[at + 1]];
    if (behind !== undefined) return { start: unit.offset, end: behind.offset };
    const { start, end } = rangeOf(unit);
    return { start: before === undefined ? start : rangeOf(before).end, end };
  }

  /** A stretch of a text: `[start, end)` of what the string says, as it is written in the row. */
  within(path: Path, start: number, end: number): RowRange {
    const node = this.nodeAt(path);
    if (node?.type !== 'string') return this.value(path);
    const from = this.written(node.offset + 1, start);
    return { start: from, end: this.written(from, end - start) };
  }

  /** Where so many units of what a string says have passed. */
  private written(at: number, units: number): number {
    for (let left = units; left > 0; left--) at += this.text[at] !== '\\' ? 1 : this.text[at + 1] === 'u' ? 6 : 2;
    return at;
  }

  private nodeAt(path: Path): Node | undefined {
    const { root } = this;
    if (root === undefined) return undefined;
    // A name that stands twice has its last value, as JSON.parse says.
    let node: Node | undefined = root;
    for (const step of path) {
      const next: Node | undefined =
        typeof step === 'string' && node.type === 'object'
          ? node.children?.findLast((member) => member.children?.[0]?.value === step)?.children?.[1]
          : findNodeAtLocation(node, [step]);
      if (next === undefined) return node;
      node = next;
    }
    return node;
  }
}

const rangeOf = ({ offset, length }: Node): RowRange => ({ start: offset, end: offset + length });
