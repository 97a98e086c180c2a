/** Text as code in Markdown: shown as it is, whatever it holds. */

/** Markdown code that shows the text as it is, whatever it holds; invisible characters are spelled out. */
export function code(text: string): string {
  const visible = text.replace(
    /[\u0000-\u001f\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]/g,
    spelled,
  );
  const longest = Math.max(0, ...[...visible.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  const pad = visible.startsWith('`') || visible.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${visible}${pad}${fence}`;
}

const spelled = (character: string): string =>
  ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[character] ??
  `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
