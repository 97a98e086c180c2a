/** A comparison by preference in a workspace: prompts, and the answers of both sides as if models had given them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createComparison } from '../../engine/src/preference/index.ts';
import type { Prompt } from '../../engine/src/preference/index.ts';
import { comparison } from '../../engine/src/preference/testing/comparisons.ts';

/** Its directory, `preference/NAME`. `answers`: of each side one a prompt, in their order. */
export async function comparisonFolder(
  workspace: string,
  name: string,
  prompts: readonly Prompt[],
  answers: Readonly<Record<'a' | 'b', readonly string[]>>,
): Promise<string> {
  const at = path.join(workspace, 'preference', name);
  mkdirSync(path.dirname(at), { recursive: true });
  unwrap(await createComparison(at, comparison(prompts.length), prompts));
  for (const side of ['a', 'b'] as const) {
    const lines = prompts.map(({ id }, i) => `${JSON.stringify({ id, text: answers[side][i]! })}\n`);
    writeFileSync(path.join(at, `answers-${side}.jsonl`), lines.join(''));
  }
  return at;
}
