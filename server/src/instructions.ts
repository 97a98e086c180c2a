/**
 * Instruction data in open documents: its faults by row, what a field costs and whether it is learned, and what may be written in a row.
 * Rows are checked in slices, and again only when they change.
 */
import { CompletionItemKind, InsertTextFormat } from 'vscode-languageserver/node';
import type { CancellationToken, CompletionItem, Diagnostic, MarkupContent, Range } from 'vscode-languageserver/node';
import {
  completionsAt,
  fieldAt,
  type FieldRole,
  type InstructionFinding,
  type InstructionKind,
  InstructionText,
  rowMessage,
  type RowAt,
  type RowField,
  type RowOptions,
} from '../../engine/src/instructions/index.ts';
import type { Language } from '../../engine/src/lint/index.ts';
import type { Context } from './context.ts';
import type { OpenDocument } from './documents.ts';
import { pageOf, severities } from './lint.ts';
import type { LintSettings } from './lintSettings.ts';
import { code } from './markdown.ts';

interface Kept {
  readonly kind: InstructionKind;
  readonly text: InstructionText;
}

/** What was found in a document's rows, as they are in it. */
export interface CheckedRows {
  readonly document: OpenDocument;
  readonly kind: InstructionKind;
  readonly findings: readonly InstructionFinding[];
}

export class Instructions {
  readonly #context: Context;
  readonly #settings: LintSettings;
  readonly #language: Language;
  /** Documents that somebody has asked of. */
  readonly #kept = new Map<string, Kept>();

  constructor(context: Context, settings: LintSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#language = context.language;
    const { documents } = context;
    documents.onChange((document, edits) => {
      this.#kept.get(document.uri)?.text.replaceAll(edits, document.text.getText());
    });
    documents.onClose((uri) => void this.#kept.delete(uri));
    documents.onOpen(({ uri }) => void this.#kept.delete(uri));
  }

  /** Faults of a document's rows as they are now; none where it is not instruction data, or nobody waits any more. */
  async diagnostics(uri: string, token: CancellationToken): Promise<Diagnostic[]> {
    const found = await this.findings(uri, token);
    return found === undefined ? [] : this.#told(found);
  }

  /** The same for those who go on with it; `most`: findings of a rule, at most. */
  async findings(
    uri: string,
    token: CancellationToken,
    { most }: { readonly most?: number } = {},
  ): Promise<CheckedRows | undefined> {
    const left = () => token.isCancellationRequested;
    for (;;) {
      const { instructions } = await this.#context.settings(uri);
      const { rows: severities } = await this.#settings.for(uri);
      await this.#context.tokens.settled(uri);
      const document = this.#context.documents.get(uri);
      const kept = document === undefined || !instructions.check ? undefined : this.#keptOf(document);
      if (document === undefined || kept === undefined || left()) return undefined;
      const options = this.#optionsOf(uri, instructions);
      const isNow = () => this.#context.documents.get(uri) === document && !left();
      const check = kept.text.check(options, { severities, ...(most === undefined ? {} : { most }) });
      const found = await this.#context.slices.run(check, isNow);
      if (found !== undefined) return { document, kind: kept.kind, findings: found.value };
      // Overtaken by an edit: what is there now is checked.
    }
  }

  /** The row at an offset of a document that looks like instruction data. */
  async rowAt(document: OpenDocument, offset: number, token: CancellationToken): Promise<RowAt | undefined> {
    const kept = this.#keptOf(document);
    if (kept === undefined || kept.text.looksRight() !== true) return undefined;
    const wanted = () => this.#context.documents.get(document.uri) === document && !token.isCancellationRequested;
    return (await this.#context.slices.run(kept.text.rowAt(offset), wanted))?.value;
  }

  /** What is said of the field at an offset, in Markdown, with its range in the document. */
  async hover(
    uri: string,
    offset: number,
    token: CancellationToken,
  ): Promise<{ value: string; range: Range } | undefined> {
    const { instructions } = await this.#context.settings(uri);
    const document = this.#context.documents.get(uri);
    const row = document === undefined ? undefined : await this.rowAt(document, offset, token);
    if (document === undefined || row === undefined) return undefined;
    const wanted = () => this.#context.documents.get(uri) === document && !token.isCancellationRequested;
    const options = this.#optionsOf(uri, instructions);
    const field = (await this.#context.slices.run(fieldAt(row.text, offset - row.start, options), wanted))?.value;
    if (field === undefined) return undefined;
    const { start, end } = field.range;
    const { text } = document;
    return {
      value: described(field, this.#language),
      range: { start: text.positionAt(row.start + start), end: text.positionAt(row.start + end) },
    };
  }

  /** What may be written at an offset; none where the document is not instruction data. */
  async completions(uri: string, offset: number, token: CancellationToken): Promise<CompletionItem[]> {
    const document = this.#context.documents.get(uri);
    const kept = document === undefined ? undefined : this.#keptOf(document);
    if (document === undefined || kept === undefined) return [];
    // A first row of JSON lines may be on its way; of JSON there are too many other forms.
    const right = kept.text.looksRight();
    if (right === false || (right === undefined && kept.kind === 'json')) return [];
    const wanted = () => this.#context.documents.get(uri) === document && !token.isCancellationRequested;
    const row = (await this.#context.slices.run(kept.text.rowAt(offset), wanted))?.value;
    if (row === undefined) return [];
    const { text } = document;
    return completionsAt(row.text, offset - row.start).map(({ label, kind, about, snippet, range }): CompletionItem => {
      const documentation: MarkupContent = { kind: 'markdown', value: about[this.#language] };
      return {
        label,
        kind: kind === 'field' ? CompletionItemKind.Property : CompletionItemKind.EnumMember,
        documentation,
        filterText: `"${label}"`,
        insertTextFormat: InsertTextFormat.Snippet,
        textEdit: {
          range: { start: text.positionAt(row.start + range.start), end: text.positionAt(row.start + range.end) },
          newText: snippet,
        },
      };
    });
  }

  #keptOf(document: OpenDocument): Kept | undefined {
    const { uri, languageId, text } = document;
    const known = this.#kept.get(uri);
    if (known !== undefined) return known;
    const kind = kindOf(uri, languageId);
    if (kind === undefined) return undefined;
    const kept = { kind, text: new InstructionText(kind, text.getText()) };
    this.#kept.set(uri, kept);
    return kept;
  }

  #optionsOf(uri: string, { template, length }: Omit<RowOptions, 'tokenizer'>): RowOptions {
    return { template, length, tokenizer: this.#context.tokens.get(uri)?.loaded.tokenizer };
  }

  #told({ findings, kind, document: { uri, text } }: CheckedRows): Diagnostic[] {
    const rangeOf = ({ start, end }: { readonly start: number; readonly end: number }): Range => ({
      start: text.positionAt(start),
      end: text.positionAt(end),
    });
    // What is no JSON the editor's own service says, but not of JSON lines.
    const mine = kind === 'json' ? findings.filter(({ rule }) => rule !== 'row-syntax') : findings;
    return mine.map((found) => ({
      range: rangeOf(found),
      severity: severities[found.severity],
      source: 'bllossom',
      code: found.rule,
      codeDescription: { href: pageOf(found.rule) },
      message: rowMessage(found, this.#language),
      ...(found.related === undefined
        ? {}
        : {
            relatedInformation: [
              { location: { uri, range: rangeOf(found.related) }, message: words[this.#language].first },
            ],
          }),
    }));
  }
}

export function registerInstructions(context: Context, settings: LintSettings): Instructions {
  const instructions = new Instructions(context, settings);
  const { connection, documents } = context;
  connection.onCompletion(async ({ textDocument: { uri }, position }, token) => {
    const document = documents.get(uri);
    return document === undefined ? [] : instructions.completions(uri, document.text.offsetAt(position), token);
  });
  return instructions;
}

function kindOf(uri: string, languageId: string): InstructionKind | undefined {
  if (languageId === 'jsonl' || uri.endsWith('.jsonl')) return 'jsonl';
  return languageId === 'json' ? 'json' : undefined;
}

const words = {
  en: {
    first: 'The first row of them',
    roles: { system: 'system text', question: 'question', input: 'input of the question', answer: 'answer' },
    tokens: (tokens: number) => (tokens === 1 ? '1 token' : `${tokens.toLocaleString('en')} tokens`),
    row: (tokens: number, template: string) =>
      `the row has ${tokens.toLocaleString('en')} in the template ${code(template)}`,
    learned: 'enters the loss',
    read: 'is read, does not enter the loss',
  },
  ko: {
    first: '그 가운데 첫 행',
    roles: { system: '시스템 글', question: '질문', input: '질문의 입력', answer: '답' },
    tokens: (tokens: number) => `토큰 ${tokens.toLocaleString('en')}개`,
    row: (tokens: number, template: string) =>
      `${code(template)} 템플릿에서 행 전체는 ${tokens.toLocaleString('en')}개`,
    learned: '손실에 들어갑니다',
    read: '읽기만 하고 손실에는 들어가지 않습니다',
  },
} as const satisfies Record<
  Language,
  { readonly roles: Readonly<Record<FieldRole, string>> } & Readonly<Record<string, unknown>>
>;

/** `output` · answer · 12 tokens · the row has 96 in the template `alpaca` · **enters the loss**. */
function described({ name, role, learned, tokens, row }: RowField, language: Language): string {
  const say = words[language];
  return [
    code(name),
    say.roles[role],
    ...(tokens === undefined ? [] : [say.tokens(tokens)]),
    ...(row === undefined ? [] : [say.row(row.tokens, row.template)]),
    learned ? `**${say.learned}**` : say.read,
  ].join(' · ');
}
