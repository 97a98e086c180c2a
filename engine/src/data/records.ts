/** What stands in a data file: texts, instructions, or rows of ready token ids, one record after the other. */
import { type Location, ProblemError } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { readLines, readWhole } from './lines.ts';
import type { Dialogue, Exchange } from './dialogue.ts';

export type DataRecord = { readonly where: Location } & (
  | { readonly type: 'text'; readonly text: string }
  /** With one answer at least, which stands last. */
  | { readonly type: 'instruction'; readonly dialogue: Dialogue }
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
    yield form === 'txt' ? { type: 'text', text: line.text, where } : record(parsedLine(line.text, where), where);
  }
}

export type Form = 'txt' | 'jsonl' | 'json';

/** By the file's name. */
export function formOf(file: string): Form {
  const name = file.replace(/\.gz$/i, '').toLowerCase();
  return name.endsWith('.txt') ? 'txt' : name.endsWith('.json') ? 'json' : 'jsonl';
}

export function arrayOf(text: string, file: string): readonly unknown[] {
  const value = parsedLine(text, { file });
  if (Array.isArray(value)) return value as unknown[];
  throw problem('an array of objects is wanted in a .json file', { file }, 'Name it .jsonl if it is an object a line.');
}

export function parsedLine(text: string, where: Location): unknown {
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
      throw problem(
        `the row has ${ids.length} ids, and of labels ${labels.length}`,
        named('labels'),
        'Give one label for each id.',
      );
    }
    return { type: 'ids', ids, labels, where };
  }
  if ('instruction' in fields) {
    const system = fields['system'] === undefined ? undefined : text('system');
    const last = { question: text('instruction'), input: text('input', ''), answer: text('output') };
    const exchanges = [...readHistory(fields['history'], named('history')), last];
    return { type: 'instruction', dialogue: { system, exchanges }, where };
  }
  if ('messages' in fields) return { type: 'instruction', dialogue: messages(fields['messages'], named), where };
  if ('conversations' in fields) {
    const dialogue = messages(asMessages(fields['conversations']), named, 'conversations');
    return { type: 'instruction', dialogue, where };
  }
  if ('text' in fields) return { type: 'text', text: text('text'), where };
  throw problem(
    'no record that is known stands here',
    where,
    'Known are {"text"}, {"instruction","input","output","history"}, {"messages"}, {"conversations"} and {"ids","labels"}.',
  );
}

/** Alpaca's `history`: earlier questions with their answers, `[["question", "answer"], …]`. */
export function readHistory(value: unknown, where: Location): Exchange[] {
  if (value === undefined || value === null) return [];
  const pairs = Array.isArray(value) ? (value as readonly unknown[]) : undefined;
  return (pairs ?? [undefined]).map((pair) => {
    const [question, answer, ...more] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    if (typeof question === 'string' && typeof answer === 'string' && more.length === 0) return { question, answer };
    throw problem(
      '"history" is not a list of questions with their answers',
      where,
      'Write [["question", "answer"], …].',
    );
  });
}

const sharedRoles: Readonly<Record<string, string>> = { human: 'user', gpt: 'assistant' };

/** ShareGPT's `[{"from": "human", "value": "…"}, …]`, or texts by turns as in LIMA's files, as messages. */
function asMessages(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return (value as readonly unknown[]).map((item, i) => {
    if (typeof item === 'string') return { role: i % 2 === 0 ? 'user' : 'assistant', content: item };
    const { from, value: content } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    return { role: typeof from === 'string' && Object.hasOwn(sharedRoles, from) ? sharedRoles[from] : from, content };
  });
}

/** `[{"role", "content"}, …]`: a system text or none, then questions and answers by turns, an answer last. */
function messages(value: unknown, named: (name: string) => Location, field = 'messages'): Dialogue {
  const at = (i: number): Location => named(`${field}[${i}]`);
  if (!Array.isArray(value) || value.length === 0)
    throw problem(`"${field}" is not a list of messages`, named(field), 'Write [{"role": "user", "content": "…"}, …].');
  const list = (value as readonly unknown[]).map((item, i) => {
    const { role, content } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    if (role !== 'system' && role !== 'user' && role !== 'assistant')
      throw problem(
        role === undefined ? 'the message has no role' : `the role ${JSON.stringify(role)} is not known`,
        at(i),
        'Roles are "system", "user" and "assistant".',
      );
    if (typeof content !== 'string') throw problem('"content" is not a text', at(i), 'Write a string.');
    return { role, content };
  });
  const system = list[0]?.role === 'system' ? list.shift()?.content : undefined;
  const before = system === undefined ? 0 : 1;
  const exchanges: Exchange[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const [question, answer] = [list[i]!, list[i + 1]];
    if (question.role !== 'user')
      throw problem(
        `a message of the ${question.role} stands where the user's is wanted`,
        at(before + i),
        'After the system text, "user" and "assistant" speak by turns.',
      );
    if (answer?.role !== 'assistant')
      throw problem(
        answer === undefined
          ? 'the last question has no answer'
          : `the ${answer.role} speaks where the assistant's answer is wanted`,
        at(before + i + (answer === undefined ? 0 : 1)),
        'After each "user" comes an "assistant".',
      );
    exchanges.push({ question: question.content, answer: answer.content });
  }
  if (exchanges.length === 0)
    throw problem('there is no answer to learn', named(field), 'Add a question and an answer.');
  return { system, exchanges };
}

function problem(what: string, where: Location, remedy: string): ProblemError {
  return new ProblemError({ what, where, remedy });
}
