/** What came of a comparison, for people: the engine's figures, and every prompt with its answers, verdicts and findings. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem } from '../../engine/src/base/fileProblem.ts';
import { ok, type Result } from '../../engine/src/base/problem.ts';
import { languageOfAnswer, outcomes, resultSteps } from '../../engine/src/preference/index.ts';
import type { Language } from '../../engine/src/lint/index.ts';
import type { Answer, ComparisonData, Outcome, Prompt, Side } from '../../engine/src/preference/index.ts';
import type { PreferenceAnswer, PreferenceReport, PreferenceRow, PreferenceVerdict } from './protocol.ts';
import type { Context } from './context.ts';
import { infoOf } from './preferenceInfo.ts';
import { engineWords } from './problemWords.ts';

/** undefined where `wanted` said no before the end. */
export async function preferenceReport(
  data: ComparisonData,
  { slices, language }: Pick<Context, 'slices' | 'language'>,
  wanted: () => boolean,
): Promise<Result<PreferenceReport> | undefined> {
  const result = await slices.run(resultSteps(data), wanted);
  if (result === undefined) return undefined;
  const lines = { a: await answerLines(data.directory, 'a'), b: await answerLines(data.directory, 'b') };
  if (!lines.a.ok) return lines.a;
  if (!lines.b.ok) return lines.b;
  const places = { a: lines.a.value, b: lines.b.value };
  const given = data.verdicts.map(({ rater, lines: all }) => outcomes(rater, all));
  const rows: PreferenceRow[] = [];
  for (const prompt of data.prompts) {
    if (rows.length % 20 === 0) await slices.turn();
    if (!wanted()) return undefined;
    const answer = (side: Side) => answerOf(prompt, data.answers[side].get(prompt.id), places[side].get(prompt.id));
    const [a, b] = [answer('a'), answer('b')];
    rows.push({
      ...prompt,
      ...(a === undefined ? {} : { a }),
      ...(b === undefined ? {} : { b }),
      verdicts: given.map((all) => verdictOf(all.get(prompt.id), language)),
    });
  }
  return ok({ info: infoOf(data), result: result.value, rows });
}

function answerOf(prompt: Prompt, answer: Answer | undefined, line: number | undefined): PreferenceAnswer | undefined {
  if (answer === undefined) return undefined;
  const { script, other } = languageOfAnswer(prompt, answer.text);
  const at = other === undefined ? 0 : Math.round(other * answer.text.length);
  return {
    text: answer.text,
    script,
    ...(answer.tokens === undefined ? {} : { tokens: answer.tokens }),
    ...(answer.error === undefined ? {} : { error: answer.error }),
    ...(line === undefined ? {} : { line }),
    ...(other === undefined ? {} : { finding: at === 0 ? { kind: 'other' } : { kind: 'drifted', at } }),
  };
}

/** null where there is none yet. */
function verdictOf(outcome: Outcome | undefined, language: Language): PreferenceVerdict | null {
  if (outcome === undefined) return null;
  const { choice, verdicts, error, flipped } = outcome;
  if (choice === undefined)
    return error === undefined ? null : { outcome: 'error', reason: engineWords(language, error) };
  const reasons = [verdicts.ab?.reason, verdicts.ba?.reason].filter((reason) => reason !== undefined);
  return {
    outcome: choice === 'a' ? 'win' : choice === 'b' ? 'lose' : 'tie',
    ...(flipped ? { flipped } : {}),
    ...(reasons.length === 0 ? {} : { reason: reasons.join(' · ') }),
  };
}

/** The line of each prompt's answer in its file, from 1: the last one counts. */
async function answerLines(directory: string, side: Side): Promise<Result<ReadonlyMap<string, number>>> {
  const file = path.join(directory, `answers-${side}.jsonl`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? ok(new Map()) : fileProblem(error, file);
  }
  const found = new Map<string, number>();
  for (const [i, line] of text.split('\n').entries()) {
    const id = idOf(line);
    if (id !== undefined) found.set(id, i + 1);
  }
  return ok(found);
}

function idOf(line: string): string | undefined {
  try {
    const value = JSON.parse(line) as { readonly id?: unknown } | null;
    return typeof value?.id === 'string' ? value.id : undefined;
  } catch {
    return undefined; // half a line, at the end of a file that is being written
  }
}
