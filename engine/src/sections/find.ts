/** The sections of a file by its kind, and a section's text. */
import { findHeadings } from './headings.ts';
import { decoded } from './literal.ts';
import { findRoles } from './roles.ts';
import { findRows } from './rows.ts';
import type { Finding, Section } from './section.ts';
import { findStrings } from './strings.ts';

/** Ids of languages in editors, and what their files are divided into. */
const finders: Readonly<Record<string, (text: string) => Finding>> = {
  'bllossom-prompt': findRoles,
  plaintext: findRoles,
  markdown: findHeadings,
  json: (text) => findRows(text, false),
  jsonc: (text) => findRows(text, false),
  jsonl: (text) => findRows(text, true),
  python: (text) => findStrings(text, 'python'),
  typescript: (text) => findStrings(text, 'typescript'),
  typescriptreact: (text) => findStrings(text, 'typescript'),
  javascript: (text) => findStrings(text, 'typescript'),
  javascriptreact: (text) => findStrings(text, 'typescript'),
};

/** Languages of code: only marked strings in it are text. */
export const isCode = (languageId: string): boolean => /^(python|(java|type)script(react)?)$/.test(languageId);

/** By an editor's language; of a language without sections there are none. */
export function findSections(text: string, languageId: string): Finding {
  const find = Object.hasOwn(finders, languageId) ? finders[languageId] : undefined;
  return find === undefined ? nothing() : find(text);
}

function* nothing(): Finding {
  // A file of another kind has no sections.
}

/** All at once, for texts that are not long. */
export const sectionsOf = (text: string, languageId: string): Section[] =>
  [...findSections(text, languageId)].filter((section) => section !== undefined);

/** What a section says: escapes undone, nothing around it. */
export function sectionText(text: string, { start, end, written }: Section): string {
  const source = text.slice(start, end);
  return written === 'plain' ? source : decoded(source, written);
}
