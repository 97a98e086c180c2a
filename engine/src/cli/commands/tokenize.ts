/** `bllossom tokenize`: the tokens of each line of a file or of standard input, read as it comes. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileProblem, endlessInput } from '../../base/fileProblem.ts';
import { bad, ok } from '../../base/problem.ts';
import { LineCutter } from '../../data/lineCutter.ts';
import { type Encoding, readTokenizerFile, type Tokenizer } from '../../tokenizers/index.ts';
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
      const waiting = file === undefined ? undefined : endlessInput(await stat(file), file);
      if (waiting !== undefined) return { ok: false, problem: waiting };
      for await (const line of linesOf(file === undefined ? process.stdin : createReadStream(file), file)) {
        work.signal.throwIfAborted();
        const encoding = tokenizer.value.encode(line);
        let told = '';
        for (const part of json ? asJson(tokenizer.value, encoding) : asText(tokenizer.value, encoding)) {
          told += part;
          if (told.length < longestPart) continue;
          input.print(told, '');
          told = '';
          await input.drained?.();
        }
        input.print(told);
        await input.drained?.();
      }
    } catch (error) {
      if (work.signal.aborted) throw error;
      return fileProblem(error, file ?? 'standard input');
    }
    return ok({ exitCode: 0 });
  },
};

/** UTF-16 units from which on a line is written in parts. */
const longestPart = 1 << 20;

/** Tokens that are put into words at once: of a line of millions, the whole would be longer than a string can be. */
const atOnce = 1 << 16;

function* asJson(tokenizer: Tokenizer, { ids, starts, ends }: Encoding): Generator<string> {
  yield '{"ids":[';
  yield* listed(ids, (id) => String(id), ',');
  yield '],"pieces":[';
  yield* listed(ids, (id) => JSON.stringify(tokenizer.piece(id).piece), ',');
  yield '],"spans":[';
  yield* listed(ids, (_, i) => `[${starts[i]!},${ends[i]!}]`, ',');
  yield ']}';
}

function* asText(tokenizer: Tokenizer, { ids }: Encoding): Generator<string> {
  yield `${ids.length}\t`;
  yield* listed(ids, (id) => tokenizer.piece(id).piece, ' ');
}

function* listed(ids: Encoding['ids'], told: (id: number, i: number) => string, between: string): Generator<string> {
  for (let from = 0; from < ids.length; from += atOnce) {
    const part = Array.from(ids.subarray(from, from + atOnce), (id, k) => told(id, from + k));
    yield (from === 0 ? '' : between) + part.join(between);
  }
}

/** Lines of UTF-8, ended by \n alone (a \r belongs to its line); what is no UTF-8 becomes U+FFFD. */
export async function* linesOf(source: AsyncIterable<unknown>, file = 'standard input'): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const cutter = new LineCutter(file);
  for await (const chunk of source) yield* cutter.take(decoder.decode(chunk as Uint8Array, { stream: true }));
  yield* cutter.take(decoder.decode());
  yield* cutter.end();
}
