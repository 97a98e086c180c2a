/** What a list says of a comparison by preference. */
import path from 'node:path';
import { outcomes, readComparison, sides } from '../../engine/src/preference/index.ts';
import type { ComparisonData, Rater, VerdictLine } from '../../engine/src/preference/index.ts';
import type { PreferenceInfo } from './protocol.ts';

/** A directory that cannot be read is listed with its problem. */
export async function preferenceInfo(directory: string): Promise<PreferenceInfo> {
  const data = await readComparison(directory);
  if (data.ok) return infoOf(data.value);
  const nothing = { a: 'A', b: 'B', prompts: 0, answered: { a: 0, b: 0 }, makeable: 0, raters: [] };
  return { directory, name: path.basename(directory), ...nothing, problem: data.problem };
}

export function infoOf({ directory, comparison, prompts, answers, verdicts }: ComparisonData): PreferenceInfo {
  const at = Date.parse(comparison.created);
  return {
    directory,
    name: path.basename(directory),
    a: comparison.names.a,
    b: comparison.names.b,
    prompts: prompts.length,
    answered: { a: answers.a.size, b: answers.b.size },
    makeable: sides
      .filter((side) => comparison.sides[side].kind === 'model')
      .reduce((sum, side) => sum + prompts.filter(({ id }) => !answers[side].has(id)).length, 0),
    raters: verdicts.map(({ rater, lines }) => ({ ...rater, verdicts: decided(rater, lines) })),
    ...(Number.isNaN(at) ? {} : { at }),
  };
}

const decided = (rater: Rater, lines: readonly VerdictLine[]): number =>
  [...outcomes(rater, lines).values()].filter(({ choice }) => choice !== undefined).length;
