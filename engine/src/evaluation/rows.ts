/**
 * Reads a task's data file into questions. The files' traps: tables end their lines in CRLF or LF and hold raw quotation
 * marks, so nothing is unquoted; columns differ from split to split, so they are found by name.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ParseError, parse as parseLeniently, printParseErrorCode } from 'jsonc-parser';
import { fileProblem } from '../base/fileProblem.ts';
import { type Location, type Result, bad, ok } from '../base/problem.ts';
import { words } from '../base/jsonTree.ts';
import { place } from '../base/place.ts';
import { Fields, ownFiles } from './fields.ts';
import { itemLines } from './itemLines.ts';
import type { Question, Task } from './task.ts';

export interface Rows {
  /** In file order. */
  readonly questions: readonly Question[];
  /** The line that each row begins in, from 1. */
  readonly lines: readonly number[];
  /** SHA-256 of the file, in hexadecimal. */
  readonly hash: string;
}

interface Row {
  readonly values: unknown;
  /** What a problem of this row is told with. */
  readonly where: Location;
  readonly line: number;
}

/** All rows of one of a task's files. */
export async function readRows(task: Pick<Task, 'format' | 'question' | 'file'>, file: string): Promise<Result<Rows>> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    return fileProblem(error, file);
  }
  const isOwn = task.file === undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bad('the file is not UTF-8', { file }, isOwn ? ownFiles : 'Save it in UTF-8.');
  }
  if (/\r/.test(text) && !text.includes('\n') && task.format !== 'json' && task.format !== 'text')
    return bad('its lines end in a carriage return alone', { file }, 'Save it with lines that end in LF, or in CRLF.');
  const rows = parse(task.format, text, file, isOwn ? ownFiles : 'Correct the file.');
  if (!rows.ok) return rows;
  const remedy = isOwn ? ownFiles : `Correct the row, or what ${path.basename(task.file)} makes of it.`;
  const questions: Question[] = [];
  for (const { values, where } of rows.value) {
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      return bad('the row is no object', where, isOwn ? ownFiles : 'Write each row so: {"field": …}.');
    const fields = new Fields(values as Record<string, unknown>, where, remedy);
    const question = task.question(fields);
    if (fields.problem !== undefined) return { ok: false, problem: fields.problem };
    questions.push(question);
  }
  if (questions.length === 0)
    return bad('the file holds no rows', { file }, isOwn ? ownFiles : 'Put rows into it, or name another file.');
  return ok({
    questions,
    lines: rows.value.map((row) => row.line),
    hash: createHash('sha256').update(bytes).digest('hex'),
  });
}

function parse(format: Task['format'], text: string, file: string, remedy: string): Result<Row[]> {
  switch (format) {
    case 'table':
      return parseTable(text, file, remedy);
    case 'json': {
      const array = parseJson(text, { file }, remedy);
      if (!array.ok) return array;
      if (!Array.isArray(array.value))
        return bad('the file is no JSON array of rows', { file }, remedy === ownFiles ? remedy : oneArray);
      const lines = itemLines(text);
      return ok(
        array.value.map((values: unknown, i) => ({
          values,
          where: { file, name: `row ${i + 1}` },
          line: lines[i]!,
        })),
      );
    }
    case 'jsonLines': {
      const rows: Row[] = [];
      for (const [i, line] of text.split('\n').entries()) {
        if (line.trim() === '') continue;
        const where = { file, line: i + 1 };
        const values = parseJson(line, where, remedy);
        if (!values.ok) return values;
        rows.push({ values: values.value, where, line: i + 1 });
      }
      return ok(rows);
    }
    case 'text':
      return ok(text === '' ? [] : [{ values: { text }, where: { file }, line: 1 }]);
    case 'textLines': {
      const rows = linesOf(text).map((line, i) => ({
        values: { text: line },
        where: { file, line: i + 1 },
        line: i + 1,
      }));
      return ok(rows.filter(({ values }) => values.text.trim() !== ''));
    }
    default:
      return format satisfies never;
  }
}

/** Lines, without their ends of either kind. */
const linesOf = (text: string): string[] =>
  text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));

function parseTable(text: string, file: string, remedy: string): Result<Row[]> {
  const [head, ...lines] = linesOf(text);
  const columns = head!.split('\t');
  const twice = columns.find((column, i) => column !== '' && columns.indexOf(column) < i);
  if (twice !== undefined) return bad(`two columns are named ${JSON.stringify(twice)}`, { file, line: 1 }, remedy);
  const rows: Row[] = [];
  for (const [i, line] of lines.entries()) {
    if (line === '') continue;
    const where = { file, line: i + 2 };
    const cells = line.split('\t');
    if (cells.length !== columns.length) {
      const what =
        cells.length === 1
          ? `the row has one field, the first line names ${columns.length}`
          : `the row has ${cells.length} fields, the first line names ${columns.length}`;
      return bad(what, where, remedy);
    }
    rows.push({ values: Object.fromEntries(columns.map((column, c) => [column, cells[c]])), where, line: i + 2 });
  }
  return ok(rows);
}

/** A problem at the line at fault, counted from that of `where`. */
function parseJson(text: string, where: Location, remedy: string): Result<unknown> {
  try {
    return ok(JSON.parse(text) as unknown);
  } catch (error) {
    const faults: ParseError[] = [];
    parseLeniently(text, faults, { disallowComments: true });
    const [fault] = faults;
    // JSON.parse is the stricter of the two: of what the other lets pass it tells by itself.
    if (fault === undefined) return bad(`this is not JSON (${(error as Error).message})`, where, remedy);
    const { line } = place(text, '', fault.offset, fault.length);
    return bad(
      `this is not JSON: ${words(printParseErrorCode(fault.error))}`,
      { ...where, line: (where.line ?? 1) + line! - 1 },
      remedy,
    );
  }
}

const oneArray = 'Write all rows as one array, [{…}, {…}], or say "jsonLines" for rows of a line each.';
