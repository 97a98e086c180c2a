/** A judge's words as a verdict. What is no clear verdict is none: an error that is counted, never a tie. */
import type { Choice, Order } from './types.ts';

/** The real side, or undefined where the reply says none. `cut`: it was ended at the most tokens. */
export function verdictOf(reply: string, order: Order, cut = false): Choice | undefined {
  // Full-width letters and brackets become plain ones; what a model thinks before it answers is not its verdict.
  const text = reply
    .normalize('NFKC')
    // Its beginning may stand in the template already, and its end be cut off.
    .replace(/^[^]*<\/think(?:ing)?>|^\s*<think(?:ing)?>[^]*$/i, '')
    .trim();
  const token = lastToken(text, cut);
  if (token === undefined) return undefined;
  return token === 'C' ? 'tie' : token === 'A' ? (order[0] as Choice) : (order[1] as Choice);
}

function lastToken(text: string, cut: boolean): string | undefined {
  const lines = text.split('\n').filter((line) => /[\p{L}\p{N}]/u.test(line));
  const last = lines.at(-1) ?? '';
  for (const line of cut ? [last] : lines.reverse()) {
    const tokens = [...line.matchAll(/\[\[\s*([ABC])\s*\]\]/gi)];
    const named = new Set(tokens.map((match) => match[1]!.toUpperCase()));
    // A line that names several says which only where one stands at its end, behind the others: never in a cut reply.
    if (named.size === 1 && (!cut || /\]\][\s*_.`]*$/.test(line))) return [...named][0];
    if (named.size > 1) return undefined;
  }
  // The token in another form, alone in the last line: `[A]`, `**B**`, `Verdict: C`.
  const alone = /^(?:[\p{L} ]{0,20}:)?\s*[[("'`*_]*([ABC])[\])"'`*_.]*$/iu.exec(last.trim());
  return cut ? undefined : alone?.[1]?.toUpperCase();
}
