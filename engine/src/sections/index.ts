/** Parts of files that are texts of their own: what other folders may use. */
export { findSections, isCode, sectionsOf, sectionText } from './find.ts';
export { promptDialogue } from './promptDialogue.ts';
export type { Finding, Section } from './section.ts';
