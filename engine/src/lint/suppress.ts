/**
 * Words in a file that silence rules: `bllossom-disable`, `bllossom-enable`, `bllossom-disable-line`, `bllossom-disable-next-line`
 * and `bllossom-disable-file`, each followed by the ids of rules, or by none for all. They stand in a comment of the file's kind;
 * in JSON lines, which has none, in a member of the row: `"bllossom-disable": "invisible"`.
 */
import { kindOf, type KindName } from './source.ts';

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Suppression extends Range {
  /** Undefined: all rules. */
  readonly rules: ReadonlySet<string> | undefined;
}

export class Suppressions {
  private readonly list: readonly Suppression[];
  /** The comments themselves: they are no text for a model. */
  readonly comments: readonly Range[];

  constructor(text: string, kind: KindName) {
    const { list, comments } = readSuppressions(text, kind);
    this.list = list;
    this.comments = comments;
  }

  holds(rule: string, start: number): boolean {
    return this.list.some((s) => s.start <= start && start < s.end && (s.rules === undefined || s.rules.has(rule)));
  }
}

const word = /bllossom-(disable|enable)(-line|-next-line|-file)?(?![\w-])/g;

function readSuppressions(text: string, kind: KindName): { list: Suppression[]; comments: Range[] } {
  const list: Suppression[] = [];
  const comments: Range[] = [];
  /** Rules switched off and not on again yet, with where that was; '' for all. */
  const open = new Map<string, number>();
  for (const found of text.matchAll(word)) {
    const after = found.index + found[0].length;
    const comment = commentAround(text, found.index, after, kind);
    if (comment === undefined) continue;
    comments.push({ start: comment.start, end: comment.end });
    const ids = comment.rules.split(/[\s,]+/).filter((id) => /^[\w-]+$/.test(id));
    const rules = ids.length === 0 ? undefined : new Set(ids);
    const line = lineAround(text, found.index);
    const manner = comment.row ? '-line' : found[2];
    if (manner === '-file') list.push({ start: 0, end: Infinity, rules });
    else if (manner === '-line') list.push({ ...line, rules });
    else if (manner === '-next-line') list.push({ ...lineAround(text, line.end), rules });
    else if (found[1] === 'disable')
      for (const id of ids.length === 0 ? [''] : ids) open.set(id, Math.min(open.get(id) ?? Infinity, comment.end));
    else
      for (const [id, start] of [...open]) {
        if (rules !== undefined && !rules.has(id)) continue;
        list.push({ start, end: comment.start, rules: id === '' ? undefined : new Set([id]) });
        open.delete(id);
      }
  }
  for (const [id, start] of open) list.push({ start, end: Infinity, rules: id === '' ? undefined : new Set([id]) });
  return { list, comments };
}

/** The line that holds a place, with its end. */
function lineAround(text: string, at: number): Range {
  const end = text.indexOf('\n', at);
  return { start: text.lastIndexOf('\n', at - 1) + 1, end: end < 0 ? text.length + 1 : end + 1 };
}

/** How far from the word a comment may begin. */
const near = 20;

function commentAround(
  text: string,
  start: number,
  end: number,
  kind: KindName,
): (Range & { readonly rules: string; readonly row: boolean }) | undefined {
  const before = text.slice(Math.max(0, start - near), start);
  for (const [begin, close] of kindOf(kind).comments) {
    if (!before.trimEnd().endsWith(begin)) continue;
    const closed = text.indexOf(close, end);
    const to = closed < 0 ? text.length : closed;
    const from = start - (before.length - before.lastIndexOf(begin));
    // Behind ` -- ` stands why.
    return {
      start: from,
      end: close === '\n' ? to : Math.min(text.length, to + close.length),
      rules: text.slice(end, to).split(' -- ')[0]!,
      row: false,
    };
  }
  if (kindOf(kind).texts !== 'json') return undefined;
  const member = /^"\s*:\s*"([^"\\\n]*)"/.exec(text.slice(end, end + 400));
  if (!before.endsWith('"') || member === null) return undefined;
  return { start: start - 1, end: end + member[0].length, rules: member[1]!, row: true };
}
