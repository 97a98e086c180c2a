/** `bllossom tokenize`: the tokens of each line of a file or of standard input, read as it comes. */
import { createReadStream } from 'node:fs';
import { fileProblem } from '../../base/fileProblem.ts';
import { bad, ok } from '../../base/problem.ts';
import { readTokenizerFile, type Tokenizer } from '../../tokenizers/index.ts';
import type { Command } from '../command.ts';

export const tokenize: Command = {
  path: ['tokenize'],
  summary: 'Show the tokens of each line of a text',
  positionals: '[FILE]',
  options: {
    tokenizer: {
      type: 'string',
      placeholder: 'FILE|DIR',
      description: 'SentencePiece .model, byte-level tokenizer.json, or a directory with one',
    },
  },
  async run(input) {
    const { values, positionals, json, work } = input;
    const place = values['tokenizer'];
    if (typeof place !== 'string')
      return bad('the option --tokenizer is missing', undefined, 'Name a .model file or a tokenizer.json.');
    const [file, ...more] = positionals;
    if (more.length > 0) return bad('one file at a time is read', { file: more[0]! }, 'Leave it out.');
    const tokenizer = await readTokenizerFile(place);
    if (!tokenizer.ok) return tokenizer;
    try {
      for await (const line of linesOf(file === undefined ? process.stdin : createReadStream(file))) {
        work.signal.throwIfAborted();
        input.print(json ? asJson(tokenizer.value, line) : asText(tokenizer.value, line));
      }
    } catch (error) {
      if (work.signal.aborted) throw error;
      return fileProblem(error, file ?? 'standard input');
    }
    return ok({ exitCode: 0 });
  },
};

function asJson(tokenizer: Tokenizer, line: string): string {
  const { ids, starts, ends } = tokenizer.encode(line);
  return JSON.stringify({
    ids: Array.from(ids),
    pieces: Array.from(ids, (id) => tokenizer.piece(id).piece),
    spans: Array.from(starts, (start, i) => [start, ends[i]!]),
  });
}

function asText(tokenizer: Tokenizer, line: string): string {
  const { ids } = tokenizer.encode(line);
  return `${ids.length}\t${Array.from(ids, (id) => tokenizer.piece(id).piece).join(' ')}`;
}

/** Lines of UTF-8, ended by \n alone (a \r belongs to its line); what is no UTF-8 becomes U+FFFD. */
export async function* linesOf(source: AsyncIterable<unknown>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let begun: string[] = [];
  const take = function* (text: string): Generator<string> {
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      begun.push(text.slice(from, to));
      yield begun.join('');
      begun = [];
      from = to + 1;
    }
    if (from < text.length) begun.push(text.slice(from));
  };
  for await (const chunk of source) yield* take(decoder.decode(chunk as Uint8Array, { stream: true }));
  yield* take(decoder.decode());
  if (begun.length > 0) yield begun.join('');
}
