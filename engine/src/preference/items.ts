/** A file of prompts or of answers, whichever form it has: text lines, JSON lines, or a JSON array. */
import { type Location, ProblemError } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { readBytes, readLines, readWhole } from '../data/lines.ts';
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
    const whole = await readWhole(file, work);
    await checked(whole, { file }, work);
    for (const [i, value] of arrayOf(whole, file).entries())
      yield { where: { file, name: `[${i}]` }, fields: fieldsOf(value) };
    return;
  }
  for await (const { number, text } of readLines(file, work)) {
    if (text.trim() === '') continue;
    const where = { file, line: number };
    await checked(text, where, work);
    yield { where, fields: form === 'txt' ? { prompt: text } : fieldsOf(parsedLine(text, where)) };
  }
}

/** A sign that stands for bytes that are none: then the file is gone through once, for it may hold that sign itself. */
async function checked(text: string, where: Location & { readonly file: string }, work: Work): Promise<void> {
  if (!text.includes('\ufffd')) return;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const bytes of readBytes(where.file, work)) decoder.decode(bytes, { stream: true });
    decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ProblemError({ what: 'this is not UTF-8', where, remedy: 'Save it in UTF-8.' });
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
