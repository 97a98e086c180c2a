/** What a template may do to a field's text, by name: `{{hypothesis | strip | full_stop}}`. */
import { stripped } from './whiteSpace.ts';

export type Filter = (text: string) => string;

export const filters = {
  /** White space at both ends goes. */
  strip: stripped,
  /** A full stop is added where the text does not end in one. */
  full_stop: (text) => (text.endsWith('.') ? text : `${text}.`),
  lowercase: (text) => text.toLowerCase(),
  /** The harness's `general_detokenize`: takes out spaces that a tokenizer left around brackets, quotes and stops. */
  detokenize,
} as const satisfies Readonly<Record<string, Filter>>;

export function detokenize(text: string): string {
  return text
    .replaceAll(" n't", "n't")
    .replaceAll(' )', ')')
    .replaceAll('( ', '(')
    .replaceAll('" ', '"')
    .replaceAll(' "', '"')
    .replaceAll(/ (['.,])/g, '$1');
}
