/**
 * Templates over a row's fields: `{{premise}}`, `{{labels.binary-label}}`, `{{question | connector}}`. Between braces stand a
 * field's name (of an inner field with dots, of an array's item by number; in single quotes where it holds dots or bars) and
 * filters: a map of the task's own comes first, then filters by name. All else is text to the character.
 */
import type { Fields } from './fields.ts';
import { type Filter, filters } from './filters.ts';

export type Maps = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Hole {
  readonly path: readonly string[];
  /** How the field's value becomes text: as it stands, a number in decimal, or by a map. */
  readonly reading: 'text' | 'number' | Readonly<Record<string, string>>;
  readonly filters: readonly Filter[];
}

export type Template = readonly (string | Hole)[];

/** Names that are filters already: a map may not bear one. */
export const filterNames: readonly string[] = ['number', ...Object.keys(filters)];

/** A template, or what is wrong with it and what to do. */
export type ParsedTemplate =
  { readonly template: Template } | { readonly fault: readonly [what: string, remedy: string] };

export function parseTemplate(text: string, maps: Maps): ParsedTemplate {
  const template: (string | Hole)[] = [];
  for (let at = 0; at < text.length;) {
    const open = text.indexOf('{{', at);
    if (open !== at) template.push(text.slice(at, open < 0 ? undefined : open));
    if (open < 0) break;
    const close = text.indexOf('}}', open);
    if (close < 0) return { fault: ['{{ is not closed', 'Write {{field}}.'] };
    const hole = parseHole(text.slice(open + 2, close), maps);
    if ('fault' in hole) return hole;
    template.push(hole.hole);
    at = close + 2;
  }
  return { template };
}

type ParsedHole = { readonly hole: Hole } | { readonly fault: readonly [what: string, remedy: string] };

function parseHole(text: string, maps: Maps): ParsedHole {
  const [field = '', ...names] = text.split(/\|(?=(?:[^']*'[^']*')*[^']*$)/).map((part) => part.trim());
  const path = parsePath(field);
  if (path === undefined) return { fault: [`{{${text}}} names no field`, 'Write {{field}}, or {{outer.inner}}.'] };
  let reading: Hole['reading'] = 'text';
  const applied: Filter[] = [];
  for (const [i, name] of names.entries()) {
    const map = Object.hasOwn(maps, name) ? maps[name] : undefined;
    if (map !== undefined || name === 'number') {
      if (i > 0) return { fault: [`'${name}' must be the first filter`, `Write {{${field} | ${name} | …}}.`] };
      reading = map ?? 'number';
    } else if (Object.hasOwn(filters, name)) {
      applied.push(filters[name as keyof typeof filters]);
    } else {
      const known = [...Object.keys(maps), ...filterNames].join(', ');
      return { fault: [`there is no filter or map '${name}'`, `Known are ${known}; a map is added under "maps".`] };
    }
  }
  return { hole: { path, reading, filters: applied } };
}

/** The names of a path; undefined where it is none. */
export function parsePath(text: string): readonly string[] | undefined {
  if (!/^(?:'[^']+'|[^.'|{}]+)(?:\.(?:'[^']+'|[^.'|{}]+))*$/.test(text)) return undefined;
  return [...text.matchAll(/'([^']+)'|[^.']+/g)].map((match) => match[1] ?? match[0].trim());
}

/** The text of a row; what is wrong with a field is noted in the row. */
export function fill(template: Template, row: Fields): string {
  return template.map((part) => (typeof part === 'string' ? part : fillHole(part, row))).join('');
}

function fillHole({ path, reading, filters: applied }: Hole, row: Fields): string {
  const [fields, name] = row.reach(path);
  const text =
    reading === 'text' ? fields.text(name) : reading === 'number' ? fields.number(name) : fields.choice(name, reading);
  return applied.reduce((left, filter) => filter(left), text);
}
