/** A file of prompts or of answers, whichever form it has: text lines, JSON lines, or a JSON array. */
import type { Location } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { readLines, readWhole } from '../data/lines.ts';
import { arrayOf, formOf, parsedLine } from '../data/records.ts';

export interface Item {
  readonly where: Location;
  /** Of a text line: `{ prompt }`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** In the order of the file. Throws a ProblemError where it cannot be read, and at a line that is no JSON. */
export async function* readItems(file: string, work: Work = {}): AsyncGenerator<Item> {
  const form = formOf(file);
  if (form === 'json') {
    for (const [i, value] of arrayOf(await readWhole(file, work), file).entries())
      yield { where: { file, name: `[${i}]` }, fields: fieldsOf(value) };
    return;
  }
  for await (const { number, text } of readLines(file, work)) {
    if (text.trim() === '') continue;
    const where = { file, line: number };
    yield { where, fields: form === 'txt' ? { prompt: text } : fieldsOf(parsedLine(text, where)) };
  }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** The first of these fields that is a text. */
export function textOf(fields: Item['fields'], names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** A row's id as a text; undefined where there is none. */
export function idOf(fields: Item['fields'], names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  }
  return undefined;
}

/** The first question of a conversation: a text (LIMA's test prompts), texts by turns, or messages. */
export function firstQuestion(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  for (const item of value as readonly unknown[]) {
    if (typeof item === 'string') return item;
    const { role, from, content, value: said } = fieldsOf(item);
    if (role === 'user' && typeof content === 'string') return content;
    if (from === 'human' && typeof said === 'string') return said;
  }
  return undefined;
}
