/** The words that silence a rule at a place, in the manner of the file: a comment above the line, a member of a row of JSON lines. */
import type { Edit, KindName } from '../../engine/src/lint/index.ts';
import { kindOf } from '../../engine/src/lint/index.ts';
import type { Finding } from '../../engine/src/lint/index.ts';
import type { OpenDocument } from './documents.ts';

export interface Suppression {
  readonly edit: Edit;
  /** It holds for the whole file: a comment within a string of code would be a part of it. */
  readonly whole: boolean;
}

/** Undefined where the file has no way to say so: JSON without comments. */
export function suppression(
  { languageId, text: document }: OpenDocument,
  kind: KindName,
  { rule, start }: Pick<Finding, 'rule' | 'start'>,
): Suppression | undefined {
  const text = document.getText();
  const { comments, texts } = kindOf(kind);
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  if (kind === 'jsonl') return rowMember(text, lineStart, rule.id);
  // The comments of a kind that JSON itself has not.
  if (languageId === 'json') return undefined;
  const [comment] = comments;
  if (comment === undefined) return undefined;
  const [begin, end] = comment;
  const eol = /\r\n|\n/.exec(text)?.[0] ?? '\n';
  const close = end === '\n' ? '' : ` ${end}`;
  const words = (manner: string) => `${begin} bllossom-disable-${manner} ${rule.id}${close}${eol}`;
  if (texts === 'marked') {
    const at = text.startsWith('#!') ? text.indexOf('\n') + 1 : 0;
    return { edit: { start: at, end: at, text: words('file') }, whole: true };
  }
  // A comment that is there already takes the rule in.
  const above = text.slice(text.lastIndexOf('\n', lineStart - 2) + 1, Math.max(0, lineStart - 1));
  const there = /bllossom-disable-next-line((?:[ \t,]+[\w-]+)+)/.exec(above);
  if (there !== null) {
    const at = lineStart - 1 - above.length + there.index + there[0].trimEnd().length;
    // A comment's closing `-->` is no rule.
    const last = / ?-+$/.exec(there[0])?.[0].length ?? 0;
    return { edit: { start: at - last, end: at - last, text: ` ${rule.id}` }, whole: false };
  }
  const indentation = /^[ \t]*/.exec(text.slice(lineStart, start))![0];
  return { edit: { start: lineStart, end: lineStart, text: indentation + words('next-line') }, whole: false };
}

function rowMember(text: string, lineStart: number, id: string): Suppression | undefined {
  const found = text.indexOf('\n', lineStart);
  const row = text.slice(lineStart, found < 0 ? text.length : found);
  const member = /"bllossom-disable"\s*:\s*"([^"\\]*)"/.exec(row);
  if (member !== null) {
    const at = lineStart + member.index + member[0].length - 1;
    return { edit: { start: at, end: at, text: ` ${id}` }, whole: false };
  }
  const brace = /^\s*\{/.exec(row);
  if (brace === null) return undefined;
  const at = lineStart + brace[0].length;
  const more = /^\s*\}/.test(row.slice(brace[0].length)) ? '' : ', ';
  return { edit: { start: at, end: at, text: `"bllossom-disable": "${id}"${more}` }, whole: false };
}
