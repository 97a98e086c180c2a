/** What the pointer shows over a character: the token it belongs to, or the bytes it falls to; and what others make of it. */
import { MarkupKind } from 'vscode-languageserver/node';
import type { Hover } from 'vscode-languageserver/node';
import { PieceType } from '../../engine/src/tokenizers/tokenizer.ts';
import type { Encoding, Tokenizer } from '../../engine/src/tokenizers/tokenizer.ts';
import type { Context } from './context.ts';
import type { Instructions } from './instructions.ts';
import { code } from './markdown.ts';
import type { LoadedTokenizer } from './tokenizers.ts';
import { type Words, wordsOf } from './words.ts';

/** So many of the workspace's tokenizers are compared at most. */
const othersRead = 6;
/** A longer word is too long for a hover; the character alone is compared then. */
const longestWord = 40;

export function registerHover(context: Context, instructions: Instructions): void {
  const { connection, slices, tokens, tokenizers, workspace } = context;
  const say = wordsOf(context.language);

  connection.onHover(async ({ textDocument, position }, token): Promise<Hover | null> => {
    const all = (await workspace.files()).tokenizers;
    const compared = await tokenizers.comparedFor(textDocument.uri);
    const read = await tokenizers.loadAll(all.slice(0, othersRead));
    // The one that counts are compared with stands first, wherever its file is.
    const others = compared?.ok === true ? [compared.value, ...read.filter((it) => it !== compared.value)] : read;
    const now = await tokens.settled(textDocument.uri);
    if (now === undefined) return null;
    const wanted = () => !token.isCancellationRequested && tokens.get(textDocument.uri)?.document === now.document;
    if (now.tokenized.isWhole && !(await slices.countRest(now.tokenized, wanted))) return null;
    const { text } = now.document;
    const source = text.getText();
    const offset = text.offsetAt(position);
    const at = withoutPrefix(now.tokenized.tokensAt(offset));
    if (at.ids.length === 0) return null;
    // Several tokens at one place share one character, and byte-level ones may reach farther.
    const start = Math.max(...at.starts);
    const end = Math.max(start, Math.min(...at.ends));
    const mine = now.loaded;
    const field = await instructions.hover(textDocument.uri, offset, token);
    if (!wanted()) return null;
    const parts = [
      ...(field === undefined ? [] : [field.value]),
      describe(mine.tokenizer, at, source.slice(start, end), say),
      ...comparison(
        wordAround(source, start, end, offset),
        mine,
        others.filter((other) => other !== mine),
        say,
      ),
    ];
    return {
      contents: { kind: MarkupKind.Markdown, value: parts.join('\n\n') },
      range: { start: text.positionAt(start), end: text.positionAt(end) },
    };
  });
}

/** Without the dummy prefix, which stands for no text, where anything else is left. */
function withoutPrefix({ ids, starts, ends }: Encoding): Encoding {
  const first = ids.length > 1 && starts[0] === ends[0] ? 1 : 0;
  return { ids: ids.subarray(first), starts: starts.subarray(first), ends: ends.subarray(first) };
}

/** One token, or the byte tokens of one character: `<0xED> <0x96> <0x84> · ids 240 153 135 · 3 tokens`. */
export function describe(tokenizer: Tokenizer, { ids }: Encoding, text: string, say: Words): string {
  const pieces = Array.from(ids, (id) => tokenizer.piece(id));
  const parts = [code(readable(tokenizer, ids))];
  parts.push(ids.length === 1 ? `id ${ids[0]!}` : `ids ${[...ids].join(' ')}`);
  parts.push(say.tokens(ids.length));
  if (pieces[0]?.type === PieceType.unknown) parts.push(say.notInVocabulary);
  if (pieces[0]?.type !== PieceType.byte) {
    const bytes = Buffer.from(text, 'utf8');
    parts.push(`${say.bytes(bytes.length)} ${code(hex(bytes))}`);
  }
  return parts.join(' · ');
}

/** Pieces for people: SentencePiece's as they are; byte-level ones as text, or as bytes where they are parts of a character. */
function readable(tokenizer: Tokenizer, ids: Int32Array): string {
  const shown = (id: number) => {
    if (!tokenizer.byteLevel) return tokenizer.piece(id).piece;
    const bytes = tokenizer.bytesOf(id);
    if (bytes === undefined) return tokenizer.textOf(id)!.replaceAll(' ', '▁');
    return Array.from(bytes, (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`).join('');
  };
  return Array.from(ids, shown).join(' ');
}

/** What each tokenizer makes of a word, copies of one vocabulary once; nothing where there is no other tokenizer. */
function comparison(word: string, mine: LoadedTokenizer, others: readonly LoadedTokenizer[], say: Words): string[] {
  if (others.length === 0 || word === '') return [];
  const rows = [mine, ...others].map(({ info, tokenizer }) => {
    const { ids } = tokenizer.encode(word);
    return `| ${cell(info.name)} | ${ids.length} | ${cell(code(readable(tokenizer, ids)))} |`;
  });
  const different = [...new Set(rows)];
  return different.length < 2
    ? []
    : [code(word), [`| | ${say.tokensColumn} | ${say.piecesColumn} |`, '|:--|--:|:--|', ...different].join('\n')];
}

/** The word (what stands between spaces) that holds the token; the token's own text where that would be too long. */
function wordAround(text: string, start: number, end: number, offset: number): string {
  if (/^\s$/u.test(text.slice(offset, offset + 1))) return '';
  let from = offset;
  let to = offset;
  while (from > 0 && offset - from <= longestWord && !/\s/u.test(text[from - 1]!)) from--;
  while (to < text.length && to - offset <= longestWord && !/\s/u.test(text[to]!)) to++;
  return (to - from <= longestWord ? text.slice(from, to) : text.slice(start, end)).trim();
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ') +
  (bytes.length > 16 ? ' …' : '');

const cell = (text: string): string => text.replaceAll('|', '\\|');
