/** `bllossom vocab merge` where the base is a byte-level tokenizer.json: the result is one too. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { inTurns } from '../../base/steps.ts';
import { type ByteLevelModel, readModelFile } from '../../tokenizers/index.ts';
import { mergeByteLevelInSteps } from '../../vocab/mergeByteLevel.ts';
import type { Recipe } from '../../vocab/recipes.ts';
import { type MergeReportFile, textReportOf, writeMerge } from './mergeOutput.ts';

export interface ByteLevelMergeOptions {
  readonly base: ByteLevelModel;
  /** A vocabulary of any kind. */
  readonly add: string;
  readonly recipe: Recipe;
  readonly out: string;
  readonly texts: readonly string[];
}

export async function mergeIntoByteLevel(
  { base, add, recipe, out, texts }: ByteLevelMergeOptions,
  work: Required<Work>,
): Promise<Result<MergeReportFile>> {
  const file = path.join(out, 'tokenizer.json');
  const addition = await readModelFile(add);
  if (!addition.ok) return addition;
  work.onProgress({ message: 'merging' });
  const merged = await inTurns(mergeByteLevelInSteps(base, addition.value, recipe, file), work.signal);
  if (!merged.ok) return merged;
  const { model, language } = merged.value;
  const text = await textReportOf(texts, { base, model, language }, work);
  const report: MergeReportFile = {
    ...merged.value.report,
    files: { base: base.file, add: addition.value.file, tokenizer: file, tokenizerJson: file },
    ...(text === undefined ? {} : { text }),
  };
  work.onProgress({ message: 'writing' });
  // What stands beside the base's file, and names the same special tokens.
  const beside = await Promise.all(
    (['special_tokens_map.json', 'tokenizer_config.json'] as const).map(async (name) => {
      const content = await readFile(path.join(path.dirname(base.file), name)).catch(() => undefined);
      return content === undefined ? [] : [[name, content] as const];
    }),
  );
  return writeMerge(out, report, [...beside.flat(), ['tokenizer.json', model.bytes]]);
}
