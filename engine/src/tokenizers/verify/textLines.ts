/** The lines that a tokenizer is verified on: those of the user's files, in bounded memory, or hostile ones made from its pieces. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { endlessInput } from '../../base/fileProblem.ts';
import { ProblemError } from '../../base/problem.ts';
import { Random } from '../../base/random.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { wellFormed } from '../unicode.ts';

export interface TextLine {
  readonly text: string;
  /** The file, and the line in it from 1; without a file, made from the vocabulary. */
  readonly file?: string;
  readonly line: number;
  /** Share of all that is read, 0 to 1. */
  readonly share: number;
}

/** Longer lines are taken in parts, each a text of its own. */
const longest = 1 << 16;

/** The lines of files; throws the file system's errors, and a ProblemError for what need not end, a named pipe or a device. */
export async function* linesOfFiles(files: readonly string[]): AsyncGenerator<TextLine> {
  let total = 0;
  for (const file of files) {
    const status = await stat(file);
    const waiting = endlessInput(status, file);
    if (waiting !== undefined) throw new ProblemError(waiting);
    total += status.size;
  }
  let read = 0;
  for (const file of files) {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let rest = '';
    let line = 1;
    const take = function* (last: boolean): Generator<TextLine> {
      let from = 0;
      for (;;) {
        const end = rest.indexOf('\n', from);
        let to = end < 0 ? rest.length : end;
        if (to - from > longest) {
          to = from + longest;
          if (/[\ud800-\udbff]/.test(rest[to - 1]!)) to--;
        } else if (end < 0 && !last) break;
        if (to > from || end === to) {
          yield { text: wellFormed(rest.slice(from, to)), file, line, share: Math.min(1, read / Math.max(1, total)) };
        }
        from = to;
        if (to === end) {
          from++;
          line++;
        } else if (from >= rest.length) break;
      }
      rest = rest.slice(from);
    };
    for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
      read += chunk.length;
      rest += decoder.decode(chunk, { stream: true });
      yield* take(false);
    }
    rest += decoder.decode();
    yield* take(true);
  }
}

/** Texts that tokenizers have stumbled over: spaces of all kinds, controls, compositions, emoji, names of special pieces. */
const oddities: readonly string[] = [
  ...['', ' ', '  ', ' a', 'a ', ' a  b ', '\t', '\r', 'a\r', '\0', 'a\0b', '\u0001\u001f\u007f', '\u0080\u009f', '\u00a0', '\u2581'],
  ...['\u2581\u2581a \u2581', '\u3000가\u2003나\u200b다\u200d라\ufeff마', '\u2028\u2029\u0085', '\ufffd', '\uffff', '\u{10ffff}', '\u{1d4b3}'],
  ...['é', 'e\u0301', '한글', '\u1112\u1161\u11ab\u1100\u1173\u11af', '\uac00\u11a8', '햏뷁쀍', '漢字かな交じり', 'ｶﾞ', 'ﬁ', '①', '㎏', 'Å', 'Ａ１！'],
  ...['👩‍👩‍👧‍👦', '🇰🇷🇺🇸', '👍🏽', '☎️', 'שלום', 'مرحبا', 'สวัสดี', 'नमस्ते', 'İıſß', 'ǆ'],
  ...['<unk>', '<s>', '</s>', '<s> a</s>', '<0x0A>', '<0xEA>', '<pad>', '<|endoftext|>', '<|begin_of_text|>a'],
  ...["don't I'LL we've 'S", '3.14159 1,000,000 2023년', 'a\u0300\u0301\u0302\u0303', 'http://x.y/z?q=1&r=%20#t', '{"a": [1, 2]}', '\\n\\t\\\\'],
  ...['a'.repeat(1000), ' '.repeat(1000), '가'.repeat(500), '\u2581'.repeat(300), 'ab '.repeat(400), '🙂'.repeat(300), '='.repeat(999)],
]; // prettier-ignore

/** How many texts of a vocabulary's pieces put together, beside every piece alone and the oddities. */
const combinations = 10_000;

/** Texts made from the vocabulary: each piece alone, pieces and parts of pieces put together, and oddities between them. */
export function* hostileLines(tokenizer: Tokenizer): Generator<TextLine> {
  const all = oddities.length + tokenizer.size + combinations;
  let line = 0;
  const next = (text: string): TextLine => ({
    text: wellFormed(text).replaceAll('\n', ' '),
    line: ++line,
    share: line / all,
  });
  for (const text of oddities) yield next(text);
  const pieces: string[] = [];
  for (let id = 0; id < tokenizer.size; id++) {
    const text = tokenizer.textOf(id) ?? '';
    if (text === '') continue;
    yield next(text);
    pieces.push(text);
  }
  const random = new Random(1, 'hostile lines');
  const oneOf = (texts: readonly string[]): string => texts[random.below(texts.length)] ?? '';
  for (let n = 0; n < combinations; n++) {
    let text = '';
    for (let k = 1 + random.below(12); k > 0; k--) {
      const piece = random.below(16) === 0 ? oneOf(oddities).slice(0, 20) : oneOf(pieces);
      const characters = Array.from(piece);
      const part = random.below(3) === 0 ? characters.slice(random.below(characters.length + 1)).join('') : piece;
      text += part.repeat(random.below(8) === 0 ? 1 + random.below(6) : 1);
      if (random.below(4) === 0) text += ' ';
    }
    yield next(text);
  }
}
