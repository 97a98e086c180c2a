/** `bllossom lint`: what in files costs tokens for nothing; `--fix` makes the changes that alter nothing that is seen. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { replaceContentAtomic } from '../../base/atomic.ts';
import { fileProblem, endlessInput } from '../../base/fileProblem.ts';
import { bad, ok, type Result } from '../../base/problem.ts';
import { inTurns } from '../../base/steps.ts';
import {
  ConfigFiles,
  fixAll,
  kindOfFile,
  type Layer,
  layerOf,
  lint as lintText,
  type LintInput,
  parseConfig,
  presets,
  settingsOf,
} from '../../lint/index.ts';
import { readTokenizerFile, type Tokenizer } from '../../tokenizers/index.ts';
import type { Command, CommandInput } from '../command.ts';
import { wholeNumber } from '../computeOptions.ts';
import { asJson, asLines, reportOf, type FileReport } from '../lintReport.ts';
import { asSarif } from '../sarif.ts';

export const lint: Command = {
  path: ['lint'],
  summary: 'Find what costs tokens for nothing in prompts, texts and data',
  positionals: 'FILE…',
  options: {
    tokenizer: {
      type: 'string',
      placeholder: 'FILE|DIR',
      description: 'measure what changes save; without it, what needs no tokenizer is told',
    },
    preset: { type: 'string', placeholder: presets.join('|'), description: 'which rules are on, where no file says' },
    config: { type: 'string', placeholder: 'FILE', description: 'rules, in place of the nearest .bllossomlint.json' },
    sarif: { type: 'boolean', description: 'print results as SARIF 2.1.0' },
    'max-warnings': { type: 'string', placeholder: 'N', description: 'fail where there are more warnings' },
    fix: { type: 'boolean', description: 'make the changes that alter nothing that is seen' },
  },
  async run(input) {
    const { values, positionals, json, work, print } = input;
    const options = await readOptions(input);
    if (!options.ok) return options;
    const { tokenizer, most, layers } = options.value;
    const configs = new ConfigFiles();
    const reports: FileReport[] = [];
    for (const [i, file] of positionals.entries()) {
      work.signal.throwIfAborted();
      work.onProgress({ message: `linting ${file}`, fraction: i / positionals.length });
      const layer =
        values['config'] === undefined ? await configs.layerFor(path.resolve(path.dirname(file))) : undefined;
      if (layer?.ok === false) return layer;
      const settings = settingsOf([...layers, ...(layer === undefined ? [] : [layer.value])]);
      const read = await readText(file);
      if (!read.ok) return read;
      const text = { text: read.value, kind: kindOfFile(file), settings, tokenizer };
      const report = await lintOne(file, text, values['fix'] === true, work.signal);
      if (!report.ok) return report;
      reports.push(report.value);
      if (!json && values['sarif'] !== true) for (const line of asLines(report.value)) print(line);
      await input.drained?.();
    }
    const report = reportOf(reports);
    if (values['sarif'] === true) print(JSON.stringify(asSarif(report)));
    else if (json) print(JSON.stringify(asJson(report)));
    else print(report.summary);
    const failed = report.errors > 0 || (most !== undefined && report.warnings > most);
    return ok({ exitCode: failed ? 1 : 0 });
  },
};

interface LintOptions {
  readonly tokenizer: Tokenizer | undefined;
  /** Warnings that are still no failure. */
  readonly most: number | undefined;
  /** What the options say of rules. */
  readonly layers: readonly Layer[];
}

async function readOptions({ values, positionals, json }: CommandInput): Promise<Result<LintOptions>> {
  if (positionals.length === 0)
    return bad('no file is named', undefined, 'Name the files to lint: bllossom lint a.prompt b.md.');
  if (json && values['sarif'] === true)
    return bad('--json and --sarif exclude each other', undefined, 'Leave one out.');
  const { preset, config, tokenizer: place } = values;
  if (preset !== undefined && !presets.some((name) => name === preset))
    return bad(`there is no preset ${JSON.stringify(preset)}`, { name: '--preset' }, `Write ${presets.join(', ')}.`);
  const most = values['max-warnings'] === undefined ? undefined : wholeNumber(values['max-warnings'], '--max-warnings');
  if (most?.ok === false) return most;
  const layers: Layer[] = [layerOf({ preset })];
  if (typeof config === 'string') {
    const text = await readText(config);
    const layer = text.ok ? parseConfig(text.value, config) : text;
    if (!layer.ok) return layer;
    layers.push(layer.value);
  }
  const tokenizer = typeof place === 'string' ? await readTokenizerFile(place) : undefined;
  if (tokenizer?.ok === false) return tokenizer;
  return ok({ tokenizer: tokenizer?.value, most: most?.value, layers });
}

/** UTF-8, a byte order mark kept; what is no UTF-8 is refused: nothing could be said of it, and --fix would write another. */
async function readText(file: string): Promise<Result<string>> {
  try {
    const waiting = endlessInput(await stat(file), file);
    if (waiting !== undefined) return { ok: false, problem: waiting };
    return ok(new TextDecoder('utf-8', { ignoreBOM: true, fatal: true }).decode(await readFile(file)));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError || isTooLong(error))
      return bad('this is no text in UTF-8', { file }, 'Convert it to UTF-8, or leave it out.');
    return fileProblem(error, file);
  }
}

const isTooLong = (error: unknown): boolean =>
  error instanceof Error &&
  ['ERR_STRING_TOO_LONG', 'ERR_FS_FILE_TOO_LARGE'].includes((error as NodeJS.ErrnoException).code ?? '');

async function lintOne(file: string, input: LintInput, fix: boolean, signal: AbortSignal): Promise<Result<FileReport>> {
  if (!fix) return ok({ file, text: input.text, findings: await inTurns(lintText(input), signal), fixed: 0 });
  const fixed = await inTurns(fixAll(input), signal);
  if (fixed.text !== input.text) {
    try {
      await replaceContentAtomic(file, fixed.text);
    } catch (error) {
      return fileProblem(error, file);
    }
  }
  const findings = await inTurns(lintText({ ...input, text: fixed.text }), signal);
  const saved = fixed.saved === undefined ? {} : { saved: fixed.saved };
  return ok({ file, text: fixed.text, findings, fixed: fixed.findings, ...saved });
}
