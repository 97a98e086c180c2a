/** What stands in a data file: texts, instructions, or rows of ready token ids, one record after the other. */
import { type Location, ProblemError } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { readLines, readWhole } from './lines.ts';
import type { Instruction } from './templates.ts';

export type DataRecord = { readonly where: Location } & (
  | { readonly type: 'text'; readonly text: string }
  | ({ readonly type: 'instruction' } & Instruction)
  | { readonly type: 'ids'; readonly ids: readonly number[]; readonly labels: readonly number[] | undefined }
);

/**
 * Records in the order of the file. `.txt`: each line that is not blank is a text. `.jsonl`: an object a line. `.json`: an
 * array of objects. Throws a ProblemError at the first record that is none.
 */
export async function* readRecords(
  file: string,
  work: Work = {},
  form: Form = formOf(file),
): AsyncGenerator<DataRecord> {
  if (form === 'json') {
    const items = arrayOf(await readWhole(file, work), file);
    for (const [i, item] of items.entries()) yield record(item, { file, name: `[${i}]` });
    return;
  }
  for await (const line of readLines(file, work)) {
    if (line.text.trim() === '') continue;
    const where = { file, line: line.number };
    yield form === 'txt' ? { type: 'text', text: line.text, where } : record(parsed(line.text, where), where);
  }
}

export type Form = 'txt' | 'jsonl' | 'json';

/** By the file's name. */
function formOf(file: string): Form {
  const name = file.replace(/\.gz$/i, '').toLowerCase();
  return name.endsWith('.txt') ? 'txt' : name.endsWith('.json') ? 'json' : 'jsonl';
}

function arrayOf(text: string, file: string): readonly unknown[] {
  const value = parsed(text, { file });
  if (Array.isArray(value)) return value as unknown[];
  throw problem('an array of objects is wanted in a .json file', { file }, 'Name it .jsonl if it is an object a line.');
}

function parsed(text: string, where: Location): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw problem(`this is not JSON (${(error as Error).message})`, where, 'Correct or remove it.');
  }
}

function record(value: unknown, where: Location): DataRecord {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const named = (name: string): Location => ({
    ...where,
    name: where.name === undefined ? name : `${where.name}.${name}`,
  });
  const text = (name: string, fallback?: string): string => {
    const field = fields[name] ?? fallback;
    if (typeof field === 'string') return field;
    throw problem(`"${name}" is not a text`, named(name), 'Write a string.');
  };
  const integers = (name: string): readonly number[] => {
    const field = fields[name];
    if (Array.isArray(field) && field.every((id) => Number.isInteger(id))) return field as number[];
    throw problem(`"${name}" is not a list of integers`, named(name), 'Write token ids: [1, 5, 7].');
  };
  if ('ids' in fields) {
    const ids = integers('ids');
    const labels = fields['labels'] === undefined ? undefined : integers('labels');
    if (ids.length < 2) throw problem('a row needs two ids at least', named('ids'), 'Remove the row.');
    if (labels !== undefined && labels.length !== ids.length) {
      throw problem(`${labels.length} labels for ${ids.length} ids`, named('labels'), 'Give one label for each id.');
    }
    return { type: 'ids', ids, labels, where };
  }
  if ('instruction' in fields) {
    const history = fields['history'];
    if (Array.isArray(history) && history.length > 0) {
      throw problem('"history" is not available in this version', named('history'), 'Leave this example out.');
    }
    return {
      type: 'instruction',
      instruction: text('instruction'),
      input: text('input', ''),
      output: text('output'),
      where,
    };
  }
  if ('messages' in fields) {
    throw problem(
      'chat "messages" are not available in this version',
      named('messages'),
      'Use instruction, input, output.',
    );
  }
  if ('text' in fields) return { type: 'text', text: text('text'), where };
  throw problem(
    'no record that is known stands here',
    where,
    'Known are {"text"}, {"instruction","input","output"} and {"ids","labels"}.',
  );
}

function problem(what: string, where: Location, remedy: string): ProblemError {
  return new ProblemError({ what, where, remedy });
}
