/** `bllossom score`: the log-likelihood of each token in rows of ids, or bits per byte of texts. */
import { plural } from '../../base/plural.ts';
import { ProblemError, type Result, bad, ok } from '../../base/problem.ts';
import { readRecords } from '../../data/records.ts';
import { rates, scoreTexts, type TextScore, total } from '../../evaluation/textScore.ts';
import { noNumber } from '../../generation/continuation.ts';
import { type OpenModel, openModel } from '../../generation/openModel.ts';
import type { InferenceSession } from '../../model/sessions.ts';
import type { Command, CommandInput } from '../command.ts';
import { computeOptions, needed } from '../computeOptions.ts';
import { modelOptions, readModelOptions } from '../modelOptions.ts';

/** Rows scored at once: enough to fill a batch, few enough that answers come as it goes. */
const rowsAtOnce = 32;

export const score: Command = {
  path: ['score'],
  summary: 'Score rows of token ids (log-likelihoods, mean loss) or texts (bits per byte)',
  options: {
    ...modelOptions,
    ids: { type: 'string', placeholder: 'FILE', description: 'JSON lines {"ids":[1,5,7]}' },
    text: {
      type: 'string',
      placeholder: 'FILE',
      description: 'in place of --ids: .txt, a text a line, or .jsonl with "text"',
    },
    ...computeOptions,
  },
  async run({ values, json, work, print }) {
    const { text } = values;
    if (typeof text === 'string' && values['ids'] !== undefined)
      return bad('both --ids and --text are given', { name: '--text' }, 'Leave one of them out.');
    const asked = readModelOptions(values);
    if (!asked.ok) return asked;
    const file = typeof text === 'string' ? ok(text) : needed(values, 'ids');
    if (!file.ok) return file;
    const opened = await openModel(asked.value.choice, asked.value.options, work);
    if (!opened.ok) return opened;
    try {
      if (typeof text === 'string') return await scoreFile(text, opened.value, { json, work, print });
      const rows = await readRows(file.value, opened.value.session);
      if (!rows.ok) return rows;
      for (let first = 0; first < rows.value.length; first += rowsAtOnce) {
        work.signal.throwIfAborted();
        const answers = await opened.value.session.logLikelihoods(
          rows.value.slice(first, first + rowsAtOnce),
          work.signal,
        );
        if (answers.some((row) => row.some(Number.isNaN))) return { ok: false, problem: noNumber };
        for (const row of answers) {
          const logLikelihoods = Array.from(row);
          const loss = -logLikelihoods.reduce((sum, value) => sum + value, 0) / logLikelihoods.length;
          print(
            json
              ? JSON.stringify({ loss, logLikelihoods })
              : `loss ${loss.toFixed(4)} over ${plural(row.length, 'token')}`,
          );
        }
        work.onProgress({ message: 'scoring', fraction: Math.min(1, (first + rowsAtOnce) / rows.value.length) });
      }
      return ok({ exitCode: 0 });
    } finally {
      opened.value.dispose();
    }
  },
};

/** Scores each text of a file and tells the whole at the end. */
async function scoreFile(
  file: string,
  { session, tokenizer }: OpenModel,
  { json, work, print }: Pick<CommandInput, 'json' | 'work' | 'print'>,
): ReturnType<Command['run']> {
  if (!tokenizer.ok) return tokenizer;
  const bos = tokenizer.value.bosId;
  if (bos === undefined)
    return bad(
      'the tokenizer has no BOS, and texts begin with it',
      { name: '--text' },
      'Score rows of ids: --ids FILE.',
    );
  const read = await readTexts(file);
  if (!read.ok) return read;
  const texts = read.value;
  const scores: TextScore[] = [];
  for (let first = 0; first < texts.length; first += rowsAtOnce) {
    work.signal.throwIfAborted();
    const some = await scoreTexts(session, tokenizer.value, bos, texts.slice(first, first + rowsAtOnce), work.signal);
    if (some.some(({ nats }) => Number.isNaN(nats))) return { ok: false, problem: noNumber };
    for (const score of json ? some : [])
      print(JSON.stringify({ tokens: score.tokens, bytes: score.bytes, ...rates(score) }));
    scores.push(...some);
    work.onProgress({ message: 'scoring', fraction: Math.min(1, (first + rowsAtOnce) / texts.length) });
  }
  const whole = total(scores);
  const { loss, bitsPerByte } = rates(whole);
  print(
    json
      ? JSON.stringify({ texts: texts.length, tokens: whole.tokens, bytes: whole.bytes, loss, bitsPerByte })
      : `${bitsPerByte.toFixed(4)} bits per byte over ${plural(texts.length, 'text')} of ${plural(whole.bytes, 'byte')}; ` +
          `loss ${loss.toFixed(4)} over ${plural(whole.tokens, 'token')}`,
  );
  return ok({ exitCode: 0 });
}

async function readTexts(file: string): Promise<Result<string[]>> {
  const texts: string[] = [];
  try {
    for await (const record of readRecords(file)) {
      if (record.type !== 'text') return bad('it is not a text', record.where, 'Write {"text": "…"} a line.');
      if (record.text !== '') texts.push(record.text);
    }
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
  return texts.length === 0 ? bad('there are no texts in it', { file }, 'Write a text a line.') : ok(texts);
}

async function readRows(file: string, session: InferenceSession): Promise<Result<(readonly number[])[]>> {
  const rows: (readonly number[])[] = [];
  try {
    for await (const record of readRecords(file, {}, 'jsonl')) {
      const { where } = record;
      if (record.type !== 'ids') return bad('it is not a row of ids', where, 'Write {"ids":[1,5,7]} a line.');
      const outside = record.ids.find((id) => id < 0 || id >= session.vocabularySize);
      if (outside !== undefined) {
        const remedy = `Ids run from 0 to ${session.vocabularySize - 1}.`;
        return bad(`id ${outside} is outside the model's vocabulary`, where, remedy);
      }
      const most = session.contextLength + 1; // the last is predicted and never read
      if (record.ids.length > most) {
        return bad(`the row has ${record.ids.length} ids, and the model sees ${most} at most`, where, 'Cut the row.');
      }
      rows.push(record.ids);
    }
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
  return rows.length === 0 ? bad('there are no rows in it', { file }, 'Write {"ids":[1,5,7]} a line.') : ok(rows);
}
