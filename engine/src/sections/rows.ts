/**
 * The texts of instruction data in JSON and JSON lines: a row's `instruction`, `input`, `output` and their like, and the messages
 * of a conversation. A row that is broken, or is being typed, costs the others nothing in JSON lines.
 */
import { type Finding, type Section } from './section.ts';

/** Names of a row's fields that hold text for a model. */
const fields = new Set(
  'instruction input output system prompt completion response question answer chosen rejected context text'.split(' '),
);
/** A JSON file holds rows only where one of these is in it; a file of another purpose may have an `input`. */
const telling = new Set(['instruction', 'prompt', 'messages', 'conversations', 'question', 'chosen']);
const lists = new Set(['messages', 'conversations']);
const spoken = new Set(['content', 'value']);
/** What a part is called where nobody is said to speak. */
const spokenName = 'content';
const speaking = new Set(['role', 'from']);
/** Longer names are no field's, or nothing that a person reads. */
const longestName = 100;

/** `languages`: texts under codes of languages, which are those of a row where English is among them. */
interface Row {
  readonly sections: Section[];
  readonly languages: Section[];
  told: boolean;
}

interface Container {
  readonly isArray: boolean;
  /** The name under which it stands in the object around it. */
  readonly key: string | undefined;
  /** Of an object that is a row: what was found in it. */
  readonly row?: Row;
  /** Of a message: who speaks, and what. */
  message?: { role?: string; readonly contents: Section[] };
  /** Of a part of a message's content: the message. */
  part?: NonNullable<Container['message']>;
  /** Of a list: items until now. */
  items?: number;
}

/** `lines`: each line is a JSON of its own. */
export function* findRows(text: string, lines: boolean): Finding {
  const token = lines ? /["{}[\]\n]/g : /["{}[\]/]/g;
  let stack: Container[] = [];
  let key: string | undefined;
  let paused = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const at = found.index;
    if (at - paused > 4096) {
      paused = at;
      yield undefined;
    }
    const inside = stack.at(-1);
    switch (found[0]) {
      case '\n':
        yield* toldOf(stack[0], lines);
        stack = [];
        key = undefined;
        break;
      case '/':
        token.lastIndex = commentEnd(text, at);
        break;
      case '{':
      case '[':
        stack.push(opened(found[0] === '[', key, stack));
        key = undefined;
        break;
      case '}':
      case ']': {
        stack.pop();
        key = undefined;
        if (inside === undefined) break;
        const row = stack.findLast((container) => container.row !== undefined)?.row;
        const { contents = [], role } = inside.message ?? {};
        if (contents.length > 0 && row !== undefined) {
          for (const content of contents) row.sections.push({ ...content, name: role ?? content.name });
          row.told = true;
        }
        yield* toldOf(inside, lines);
        break;
      }
      default: {
        const start = at + 1;
        const end = stringEnd(text, start);
        token.lastIndex = end + 1;
        if (inside?.isArray === true) said(stack, { at, start, end });
        if (inside?.isArray !== false) break;
        if (/^\s*:/.test(text.slice(end + 1, end + 40))) key = text.slice(start, Math.min(end, start + longestName));
        else if (key !== undefined) {
          take(inside, key, { at, start, end }, text);
          key = undefined;
        }
      }
    }
    if (stack.length > 64) return; // nothing a person wrote
  }
  yield* toldOf(
    stack.find((container) => container.row !== undefined),
    lines,
  );
}

/** A container that begins: a row where it stands on top or in a list on top, a message in a list of them. */
function opened(isArray: boolean, key: string | undefined, stack: readonly Container[]): Container {
  const around = stack.at(-1);
  if (around?.isArray === true) around.items = (around.items ?? 0) + 1;
  if (isArray) return { isArray, key };
  if (around?.isArray === true && lists.has(around.key ?? '')) return { isArray, key, message: { contents: [] } };
  const message = around?.isArray === true && spoken.has(around.key ?? '') ? stack.at(-2)?.message : undefined;
  if (message !== undefined) return { isArray, key, part: message };
  const depth = stack.length;
  const isRow =
    depth === 0 ||
    (around?.isArray === true && depth <= 2 && !stack.some(({ row }) => (row?.sections.length ?? 0) > 0));
  return isRow ? { isArray, key, row: { sections: [], languages: [], told: false } } : { isArray, key };
}

/** A string under a name, in an object. */
/** A text in a list: of earlier questions and answers, which are pairs in Alpaca's `history`. */
function said(stack: readonly Container[], span: { at: number; start: number; end: number }): void {
  const [row, history, pair] = stack.slice(-3);
  if (pair?.isArray !== true) return;
  const place = (pair.items ??= 0);
  pair.items++;
  if (history?.isArray !== true || history.key !== 'history' || row?.row === undefined) return;
  const name = `history[${(history.items ?? 1) - 1}][${place}]`;
  row.row.sections.push({ kind: 'field', name, ...span, written: 'json' });
}

function take(inside: Container, key: string, span: { at: number; start: number; end: number }, text: string): void {
  const section: Section = { kind: 'field', name: key, ...span, written: 'json' };
  if (inside.message !== undefined) {
    if (speaking.has(key)) inside.message.role = text.slice(span.start, Math.min(span.end, span.start + longestName));
    if (spoken.has(key)) inside.message.contents.push({ ...section, kind: 'message' });
  } else if (inside.part !== undefined) {
    if (key === 'text') inside.part.contents.push({ ...section, name: spokenName, kind: 'message' });
  } else if (inside.row !== undefined && fields.has(key)) {
    inside.row.sections.push(section);
    if (telling.has(key)) inside.row.told = true;
  } else if (inside.row !== undefined && /^[a-z]{2}$/.test(key)) inside.row.languages.push(section);
}

/** What a row has, in the file's order, where it is a row of instruction data or of translations. */
function* toldOf(container: Container | undefined, lines: boolean): Finding {
  const { row } = container ?? {};
  if (row === undefined) return;
  const english = row.languages.find(({ name }) => name === 'en');
  const translated =
    english === undefined || row.languages.length < 2
      ? []
      : row.languages.map((section) => (section === english ? section : { ...section, english }));
  const fields = lines || row.told ? row.sections : [];
  yield* [...fields, ...translated].sort((a, b) => a.at - b.at);
  row.sections.length = 0;
  row.languages.length = 0;
}

/** The quote that ends a string; where it is missing, the line's end. */
function stringEnd(text: string, from: number): number {
  const stop = /["\\\n]/g;
  stop.lastIndex = from;
  for (let found = stop.exec(text); found !== null; found = stop.exec(text)) {
    if (found[0] !== '\\') return found.index;
    stop.lastIndex = found.index + 2;
  }
  return text.length;
}

function commentEnd(text: string, at: number): number {
  const closing = text.startsWith('//', at) ? '\n' : text.startsWith('/*', at) ? '*/' : undefined;
  if (closing === undefined) return at + 1;
  const end = text.indexOf(closing, at + 2);
  return end < 0 ? text.length : end + closing.length;
}
