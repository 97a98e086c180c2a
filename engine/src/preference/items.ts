/** A file of prompts or of answers, whichever form it has: text lines, JSON lines, or a JSON array. */
import { statSync } from 'node:fs';
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
    if (whole.includes(sign)) await checkUtf8(file, work);
    for (const [i, value] of arrayOf(whole, file).entries())
      yield { where: { file, name: `[${i}]` }, fields: fieldsOf(value) };
    return;
  }
  let isChecked = false;
  for await (const { number, text } of readLines(file, work)) {
    if (text.trim() === '') continue;
    const where = { file, line: number };
    if (!isChecked && text.includes(sign)) {
      await checkUtf8(file, work);
      isChecked = true;
    }
    yield { where, fields: form === 'txt' ? { prompt: text } : fieldsOf(parsedLine(text, where)) };
  }
}

/** Stands for bytes that are no characters; or the file holds it itself. */
const sign = '\ufffd';

/** Goes through a file's bytes, once more, for the first line that is not UTF-8. A pipe gives its bytes only once: it is taken as it came. */
async function checkUtf8(file: string, work: Work): Promise<void> {
  if (!statSync(file).isFile()) return;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  try {
    for await (const bytes of readBytes(file, work)) {
      let from = 0;
      for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from), line++) {
        decoder.decode(bytes.subarray(from, end + 1), { stream: true });
        from = end + 1;
      }
      decoder.decode(bytes.subarray(from), { stream: true });
    }
    decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ProblemError({ what: 'this is not UTF-8', where: { file, line }, remedy: 'Save it in UTF-8.' });
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
