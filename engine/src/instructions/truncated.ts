/** Does an answer break off? Only what is plain is told: many good answers end without a full stop, lists, names, verses. */

export interface Truncated {
  readonly variant: 'character' | 'fence' | 'middle' | 'sentence';
  readonly end?: string;
  /** `[start, end)` of the answer in UTF-16 units: its last word. */
  readonly start: number;
  readonly stop: number;
}

const longestWord = 30;
/** Letters and signs behind which more must come. */
const openEnd = /[,，、;；:：([{（「『“‘«]$/u;
/** A sentence that ends, with something behind it. */
const endedSentence = /\p{L}[.!?。！？…][)"'”’」』\]]*\s+\S/u;
/**
 * Korean sentences end without a stop as often as with one, in verbs and in nouns; what they do not end in is a particle or an ending
 * that leads on.
 */
const leadsOn =
  /(?:[은는을를]|의|에서|에게|으로|와|하고|이고|되고|있고|하며|이며|으며|되며|하면|하여|해서|하지만|지만|는데|도록|및|또는|그리고|때문에|위해|위한|대한|있는|하는|되는|통해|따라)$/u;
const listLine = /^\s*([-*•·▪◦‣>|#+]|\(?[\p{L}\p{N}]{1,3}[.):])\s*/u;
const codeLine = /[{};=<>\\]|^\s{2,}|\b(def|return|class|import|for|while|if|else|function|const|var|let)\b.*[:({]$/;

export function truncatedAt(answer: string): Truncated | undefined {
  const text = answer.trimEnd();
  if (text === '') return undefined;
  const word = { start: Math.max(text.lastIndexOf(' ') + 1, text.lastIndexOf('\n') + 1, text.length - longestWord), stop: text.length }; // prettier-ignore
  if (/[\ud800-\udbff\ufffd]$/.test(text)) return { variant: 'character', ...word };
  if (text.includes('```') && text.match(/`{3,}/g)!.length % 2 === 1) return { variant: 'fence', ...word };
  const line = text.slice(text.lastIndexOf('\n') + 1);
  if (codeLine.test(line) || text.endsWith('```')) return undefined;
  const [end] = openEnd.exec(text) ?? [];
  if (end !== undefined && /\p{L}.*\p{L}.*\p{L}/u.test(line)) {
    // `Yours sincerely,` ends a letter, `(:` and `:(` are faces.
    if (/^\p{Lu}[\p{L} ]{0,30},$/u.test(line) || /[:;]\s*[-^]?[([{]$|[([{][:;]$/.test(line)) return undefined;
    return { variant: 'middle', end: JSON.stringify(end), ...word };
  }
  if (text.length < 60 || line.length < 30 || listLine.test(line) || !endedSentence.test(text)) return undefined;
  const last = text.slice(Math.max(text.lastIndexOf(' '), text.lastIndexOf('\n')) + 1);
  if (/[가-힣]$/.test(text))
    return leadsOn.test(last) && last.length > 1 ? { variant: 'sentence', ...word } : undefined;
  if (!/[\p{Ll}\p{Lo}]$/u.test(text) || /[./@:\\]|^\p{Lu}/u.test(last)) return undefined;
  // Verses, and titles under a heading: the line before has no stop either.
  const before = text.slice(0, text.length - line.length).trimEnd();
  if (before !== '' && !/[.!?。！？…)"'”’」』\]`]$/.test(before)) return undefined;
  return { variant: 'sentence', ...word };
}
