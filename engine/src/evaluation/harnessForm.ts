/**
 * What lm-evaluation-harness (0.4 and later) calls things in its files, beside this project's own names: tables, viewers and
 * scripts that read its results read these as well. Metrics keep their names: `f1` is that of one class here, where the harness's KoBEST
 * tasks call so what is `macro_f1`.
 */
import { createHash } from 'node:crypto';
import type { Figures } from './answerTask.ts';

/** Answers are taken as they come, by the filter of this name. */
const filter = 'none';

/** `{alias, 'acc,none': 0.47, 'acc_stderr,none': 0.06}`; `N/A` where there is no standard error, as the harness has it. */
export function harnessFigures(
  task: string,
  figures: Figures,
  stderr: Readonly<Record<string, number>>,
): Record<string, number | string> {
  return {
    alias: task,
    ...Object.fromEntries(
      Object.entries(figures)
        .filter(([name]) => name !== 'n')
        .flatMap(([name, value]) => [
          [`${name},${filter}`, value],
          [`${name}_stderr,${filter}`, stderr[name] ?? 'N/A'],
        ]),
    ),
  };
}

/** Of a row: what it was filtered by, which figures it has, and hashes that tell two rows to be asked alike. */
export const harnessRow = (prompt: string, target: number | string, metrics: readonly string[]): object => ({
  filter,
  metrics,
  prompt_hash: sha256(prompt),
  target_hash: sha256(String(target)),
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
