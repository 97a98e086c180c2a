/** `bllossom vocab merge` where the base is a byte-level tokenizer.json: the result is one too. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { makeDirectories } from '../../base/directories.ts';
import { fileProblem } from '../../base/fileProblem.ts';
import { bad, ok, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { inTurns } from '../../base/steps.ts';
import { type ByteLevelModel, createTokenizer, readModelFile } from '../../tokenizers/index.ts';
import { mergeByteLevelInSteps } from '../../vocab/mergeByteLevel.ts';
import type { Recipe } from '../../vocab/recipes.ts';
import { compareTexts, TextComparison } from '../../vocab/textReport.ts';
import type { MergeReportFile } from './vocabMerge.ts';

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
  if ((await stat(file).catch(() => undefined)) !== undefined) {
    return bad('there is a tokenizer already', { file }, 'Choose another --out, or remove it first.');
  }
  const addition = await readModelFile(add);
  if (!addition.ok) return addition;
  work.onProgress({ message: 'merging' });
  const merged = await inTurns(mergeByteLevelInSteps(base, addition.value, recipe, file), work.signal);
  if (!merged.ok) return merged;
  const { model, language } = merged.value;
  const text =
    texts.length === 0
      ? undefined
      : await compareTexts(
          texts,
          new TextComparison(createTokenizer(base), createTokenizer(model), language.marks),
          work,
        );
  const report: MergeReportFile = {
    ...merged.value.report,
    files: { base: base.file, add: addition.value.file, tokenizer: file, tokenizerJson: file },
    ...(text === undefined ? {} : { text }),
  };
  work.onProgress({ message: 'writing' });
  try {
    makeDirectories(out);
    await writeFileAtomic(path.join(out, 'merge-report.json'), `${JSON.stringify(report, null, 2)}\n`);
    // What stands beside the base's file, and names the same special tokens.
    for (const name of ['tokenizer_config.json', 'special_tokens_map.json']) {
      const beside = await readFile(path.join(path.dirname(base.file), name)).catch(() => undefined);
      if (beside !== undefined) await writeFileAtomic(path.join(out, name), beside);
    }
    // The tokenizer last: where it stands, all that belongs to it stands too.
    await writeFileAtomic(file, model.bytes);
  } catch (error) {
    return fileProblem(error, out);
  }
  return ok(report);
}
