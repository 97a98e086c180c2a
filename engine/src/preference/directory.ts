/** A preference directory: made whole, read with all that stands in it, and added to line by line. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { writeDirectoryAtomic, writeFileAtomic } from '../base/atomic.ts';
import { makeDirectories } from '../base/directories.ts';
import { fileProblem, isFileError } from '../base/fileProblem.ts';
import { bad, ok, type Result } from '../base/problem.ts';
import { readAnswerLine, readComparisonFile, readPromptLine, readVerdictLine } from './fields.ts';
import { JsonLinesWriter, readJsonLines } from './jsonLines.ts';
import {
  type Answer,
  type Comparison,
  type ComparisonData,
  type ComparisonResult,
  type Prompt,
  type Rater,
  type Side,
  sides,
  type VerdictLine,
} from './types.ts';

export const comparisonFile = (directory: string): string => path.join(directory, 'prefer.json');
const promptsFile = (directory: string): string => path.join(directory, 'prompts.jsonl');
export const answersFile = (directory: string, side: Side): string => path.join(directory, `answers-${side}.jsonl`);
const resultFile = (directory: string): string => path.join(directory, 'result.json');
const verdictsFolder = (directory: string): string => path.join(directory, 'verdicts');

const prefixes = { person: 'people-', judge: 'judge-' } as const;

/** Where a rater's verdicts stand; a name that no file can bear is a problem. */
export function verdictsFile(directory: string, { kind, name }: Rater): Result<string> {
  const clean = name.normalize('NFC').trim();
  if (!/^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._@+-]*[\p{L}\p{M}\p{N}])?$/u.test(clean) || Buffer.byteLength(clean) > 200)
    return bad(
      `${JSON.stringify(name)} is no name for a file of verdicts`,
      undefined,
      'Write letters and digits, with spaces, points, hyphens and @ between them.',
    );
  return ok(path.join(verdictsFolder(directory), `${prefixes[kind]}${clean}.jsonl`));
}

/** A name that a file of verdicts can bear: what it cannot is replaced by hyphens. */
export function raterName(text: string): string {
  const name = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N} ._@+-]+/gu, '-')
    .slice(0, 60)
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu, '');
  return name === '' ? 'judge' : name;
}

/** Makes the directory with what is compared, and the answers that are there already. A problem where something stands there. */
export async function createComparison(
  directory: string,
  comparison: Comparison,
  prompts: readonly Prompt[],
  answers: Partial<Readonly<Record<Side, readonly Answer[]>>> = {},
): Promise<Result<undefined>> {
  try {
    await writeDirectoryAtomic(directory, async (temporary) => {
      await writeFileAtomic(promptsFile(temporary), jsonLines(prompts));
      for (const side of sides) {
        const given = answers[side];
        if (given !== undefined) await writeFileAtomic(answersFile(temporary, side), jsonLines(given));
      }
      await writeFileAtomic(comparisonFile(temporary), `${JSON.stringify(comparison, undefined, 2)}\n`);
    });
    return ok(undefined);
  } catch (error) {
    return fileProblem(error, directory);
  }
}

export const jsonLines = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

export async function readComparison(directory: string): Promise<Result<ComparisonData>> {
  const file = comparisonFile(directory);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return isFileError(error) && ['ENOENT', 'ENOTDIR'].includes(error.code ?? '')
      ? bad('this is no preference directory: it has no prefer.json', { file: directory }, 'Make one: bllossom prefer.')
      : fileProblem(error, file);
  }
  const comparison = readComparisonFile(text, file);
  if (!comparison.ok) return comparison;
  const prompts = await readJsonLines(promptsFile(directory), readPromptLine);
  if (!prompts.ok) return prompts;
  if (prompts.value.length !== comparison.value.prompts.count)
    return bad(
      `prefer.json counts ${comparison.value.prompts.count} prompts, and here are ${prompts.value.length}`,
      { file: promptsFile(directory) },
      'Make the comparison anew.',
    );
  const a = await readAnswers(directory, 'a');
  if (!a.ok) return a;
  const b = await readAnswers(directory, 'b');
  if (!b.ok) return b;
  const verdicts = await readVerdicts(directory);
  if (!verdicts.ok) return verdicts;
  return ok({
    directory,
    comparison: comparison.value,
    prompts: prompts.value,
    answers: { a: a.value, b: b.value },
    verdicts: verdicts.value,
  });
}

/** By prompt; the last line for a prompt counts. */
async function readAnswers(directory: string, side: Side): Promise<Result<ReadonlyMap<string, Answer>>> {
  const lines = await readJsonLines(answersFile(directory, side), readAnswerLine);
  return lines.ok ? ok(new Map(lines.value.map((answer) => [answer.id, answer]))) : lines;
}

async function readVerdicts(directory: string): Promise<Result<ComparisonData['verdicts']>> {
  let names: string[];
  try {
    names = await readdir(verdictsFolder(directory));
  } catch (error) {
    if (isFileError(error) && error.code === 'ENOENT') return ok([]);
    return fileProblem(error, verdictsFolder(directory));
  }
  const found: { rater: Rater; lines: readonly VerdictLine[] }[] = [];
  for (const kind of ['person', 'judge'] as const) {
    const prefix = prefixes[kind];
    for (const name of names.filter((one) => one.startsWith(prefix) && one.endsWith('.jsonl')).sort()) {
      const lines = await readJsonLines(path.join(verdictsFolder(directory), name), readVerdictLine);
      if (!lines.ok) return lines;
      found.push({
        rater: { kind, name: name.slice(prefix.length, -'.jsonl'.length).normalize('NFC') },
        lines: lines.value,
      });
    }
  }
  return ok(found);
}

/** The writer of one rater's verdicts. Throws the file system's errors. */
export async function openVerdicts(directory: string, rater: Rater): Promise<Result<JsonLinesWriter>> {
  const file = verdictsFile(directory, rater);
  if (!file.ok) return file;
  makeDirectories(verdictsFolder(directory));
  return ok(await JsonLinesWriter.open(file.value));
}

/** Adds one verdict: for people, who give them one at a time. Throws the file system's errors. */
export async function appendVerdict(directory: string, rater: Rater, line: VerdictLine): Promise<Result<undefined>> {
  const writer = await openVerdicts(directory, rater);
  if (!writer.ok) return writer;
  const written = writer.value.append(line);
  await written.finally(() => writer.value.close());
  return ok(undefined);
}

/** Writes result.json; replaces the one before. Throws the file system's errors. */
export async function writeResult(directory: string, result: ComparisonResult): Promise<void> {
  await writeFileAtomic(resultFile(directory), `${JSON.stringify(result, undefined, 2)}\n`);
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
