/** `bllossom data check`: rows of instruction data that a training would refuse, or learn the wrong thing from. */
import { oneLine, bad, ok, ProblemError, type Result } from '../../base/problem.ts';
import { inTurns } from '../../base/steps.ts';
import { readWhole } from '../../data/lines.ts';
import { isTemplateName, templateNames } from '../../data/templates.ts';
import {
  defaultRowOptions,
  type InstructionFinding,
  InstructionText,
  rowMessage,
  type RowOptions,
  rowRuleOf,
} from '../../instructions/index.ts';
import { readTokenizerFile } from '../../tokenizers/index.ts';
import type { Command, CommandInput } from '../command.ts';
import { wholeNumber } from '../computeOptions.ts';
import { Lines } from '../lintReport.ts';

export const dataCheck: Command = {
  path: ['data', 'check'],
  summary: 'Find faulty rows in instruction data: fields, duplicates, languages, torn and long answers',
  positionals: 'FILE…',
  options: {
    tokenizer: { type: 'string', placeholder: 'FILE|DIR', description: 'tell rows that are too long under it' },
    template: {
      type: 'string',
      placeholder: ['auto', ...templateNames].join('|'),
      description: 'whose words stand around a row (auto: alpaca, and llama2-chat for what it has no place for)',
    },
    length: { type: 'string', placeholder: 'N', description: 'tokens that a training reads of a row (2048)' },
    'max-warnings': { type: 'string', placeholder: 'N', description: 'fail where there are more warnings' },
  },
  async run(input) {
    const { positionals, json, work, print } = input;
    const read = await readOptions(input);
    if (!read.ok) return read;
    const { options, most } = read.value;
    const files: unknown[] = [];
    const count = { error: 0, warning: 0, information: 0, hint: 0 };
    for (const [i, file] of positionals.entries()) {
      work.signal.throwIfAborted();
      work.onProgress({ message: `checking ${file}`, fraction: i / positionals.length });
      let text: string;
      try {
        text = await readWhole(file, { signal: work.signal });
      } catch (error) {
        if (error instanceof ProblemError) return { ok: false, problem: error.problem };
        throw error;
      }
      const kind = /\.json(\.gz)?$/i.test(file) ? 'json' : 'jsonl';
      const checked = new InstructionText(kind, text);
      const findings = await inTurns(checked.check(options, { all: true }), work.signal);
      if (checked.rows === 0)
        return bad(
          kind === 'json' ? 'an array of rows is wanted in a .json file' : 'the file has no rows',
          { file },
          'Name it .jsonl if it is an object a line.',
        );
      const lines = new Lines(text);
      for (const { rule } of findings) count[rowRuleOf(rule).severity]++;
      if (json) files.push({ file, rows: checked.rows, findings: findings.map((found) => asJson(found, lines)) });
      else for (const found of findings) print(asLine(file, found, lines));
      await input.drained?.();
    }
    const { error: errors, warning: warnings } = count;
    if (json) print(JSON.stringify({ files, errors, warnings }));
    else print(`${errors} errors, ${warnings} warnings in ${positionals.length} files`.replace(/\b1 (\w+)s/g, '1 $1'));
    return ok({ exitCode: errors > 0 || (most !== undefined && warnings > most) ? 1 : 0 });
  },
};

async function readOptions({
  values,
  positionals,
}: CommandInput): Promise<Result<{ readonly options: RowOptions; readonly most: number | undefined }>> {
  if (positionals.length === 0)
    return bad('no file is named', undefined, 'Name the files to check: bllossom data check a.jsonl b.json.');
  const { template = 'auto', tokenizer: place } = values;
  if (template !== 'auto' && !isTemplateName(template))
    return bad(`there is no template ${JSON.stringify(template)}`, { name: '--template' }, `Known are auto, ${templateNames.join(', ')}.`); // prettier-ignore
  const length = values['length'] === undefined ? undefined : wholeNumber(values['length'], '--length');
  if (length?.ok === false) return length;
  const most = values['max-warnings'] === undefined ? undefined : wholeNumber(values['max-warnings'], '--max-warnings');
  if (most?.ok === false) return most;
  const tokenizer = typeof place === 'string' ? await readTokenizerFile(place) : undefined;
  if (tokenizer?.ok === false) return tokenizer;
  const options: RowOptions = {
    template,
    length: length?.value ?? defaultRowOptions.length,
    tokenizer: tokenizer?.value,
  };
  return ok({ options, most: most?.value });
}

/** `a.jsonl:3:12: warning row-empty: The answer is empty`. */
function asLine(file: string, found: InstructionFinding, lines: Lines): string {
  const { line, column } = lines.at(found.start);
  return oneLine(
    `${file}:${line}:${column}: ${rowRuleOf(found.rule).severity} ${found.rule}: ${rowMessage(found, 'en')}`,
  );
}

/** Lines and columns from 1, columns in UTF-16 units of the file's text. */
function asJson(found: InstructionFinding, lines: Lines): unknown {
  const [start, end] = [lines.at(found.start), lines.at(found.end)];
  return {
    rule: found.rule,
    severity: rowRuleOf(found.rule).severity,
    message: rowMessage(found, 'en'),
    row: found.row,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    start: found.start,
    end: found.end,
  };
}
