/** Code in Markdown in which everything can be seen: what is invisible is spelled. */

/** What cannot be seen: controls, formats, fillers, spaces but a single plain one; and marks, where a text is not composed. */
const unseen =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u1100-\u11ff\u3164\ufe00-\ufe0f\uffa0\ufa10\ud800-\udfff]|(?! )\p{Zs}|  +|^ | $/gu;
const marks = /\p{M}/gu;

export function shownCode(text: string): string {
  const spelled = (found: string) =>
    Array.from(found, (c) => named[c] ?? `\\u{${c.codePointAt(0)!.toString(16)}}`).join('');
  const isComposed = text.normalize('NFC') === text;
  const seen = (isComposed ? text : text.replace(marks, spelled)).replace(unseen, spelled);
  const longest = Math.max(0, ...[...seen.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  const pad = seen.startsWith('`') || seen.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${seen}${pad}${fence}`;
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', ' ': '·' };
