/** `bllossom score`: the log-likelihood of each token in rows of ids. */
import { ProblemError, type Result, bad, ok } from '../../base/problem.ts';
import { readRecords } from '../../data/records.ts';
import { openModel } from '../../generation/openModel.ts';
import type { InferenceSession } from '../../model/sessions.ts';
import type { Command } from '../command.ts';
import { computeOptions, needed } from '../computeOptions.ts';
import { modelOptions, readModelOptions } from '../modelOptions.ts';

/** Rows scored at once: enough to fill a batch, few enough that answers come as it goes. */
const rowsAtOnce = 32;

export const score: Command = {
  path: ['score'],
  summary: 'Score rows of token ids: the log-likelihood of each, and the mean loss',
  options: {
    ...modelOptions,
    ids: { type: 'string', placeholder: 'FILE', description: 'JSON lines {"ids":[1,5,7]}' },
    ...computeOptions,
  },
  async run({ values, json, work, print }) {
    const asked = readModelOptions(values);
    if (!asked.ok) return asked;
    const file = needed(values, 'ids');
    if (!file.ok) return file;
    const opened = await openModel(asked.value.choice, asked.value.options, work);
    if (!opened.ok) return opened;
    try {
      const rows = await readRows(file.value, opened.value.session);
      if (!rows.ok) return rows;
      for (let first = 0; first < rows.value.length; first += rowsAtOnce) {
        work.signal.throwIfAborted();
        const answers = await opened.value.session.logLikelihoods(rows.value.slice(first, first + rowsAtOnce));
        for (const row of answers) {
          const logLikelihoods = Array.from(row);
          const loss = -logLikelihoods.reduce((sum, value) => sum + value, 0) / logLikelihoods.length;
          print(json ? JSON.stringify({ loss, logLikelihoods }) : `loss ${loss.toFixed(4)} over ${row.length} tokens`);
        }
        work.onProgress({ message: 'scoring', fraction: Math.min(1, (first + rowsAtOnce) / rows.value.length) });
      }
      return ok({ exitCode: 0 });
    } finally {
      opened.value.dispose();
    }
  },
};

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
