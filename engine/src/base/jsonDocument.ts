/** A file that people write in JSON with comments: checked against a schema, each fault with its place in the text. */
import { type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { nodeAt, repeatedNames, toValue, words } from './jsonTree.ts';
import { type Segments, place } from './place.ts';
import type { Location, Problem } from './problem.ts';
import type { SchemaComplaint } from './schemaComplaints.ts';

export interface JsonDocument {
  readonly value: unknown;
  /** The place of a value, or of the property's name; of the nearest one around it where it is missing. */
  readonly where: (segments: Segments, atName?: boolean) => Location;
}

/** Notes a fault of sense, found behind the schema's. */
export type Complain = (segments: Segments, what: string, remedy?: string, atName?: boolean) => void;

export type ReadDocument = { readonly document: JsonDocument } | { readonly problems: Problem[] };

/** `emptyRemedy`: what an empty file might begin with. */
export function readJsonDocument(
  text: string,
  file: string,
  complaintsOf: (value: unknown) => SchemaComplaint[],
  emptyRemedy: string,
): ReadDocument {
  const source = text.replace(/^\uFEFF/, ' ');
  const errors: ParseError[] = [];
  const root = parseTree(source, errors, { allowTrailingComma: true });
  if (source.trim() === '')
    return { problems: [{ what: 'the file is empty', where: place(source, file, 0, 0), remedy: emptyRemedy }] };
  if (errors.length > 0 || root === undefined) {
    return {
      problems: errors.map((error) => ({
        what: `this is not JSON: ${words(printParseErrorCode(error.error))}`,
        where: place(source, file, error.offset, error.length),
      })),
    };
  }
  const where = (segments: Segments, atName = false): Location => {
    const node = nodeAt(root, segments, atName);
    const dotted = segments
      .map((s) => (typeof s === 'number' ? `[${s}]` : `.${s}`))
      .join('')
      .replace(/^\./, '');
    return { ...place(source, file, node.offset, node.length), ...(dotted === '' ? {} : { name: dotted }) };
  };
  const repeated = repeatedNames(root);
  if (repeated.length > 0) {
    return {
      problems: repeated.map((node) => ({
        what: `${JSON.stringify(node.value)} is given twice`,
        where: place(source, file, node.offset, node.length),
        remedy: 'Leave one of them out.',
      })),
    };
  }
  const value = toValue(root);
  const complaints = complaintsOf(value);
  if (complaints.length > 0) {
    return {
      problems: inOrder(complaints.map((c) => ({ what: c.what, where: where(c.at, c.atName), remedy: c.remedy }))),
    };
  }
  return { document: { value, where } };
}

/** In the order of the text. */
export const inOrder = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort(
    (a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0) || (a.where?.column ?? 0) - (b.where?.column ?? 0),
  );

/** The first of a file's problems as the one to tell, with the number of the others. */
export function firstOf([first, ...others]: readonly Problem[]): Problem {
  if (others.length === 0) return first!;
  const more = `${first!.remedy === undefined ? '' : ' '}(${others.length} more in this file.)`;
  return { ...first!, remedy: `${first!.remedy ?? ''}${more}` };
}
