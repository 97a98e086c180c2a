/** `bllossom eval`: scores a model on evaluation tasks. */
import { type Result, bad, ok } from '../../base/problem.ts';
import { scorePrepared } from '../../evaluation/evaluate.ts';
import { prepareEvaluation } from '../../evaluation/prepare.ts';
import type { EvaluationRequest } from '../../evaluation/request.ts';
import type { Figures } from '../../evaluation/answerTask.ts';
import { tasks } from '../../evaluation/tasks.ts';
import { openModel } from '../../generation/openModel.ts';
import type { Command, CommandInput } from '../command.ts';
import { computeOptions, needed, wholeNumber } from '../computeOptions.ts';
import { modelOptions, readModelOptions } from '../modelOptions.ts';

export const evaluate: Command = {
  path: ['eval'],
  summary: 'Score a model on evaluation tasks',
  options: {
    ...modelOptions,
    tasks: { type: 'string', placeholder: 'A,B', description: tasks.map((task) => task.name).join(', ') },
    data: { type: 'string', placeholder: 'DIR', description: "the directory with the tasks' files" },
    split: { type: 'string', placeholder: 'dev|test', description: 'test where its file is there, else dev' },
    limit: { type: 'string', placeholder: 'N', description: 'the first N rows in file order' },
    shots: { type: 'string', placeholder: 'K', description: 'solved examples before each question; 0 by default' },
    seed: { type: 'string', placeholder: 'N', description: 'draws the examples' },
    out: { type: 'string', placeholder: 'DIR', description: 'where results.json goes; must not hold one' },
    ...computeOptions,
  },
  async run(input) {
    const { values, json, work } = input;
    const asked = readModelOptions(values);
    if (!asked.ok) return asked;
    const request = readRequest(values);
    if (!request.ok) return request;
    // What is wrong with the request is told before a large model is read.
    const prepared = await prepareEvaluation(request.value);
    if (!prepared.ok) return prepared;
    const { choice, options } = asked.value;
    const opened = await openModel(choice, options, work);
    if (!opened.ok) return opened;
    try {
      const { session, tokenizer, eosIds, backend: taken } = opened.value;
      if (!tokenizer.ok) return tokenizer;
      const all = { ...request.value, ...opened.value.choice, backend: taken, eosIds };
      const answer = await scorePrepared(prepared.value, all, session, tokenizer.value, work);
      if (!answer.ok) return answer;
      if (json) input.print(JSON.stringify(answer.value));
      else for (const [task, figures] of Object.entries(answer.value.results)) input.print(line(task, figures));
      return ok({ exitCode: 0 });
    } finally {
      opened.value.dispose();
    }
  },
};

function readRequest(values: CommandInput['values']): Result<EvaluationRequest> {
  const names = needed(values, 'tasks');
  if (!names.ok) return names;
  const data = needed(values, 'data');
  if (!data.ok) return data;
  const out = needed(values, 'out');
  if (!out.ok) return out;
  const numbers: { limit?: number; shots?: number; seed?: number } = {};
  for (const [name, least] of [
    ['limit', 1],
    ['shots', 0],
    ['seed', 0],
  ] as const) {
    if (values[name] === undefined) continue;
    const number = wholeNumber(values[name], `--${name}`, least);
    if (!number.ok) return number;
    numbers[name] = number.value;
  }
  const { split } = values;
  const list = names.value.split(',').map((name) => name.trim());
  if (list.includes(''))
    return bad('an empty task name', { name: '--tasks' }, 'Write them so: --tasks klue_nli,kobest_copa.');
  return ok({
    tasks: list,
    data: data.value,
    out: out.value,
    ...(typeof split === 'string' ? { split } : {}),
    ...numbers,
  });
}

/** `kobest_copa       acc 0.4667  macro_f1 0.4643  (60 rows)` */
function line(task: string, { n, ...metrics }: Figures): string {
  const list = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  return `${task.padEnd(16)}  ${list.join('  ')}  (${n} rows)`;
}
