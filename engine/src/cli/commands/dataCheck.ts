/** `bllossom data check`: rows of instruction data that a training would refuse, or learn the wrong thing from. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem } from '../../base/fileProblem.ts';
import { plural } from '../../base/plural.ts';
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
} from '../../instructions/index.ts';
import { ConfigFiles, type Layer, layerOf, parseConfig, presets, settingsOf } from '../../lint/index.ts';
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
    preset: { type: 'string', placeholder: presets.join('|'), description: 'which rules are on, where no file says' },
    config: { type: 'string', placeholder: 'FILE', description: 'rules, in place of the nearest .bllossomlint.json' },
    'max-warnings': { type: 'string', placeholder: 'N', description: 'fail where there are more warnings' },
  },
  async run(input) {
    const { values, positionals, json, work, print } = input;
    const read = await readOptions(input);
    if (!read.ok) return read;
    const { options, most, layers } = read.value;
    const configs = new ConfigFiles();
    const files: unknown[] = [];
    const count = { error: 0, warning: 0, information: 0, hint: 0 };
    for (const [i, file] of positionals.entries()) {
      work.signal.throwIfAborted();
      work.onProgress({ message: `checking ${file}`, fraction: i / positionals.length });
      const layer =
        values['config'] === undefined ? await configs.layerFor(path.resolve(path.dirname(file))) : undefined;
      if (layer?.ok === false) return layer;
      const { rows: severities } = settingsOf([...layers, ...(layer === undefined ? [] : [layer.value])]);
      let text: string;
      try {
        text = await readWhole(file, { signal: work.signal });
      } catch (error) {
        if (error instanceof ProblemError) return { ok: false, problem: error.problem };
        throw error;
      }
      const kind = /\.json(\.gz)?$/i.test(file) ? 'json' : 'jsonl';
      const checked = new InstructionText(kind, text);
      const findings = await inTurns(checked.check(options, { all: true, severities }), work.signal);
      if (checked.rows === 0)
        return bad(
          kind === 'json' ? 'an array of rows is wanted in a .json file' : 'the file has no rows',
          { file },
          'Name it .jsonl if it is an object a line.',
        );
      const lines = new Lines(text);
      for (const { severity } of findings) count[severity]++;
      if (json) files.push({ file, rows: checked.rows, findings: findings.map((found) => asJson(found, lines)) });
      else for (const found of findings) print(asLine(file, found, lines));
      await input.drained?.();
    }
    const { error: errors, warning: warnings } = count;
    if (json) print(JSON.stringify({ files, errors, warnings }));
    else print(`${plural(errors, 'error')}, ${plural(warnings, 'warning')} in ${plural(positionals.length, 'file')}`);
    return ok({ exitCode: errors > 0 || (most !== undefined && warnings > most) ? 1 : 0 });
  },
};

interface CheckOptions {
  readonly options: RowOptions;
  /** Warnings that are still no failure. */
  readonly most: number | undefined;
  /** What the options say of rules. */
  readonly layers: readonly Layer[];
}

async function readOptions({ values, positionals }: CommandInput): Promise<Result<CheckOptions>> {
  if (positionals.length === 0)
    return bad('no file is named', undefined, 'Name the files to check: bllossom data check a.jsonl b.json.');
  const { template = 'auto', tokenizer: place } = values;
  if (template !== 'auto' && !isTemplateName(template))
    return bad(`there is no template ${JSON.stringify(template)}`, { name: '--template' }, `Known are auto, ${templateNames.join(', ')}.`); // prettier-ignore
  const length = values['length'] === undefined ? undefined : wholeNumber(values['length'], '--length');
  if (length?.ok === false) return length;
  const most = values['max-warnings'] === undefined ? undefined : wholeNumber(values['max-warnings'], '--max-warnings');
  if (most?.ok === false) return most;
  const { preset, config } = values;
  if (preset !== undefined && !presets.some((name) => name === preset))
    return bad(`there is no preset ${JSON.stringify(preset)}`, { name: '--preset' }, `Write ${presets.join(', ')}.`);
  const layers: Layer[] = [layerOf({ preset })];
  if (typeof config === 'string') {
    const layer = await readConfig(config);
    if (!layer.ok) return layer;
    layers.push(layer.value);
  }
  const tokenizer = typeof place === 'string' ? await readTokenizerFile(place) : undefined;
  if (tokenizer?.ok === false) return tokenizer;
  const options: RowOptions = {
    template,
    length: length?.value ?? defaultRowOptions.length,
    tokenizer: tokenizer?.value,
  };
  return ok({ options, most: most?.value, layers });
}

async function readConfig(file: string): Promise<Result<Layer>> {
  try {
    return parseConfig(await readFile(file, 'utf8'), file);
  } catch (error) {
    return fileProblem(error, file);
  }
}

/** `a.jsonl:3:12: warning row-empty: The answer is empty`. */
function asLine(file: string, found: InstructionFinding, lines: Lines): string {
  const { line, column } = lines.at(found.start);
  return oneLine(`${file}:${line}:${column}: ${found.severity} ${found.rule}: ${rowMessage(found, 'en')}`);
}

/** Lines and columns from 1, columns in UTF-16 units of the file's text. */
function asJson(found: InstructionFinding, lines: Lines): unknown {
  const [start, end] = [lines.at(found.start), lines.at(found.end)];
  return {
    rule: found.rule,
    severity: found.severity,
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
