/**
 * Texts that say the same in two languages, as pairs of lines: a JSON lines file with a field for each language, or two text
 * files that go line by line. Which side the new vocabulary was made for is found by its tokens, so no language is named.
 */
import { readLines } from '../../data/lines.ts';
import { bad, ProblemError, type Result, ok } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import type { Tokenizer } from '../../tokenizers/index.ts';
import type { TokenPair } from './alignment.ts';

/** A row of texts that belong together, by field. */
type Row = Readonly<Record<string, string>>;

export interface ParallelText {
  /** The fields that are read: JSON fields, or the names of the files. */
  readonly fresh: string;
  readonly old: string;
  pairs(): AsyncGenerator<TokenPair>;
}

const remedy =
  'Give JSON lines with a field for each language ({"ko": "…", "en": "…"}), or two text files that go line by line.';
/** Rows that are looked at to find which field is which. */
const sampled = 500;

/** Opens one JSON lines file, or two text files; `first` is the id from which on pieces are new. */
export async function openParallelText(
  files: readonly string[],
  before: Tokenizer,
  after: Tokenizer,
  first: number,
  work: Work = {},
): Promise<Result<ParallelText>> {
  const [file, second, ...more] = files;
  if (file === undefined || more.length > 0)
    return bad(`${files.length} files were given`, { name: '--parallel' }, remedy);
  const quiet: Work = work.signal === undefined ? {} : { signal: work.signal };
  const rows = () => (second === undefined ? jsonRows(file, quiet) : lineRows(file, second, quiet));
  try {
    const fields = await findFields(rows(), after, first);
    if (fields === undefined)
      return bad(
        'no two texts in it say the same, with pieces in one of them that are new',
        { file, name: '--parallel' },
        remedy,
      );
    const { fresh, old } = fields;
    return ok({
      fresh,
      old,
      async *pairs() {
        for await (const row of rows()) {
          const [a, b] = [row[fresh], row[old]];
          if (a === undefined || b === undefined) continue;
          yield { fresh: after.encode(a).ids, old: before.encode(b).ids };
        }
      },
    });
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** The field with the largest share of new pieces, and of the others the one with the most text. */
async function findFields(rows: AsyncGenerator<Row>, after: Tokenizer, first: number) {
  const fields = new Map<string, { tokens: number; fresh: number; text: number }>();
  let seen = 0;
  for await (const row of rows) {
    for (const [name, text] of Object.entries(row)) {
      const field = fields.get(name) ?? { tokens: 0, fresh: 0, text: 0 };
      fields.set(name, field);
      const { ids } = after.encode(text);
      field.tokens += ids.length;
      field.text += text.length;
      for (const id of ids) if (id >= first) field.fresh++;
    }
    if (++seen === sampled) break;
  }
  const named = [...fields].map(([name, field]) => ({
    name,
    ...field,
    share: field.fresh / Math.max(1, field.tokens),
  }));
  const [fresh] = named.sort((a, b) => b.share - a.share);
  const [old] = named.filter((field) => field !== fresh).sort((a, b) => b.text - a.text);
  return fresh === undefined || old === undefined || fresh.fresh === 0
    ? undefined
    : { fresh: fresh.name, old: old.name };
}

async function* jsonRows(file: string, work: Work): AsyncGenerator<Row> {
  for await (const { number, text } of readLines(file, work)) {
    if (text.trim() === '') continue;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      throw new ProblemError(
        bad(`this is not JSON (${(error as Error).message})`, { file, line: number }, remedy).problem,
      );
    }
    if (typeof json !== 'object' || json === null)
      throw new ProblemError(bad('this is no JSON object', { file, line: number }, remedy).problem);
    yield Object.fromEntries(
      Object.entries(json).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  }
}

async function* lineRows(first: string, second: string, work: Work): AsyncGenerator<Row> {
  if (first === second)
    throw new ProblemError(bad('the same file was given twice', { file: first, name: '--parallel' }, remedy).problem);
  const [a, b] = [readLines(first, work), readLines(second, work)];
  try {
    for (;;) {
      const [x, y] = [await a.next(), await b.next()];
      if (x.done === true && y.done === true) return;
      if (x.done === true || y.done === true) {
        const [short, long] = x.done === true ? [first, second] : [second, first];
        throw new ProblemError(
          bad(`it ends before ${long}, so the lines do not belong together`, { file: short }, remedy).problem,
        );
      }
      yield { [first]: x.value.text, [second]: y.value.text };
    }
  } finally {
    await a.return(undefined);
    await b.return(undefined);
  }
}
