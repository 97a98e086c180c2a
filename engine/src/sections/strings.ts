/** Prompts in Python and TypeScript: the string after each comment `bllossom: prompt`. */
import { markedStrings } from '../lint/strings.ts';
import type { Finding, Literal } from './section.ts';

export type Code = 'python' | 'typescript';

const comments = {
  python: [['#', '\n']],
  typescript: [
    ['//', '\n'],
    ['/*', '*/'],
  ],
} as const;

export function* findStrings(text: string, code: Code): Finding {
  for (const { start, end } of markedStrings(text, comments[code])) {
    const quotes = quotesBefore(text, start);
    const before = text.slice(Math.max(0, quotes - 200), quotes);
    const prefix = code === 'python' ? (/[A-Za-z]{0,2}$/.exec(before)?.[0] ?? '') : '';
    const name = /([\p{L}_$][\p{L}\p{N}_$]*)\s*(?::[^=\n]*)?[=:]\s*\(?\s*(?:String\.raw)?$/u.exec(
      before.slice(0, before.length - prefix.length),
    );
    yield {
      kind: 'string',
      name: name?.[1] ?? '',
      at: quotes - prefix.length,
      start,
      end,
      written: literalOf(code, prefix.toLowerCase(), before),
    };
  }
}

function literalOf(code: Code, prefix: string, before: string): Literal {
  if (code === 'typescript') return before.endsWith('String.raw') ? 'raw' : 'javascript';
  const raw = prefix.includes('r');
  return prefix.includes('f') ? (raw ? 'rawFormat' : 'pythonFormat') : raw ? 'raw' : 'python';
}

/** Where the quotes before a string's text begin: three of them, or one. */
function quotesBefore(text: string, start: number): number {
  const three = text.slice(start - 3, start);
  return three === '"""' || three === "'''" ? start - 3 : start - 1;
}
