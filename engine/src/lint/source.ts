/**
 * What of a file is text for a model, by the file's kind: all of a prompt, the strings of JSON, in Python and TypeScript the
 * strings under a comment `bllossom: prompt`. Kinds are data.
 */
import { jsonStrings, markedStrings, type StringSpan } from './strings.ts';

export interface Passage {
  readonly start: number;
  readonly end: number;
  /** A text that is sent to a model as it stands, from its first letter to its last. */
  readonly prompt: boolean;
  /** How a replacement is written inside of it. */
  readonly escapes: 'none' | 'json' | 'code';
}

interface Kind {
  /** Ends of files' names. */
  readonly endings: readonly string[];
  /** Ids of languages in editors. */
  readonly languageIds: readonly string[];
  readonly texts: 'all' | 'json' | 'marked';
  readonly prompt: boolean;
  /** Fenced blocks, and code in backticks, are code. */
  readonly fences: boolean;
  /** What comments look like: between what. */
  readonly comments: readonly (readonly [begin: string, end: string])[];
}

const hash = [['#', '\n']] as const;
const slashes = [
  ['//', '\n'],
  ['/*', '*/'],
] as const;
const html = [['<!--', '-->']] as const;

export const kinds = {
  plaintext: { endings: ['.txt'], languageIds: ['plaintext'], texts: 'all', prompt: false, fences: false, comments: html }, // prettier-ignore
  prompt: { endings: ['.prompt', '.prompt.txt', '.prompt.md'], languageIds: ['bllossom-prompt', 'prompt'], texts: 'all', prompt: true, fences: true, comments: html }, // prettier-ignore
  markdown: { endings: ['.md', '.markdown'], languageIds: ['markdown'], texts: 'all', prompt: false, fences: true, comments: html }, // prettier-ignore
  json: { endings: ['.json', '.jsonc'], languageIds: ['json', 'jsonc'], texts: 'json', prompt: false, fences: false, comments: slashes }, // prettier-ignore
  jsonl: { endings: ['.jsonl'], languageIds: ['jsonl'], texts: 'json', prompt: false, fences: false, comments: [] }, // prettier-ignore
  python: { endings: ['.py'], languageIds: ['python'], texts: 'marked', prompt: true, fences: false, comments: hash }, // prettier-ignore
  typescript: { endings: ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'], languageIds: ['typescript', 'typescriptreact', 'javascript', 'javascriptreact'], texts: 'marked', prompt: true, fences: false, comments: slashes }, // prettier-ignore
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof kinds;

export const kindOf = (name: KindName): Kind => kinds[name];

/** The kind by a file's name, the longest ending first; plain text where it says nothing. */
export function kindOfFile(file: string): KindName {
  let best: KindName = 'plaintext';
  let length = 0;
  for (const [name, { endings }] of Object.entries(kinds))
    for (const ending of endings)
      if (ending.length > length && file.toLowerCase().endsWith(ending))
        [best, length] = [name as KindName, ending.length];
  return best;
}

/** The kind by an editor's language; undefined for a language that is not read. */
export function kindOfLanguage(languageId: string): KindName | undefined {
  const found = Object.entries(kinds).find(([, kind]) => (kind.languageIds as readonly string[]).includes(languageId));
  return found?.[0] as KindName | undefined;
}

export interface Source {
  readonly text: string;
  readonly kind: KindName;
  /** In order, without overlaps. */
  readonly passages: readonly Passage[];
  /** Code in Markdown, in order. */
  readonly code: readonly { readonly start: number; readonly end: number }[];
}

export function readSource(text: string, name: KindName): Source {
  const kind = kindOf(name);
  const { prompt } = kind;
  const passage = (escapes: Passage['escapes'], prompts: boolean) => (span: StringSpan) => ({
    start: span.start,
    end: span.end,
    prompt: prompts,
    escapes,
  });
  switch (kind.texts) {
    case 'all': {
      const start = text.startsWith('\ufeff') ? 1 : 0;
      const whole: Passage = { start, end: text.length, prompt, escapes: 'none' };
      return { text, kind: name, passages: [whole], code: kind.fences ? codeSpans(text) : [] };
    }
    case 'json':
      return { text, kind: name, passages: jsonStrings(text).map(passage('json', false)), code: [] };
    case 'marked':
      return { text, kind: name, passages: markedStrings(text, kind.comments).map(passage('code', true)), code: [] };
    default:
      return kind.texts satisfies never;
  }
}

/** Fenced blocks and code in backticks (CommonMark 4.5, 6.1), near enough for what is left alone. */
function codeSpans(text: string): { start: number; end: number }[] {
  const spans: { start: number; end: number }[] = [];
  if (!text.includes('`') && !text.includes('~~~')) return spans;
  let fence: { readonly mark: string; readonly start: number } | undefined;
  for (let from = 0; from < text.length;) {
    const found = text.indexOf('\n', from);
    const to = found < 0 ? text.length : found + 1;
    const line = text.slice(from, Math.min(to, from + 200));
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence.mark) === true && line.trim() === mark) {
        spans.push({ start: fence.start, end: to });
        fence = undefined;
      }
    } else if (mark !== undefined && !line.trim().slice(mark.length).includes('`')) fence = { mark, start: from };
    else inlineCode(text, from, to, spans);
    from = to;
  }
  if (fence !== undefined) spans.push({ start: fence.start, end: text.length });
  return spans;
}

/** Code in backticks within a line: as many behind it as before it. */
function inlineCode(text: string, from: number, to: number, spans: { start: number; end: number }[]): void {
  const line = text.slice(from, to);
  if (!line.includes('`')) return;
  const runs = Array.from(line.matchAll(/`+/g), (run) => ({ at: run.index, length: run[0].length }));
  for (let i = 0; i < runs.length; i++) {
    // A line of thousands of unequal runs is not searched to its end for each.
    const close = runs.slice(i + 1, i + 50).findIndex((run) => run.length === runs[i]!.length);
    if (close < 0) continue;
    const last = runs[i + 1 + close]!;
    spans.push({ start: from + runs[i]!.at, end: from + last.at + last.length });
    i += 1 + close;
  }
}
