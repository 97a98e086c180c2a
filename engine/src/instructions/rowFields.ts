/** Inside of a row: which field stands at a place, what it is for and what it costs; and what may be written there. */
import { getLocation } from 'jsonc-parser';
import type { Steps } from '../base/steps.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { chatForms, readFields, type ChatForm } from './fields.ts';
import { countTokens, type RowTemplate, rowLength, templateFor } from './length.ts';
import { parseRow, type Path, RowPlaces, type RowRange } from './row.ts';

export type FieldRole = 'system' | 'question' | 'input' | 'answer';

export interface RowField {
  /** `output`, `history[0][1]`, `messages[2].content`. */
  readonly name: string;
  readonly role: FieldRole;
  /** Does the model learn to say it? Only answers are learned; the rest is read. */
  readonly learned: boolean;
  /** Tokens of the text by itself. */
  readonly tokens?: number;
  /** Tokens of the whole row, in a template's words. */
  readonly row?: { readonly tokens: number; readonly template: string };
  /** The field in the row's text, its name too. */
  readonly range: RowRange;
}

/** The field at an offset in a row's text; undefined where none stands, or the row is none that a training reads. */
export function* fieldAt(
  text: string,
  offset: number,
  options: { readonly tokenizer?: Tokenizer | undefined; readonly template: RowTemplate },
): Steps<RowField | undefined> {
  const parsed = parseRow(text);
  const conversation = parsed.ok ? readFields(parsed.value).conversation : undefined;
  if (conversation === undefined) return undefined;
  const places = new RowPlaces(text);
  const { system, turns } = conversation;
  const fields = [
    ...(system === undefined ? [] : [{ said: system, role: 'system' as const }]),
    ...turns.flatMap(({ question, input, answer }) => [
      { said: question, role: 'question' as const },
      ...(input === undefined ? [] : [{ said: input, role: 'input' as const }]),
      { said: answer, role: 'answer' as const },
    ]),
  ];
  for (const { said, role } of fields) {
    const range = { start: places.key(said.path).start, end: places.value(said.path).end };
    if (offset < range.start || offset >= range.end) continue;
    const { tokenizer } = options;
    const name = { name: nameOf(said.path), role, learned: role === 'answer', range };
    if (tokenizer === undefined) return name;
    const template = templateFor(options.template, conversation);
    const length = yield* rowLength(conversation, template, tokenizer);
    const tokens = said.text === '' ? 0 : (yield* countTokens(said.text, tokenizer)).tokens;
    return { ...name, tokens, ...(length === undefined ? {} : { row: { tokens: length.tokens, template } }) };
  }
  return undefined;
}

const nameOf = (path: Path): string =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');

export interface RowCompletion {
  /** `instruction`, `assistant`. */
  readonly label: string;
  readonly kind: 'field' | 'value';
  /** What the field or value is for. */
  readonly about: { readonly en: string; readonly ko: string };
  /** In place of `range`; `$1` is where the cursor goes, and nothing else in it is a sign of snippets. */
  readonly snippet: string;
  readonly range: RowRange;
}

const field = (en: string, ko: string, value = '"$1"') => ({ about: { en, ko }, value });

const rowFields = {
  instruction: field('The question or task', '질문이나 과제'),
  input: field('What the question is about; may be empty', '질문의 대상이 되는 글. 비어 있어도 됩니다'),
  output: field('The answer: only this enters the loss', '답. 이것만 손실에 들어갑니다'),
  history: field('Earlier questions with their answers', '앞서 나온 질문과 답', '[["$1", ""]]'),
  system: field('What the model is told before all', '모델에게 맨 먼저 하는 말'),
  messages: field('A chat, by roles', '역할별 대화', '[{"role": "user", "content": "$1"}, {"role": "assistant", "content": ""}]'), // prettier-ignore
  conversations: field('A chat, as ShareGPT writes it', 'ShareGPT 형식의 대화', '[{"from": "human", "value": "$1"}, {"from": "gpt", "value": ""}]'), // prettier-ignore
} as const;

const roleWords = {
  system: { en: 'Told before all; read, not learned', ko: '맨 먼저 하는 말. 읽기만 하고 배우지 않습니다' },
  user: { en: 'Asks; read, not learned', ko: '질문. 읽기만 하고 배우지 않습니다' },
  assistant: { en: 'Answers: enters the loss', ko: '답. 손실에 들어갑니다' },
} as const;

const messageWords = {
  role: { en: 'Who speaks', ko: '누가 말하는지' },
  content: { en: 'What is said', ko: '말한 내용' },
} as const;

/** What may stand at an offset in a row's text, also of a row that is half written. */
export function completionsAt(text: string, offset: number): RowCompletion[] {
  const { path, isAtPropertyKey, previousNode } = getLocation(text, offset);
  const inString = previousNode?.type === 'string' || (previousNode?.type as string) === 'property';
  const inside = previousNode !== undefined && previousNode.offset < offset && offset <= previousNode.offset + previousNode.length; // prettier-ignore
  const range =
    previousNode !== undefined && inString && inside
      ? { start: previousNode.offset, end: previousNode.offset + previousNode.length }
      : { start: offset, end: offset };
  // Behind a finished string nothing of ours follows.
  if (range.end === offset && range.start < offset && text[offset - 1] === '"' && offset - range.start > 1) return [];
  const chat = chatOf(path);
  if (isAtPropertyKey) {
    const rest = text.slice(range.end);
    const written = /^\s*:/.test(rest);
    const names = (
      known: Readonly<Record<string, { about: RowCompletion['about']; value: string }>>,
      there: Set<string>,
    ) =>
      Object.entries(known).flatMap(([name, { about, value }]): RowCompletion[] =>
        there.has(name)
          ? []
          : [{ label: name, kind: 'field', about, snippet: `"${name}"${written ? '' : `: ${value}`}`, range }],
      );
    const there = namesAt(text, path.slice(0, -1), range);
    if (path.length === 1) return names(fitting(there), there);
    if (chat === undefined || path.length !== 3) return [];
    const { role, content } = chatForms[chat];
    return names({ [role]: { about: messageWords.role, value: '"$1"' }, [content]: { about: messageWords.content, value: '"$1"' } }, there); // prettier-ignore
  }
  if (chat === undefined || path.length !== 3 || path[2] !== chatForms[chat].role) return [];
  return (['system', 'user', 'assistant'] as const).map((speaker) => {
    const label = chatForms[chat][speaker][0];
    return { label, kind: 'value', about: roleWords[speaker], snippet: `"${label}"`, range };
  });
}

/** A row of a chat has no fields of Alpaca's, and the other way round. */
function fitting(there: ReadonlySet<string>) {
  const { messages, conversations, ...alpaca } = rowFields;
  if (there.has('messages') || there.has('conversations')) return {};
  return Object.keys(alpaca).some((name) => there.has(name)) ? alpaca : { ...alpaca, messages, conversations };
}

const chatOf = ([first]: Path): ChatForm | undefined =>
  first === 'messages' || first === 'conversations' ? first : undefined;

/** Names of an object's members, but for the one being written. */
function namesAt(text: string, path: Path, but: RowRange): Set<string> {
  const places = new RowPlaces(text);
  return new Set(places.names(path).flatMap(({ name, start }) => (start === but.start ? [] : [name])));
}
