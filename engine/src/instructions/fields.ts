/**
 * What a row of instruction data says, and what of its fields is missing or unfit. What passes here a training reads, and the other way
 * round: `readRecords` in ../data/records.ts is the measure.
 */
import type { Values } from '../lint/rule.ts';
import type { Path } from './row.ts';

export interface Said {
  readonly text: string;
  readonly path: Path;
}

export interface Turn {
  readonly question: Said;
  readonly input?: Said;
  readonly answer: Said;
}

export interface Conversation {
  readonly system?: Said;
  readonly turns: readonly Turn[];
}

/** `broken`: no JSON; `other`: not a form of instruction data; `text` and `ids` are rows that a training reads too. */
export type RowForm = 'alpaca' | 'messages' | 'conversations' | 'text' | 'ids' | 'other' | 'broken';

export interface FieldFault {
  readonly variant: string;
  readonly values?: Values;
  readonly path: Path;
  /** What is marked: a value, a member's name, or the first name of the row where nothing is there to be marked. */
  readonly at: 'value' | 'key' | 'head';
}

export interface ReadFields {
  readonly form: RowForm;
  /** Absent where there are faults. */
  readonly conversation?: Conversation;
  readonly faults: readonly FieldFault[];
}

/** Names of members and of roles, by form of a chat. */
export const chatForms = {
  messages: { role: 'role', content: 'content', system: ['system'], user: ['user'], assistant: ['assistant'] },
  conversations: {
    role: 'from',
    content: 'value',
    system: ['system'],
    user: ['human', 'user'],
    assistant: ['gpt', 'assistant'],
  },
} as const;

export type ChatForm = keyof typeof chatForms;
type Speaker = 'system' | 'user' | 'assistant';
type Fields = Readonly<Record<string, unknown>>;

export function formOf(value: unknown): RowForm {
  if (!isObject(value)) return 'other';
  if ('ids' in value) return 'ids';
  if ('instruction' in value) return 'alpaca';
  if ('messages' in value) return 'messages';
  if ('conversations' in value) return 'conversations';
  if ('text' in value) return 'text';
  return 'output' in value ? 'alpaca' : 'other';
}

export function readFields(value: unknown): ReadFields {
  const form = formOf(value);
  switch (form) {
    case 'alpaca':
      return readAlpaca(value as Fields);
    case 'messages':
    case 'conversations':
      return readChat((value as Fields)[form], form);
    case 'other':
      return { form, faults: [fault(isObject(value) ? 'form' : 'object', [], 'head')] };
    case 'text':
      return { form, faults: typeof (value as Fields)['text'] === 'string' ? [] : [notText(['text'])] };
    case 'ids':
    case 'broken':
      return { form, faults: [] };
    default:
      return form satisfies never;
  }
}

function readAlpaca(fields: Fields): ReadFields {
  const faults: FieldFault[] = [];
  const text = (name: string, wanted: boolean): Said | undefined => {
    const field = fields[name] ?? undefined;
    if (typeof field === 'string') return { text: field, path: [name] };
    if (field !== undefined || (name in fields && wanted)) faults.push(notText([name]));
    else if (wanted) faults.push(fault('missing', [], 'head', { field: name }));
    return undefined;
  };
  const system = fields['system'] === undefined ? undefined : text('system', true);
  const question = text('instruction', true);
  const input = text('input', false);
  const answer = text('output', true);
  const earlier = readHistory(fields['history']);
  if (earlier === undefined) faults.push(fault('history', ['history'], 'value'));
  if (faults.length > 0 || question === undefined || answer === undefined || earlier === undefined)
    return { form: 'alpaca', faults };
  const turns = [...earlier, { question, ...(input === undefined ? {} : { input }), answer }];
  return { form: 'alpaca', faults, conversation: { ...(system === undefined ? {} : { system }), turns } };
}

function readHistory(value: unknown): Turn[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const turns: Turn[] = [];
  for (const [i, pair] of (value as readonly unknown[]).entries()) {
    const [question, answer, ...more] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    if (typeof question !== 'string' || typeof answer !== 'string' || more.length > 0) return undefined;
    const said = (text: string, at: number): Said => ({ text, path: ['history', i, at] });
    turns.push({ question: said(question, 0), answer: said(answer, 1) });
  }
  return turns;
}

interface Message extends Said {
  readonly speaker: Speaker;
  readonly role: string;
  /** The message's own place; `path` is that of what it says. */
  readonly whole: Path;
}

function readChat(value: unknown, form: ChatForm): ReadFields {
  if (!Array.isArray(value) || value.length === 0)
    return { form, faults: [fault('list', [form], 'value', { field: form })] };
  const read = (value as readonly unknown[]).map((item, i) => readMessage(item, i, form));
  const faults = read.filter((item) => 'variant' in item);
  if (faults.length > 0) return { form, faults };
  const list = read.filter((item) => 'speaker' in item);
  const system = list[0]?.speaker === 'system' ? list.shift() : undefined;
  const turns: Turn[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const [question, answer] = [list[i]!, list[i + 1]];
    if (question.speaker !== 'user') return { form, faults: [outOfTurn(question, form, 'user')] };
    if (answer === undefined) return { form, faults: [fault('unanswered', question.path, 'value')] };
    if (answer.speaker !== 'assistant') return { form, faults: [outOfTurn(answer, form, 'assistant')] };
    turns.push({ question, answer });
  }
  if (turns.length === 0) return { form, faults: [fault('none', [form], 'key')] };
  return { form, faults: [], conversation: { ...(system === undefined ? {} : { system }), turns } };
}

function readMessage(item: unknown, i: number, form: ChatForm): Message | FieldFault {
  const names = chatForms[form];
  const whole: Path = [form, i];
  // Texts alone speak by turns, as in LIMA's files.
  if (typeof item === 'string' && form === 'conversations')
    return { speaker: i % 2 === 0 ? 'user' : 'assistant', role: '', whole, text: item, path: whole };
  const message: Fields = isObject(item) ? item : {};
  const role = message[names.role];
  const text = message[names.content];
  if (role === undefined || text === undefined)
    return fault('message', whole, 'head', { role: names.role, content: names.content });
  const speakers = ['system', 'user', 'assistant'] as const;
  const speaker = speakers.find((name) => (names[name] as readonly unknown[]).includes(role));
  if (speaker === undefined) {
    const known = speakers.flatMap((name) => names[name]).join(', ');
    const shown = typeof role === 'string' ? role : ((JSON.stringify(role) as string | undefined) ?? '');
    return fault('role', [...whole, names.role], 'value', { role: shown.slice(0, 60), known });
  }
  const path = [...whole, names.content];
  return typeof text === 'string' ? { speaker, role: role as string, whole, text, path } : notText(path);
}

const outOfTurn = ({ role, whole }: Message, form: ChatForm, wanted: Speaker): FieldFault =>
  role === ''
    ? fault('turn', whole, 'value', { role: 'system', wanted })
    : fault('turn', [...whole, chatForms[form].role], 'value', { role, wanted: chatForms[form][wanted][0] });

const fault = (variant: string, path: Path, at: FieldFault['at'], values?: Values): FieldFault => ({
  variant,
  path,
  at,
  ...(values === undefined ? {} : { values }),
});

const notText = (path: Path): FieldFault => fault('text', path, 'value', { field: String(path.at(-1)) });

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
