/** `bllossom vocab merge`: a base vocabulary and an addition become one, with a report of what that did. */
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem } from '../../base/fileProblem.ts';
import { bad, ok, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { inTurns } from '../../base/steps.ts';
import { readModelFile, readSentencePieceFile } from '../../tokenizers/index.ts';
import { tokenizerConfig } from '../../tokenizers/tokenizerJsonWriter.ts';
import { mergeInSteps } from '../../vocab/merge.ts';
import { mergeSummary } from '../../vocab/mergeSummary.ts';
import { defaultRecipe, recipeOf, recipes } from '../../vocab/recipes.ts';
import type { Command } from '../command.ts';
import { needed } from '../computeOptions.ts';
import { type MergeReportFile, refuseTaken, textReportOf, writeMerge } from './mergeOutput.ts';
import { mergeIntoByteLevel } from './vocabMergeByteLevel.ts';

interface Options {
  readonly base: string;
  readonly add: string;
  readonly recipe: string;
  readonly out: string;
  readonly texts: readonly string[];
}

export const vocabMerge: Command = {
  path: ['vocab', 'merge'],
  summary: 'Merge a second vocabulary into a BPE vocabulary',
  options: {
    base: {
      type: 'string',
      placeholder: 'FILE',
      description: 'SentencePiece BPE .model, or byte-level tokenizer.json; keeps its ids',
    },
    add: {
      type: 'string',
      placeholder: 'FILE',
      description: 'vocabulary whose new pieces go behind: SentencePiece, or for a tokenizer.json either kind',
    },
    recipe: {
      type: 'string',
      placeholder: recipes.join('|'),
      default: defaultRecipe,
      description:
        "ranked: the base's texts keep their ids; closed: also every new piece is reached, with more pieces; greedy: also reached, SentencePiece only; append: as published, new pieces come first",
    },
    out: { type: 'string', placeholder: 'DIR', description: 'where the tokenizer and merge-report.json go' },
    text: {
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      description: 'a text, gzipped or not, to count before and after and to find changed lines in; may be given again',
    },
  },
  async run(input) {
    const { values, json, work } = input;
    const base = needed(values, 'base');
    if (!base.ok) return base;
    const add = needed(values, 'add');
    if (!add.ok) return add;
    const out = needed(values, 'out');
    if (!out.ok) return out;
    const texts = Array.isArray(values['text']) ? (values['text'] as readonly string[]) : [];
    const report = await merge(
      { base: base.value, add: add.value, recipe: String(values['recipe']), out: out.value, texts },
      work,
    );
    if (!report.ok) return report;
    if (json) input.print(JSON.stringify(report.value));
    else {
      input.print(`${report.value.files.tokenizer}:`);
      for (const line of mergeSummary(report.value, report.value.text)) input.print(line);
    }
    return ok({ exitCode: 0 });
  },
};

async function merge(options: Options, work: Required<Work>): Promise<Result<MergeReportFile>> {
  const recipe = recipeOf(options.recipe);
  if (!recipe.ok) return recipe;
  const taken = await refuseTaken(options.out);
  if (taken !== undefined) return taken;
  const missing = await firstUnreadable(options.texts);
  if (missing !== undefined) return missing;
  const tell = (message: string) => {
    work.signal.throwIfAborted();
    work.onProgress({ message });
  };
  tell('reading vocabularies');
  const read = await readModelFile(options.base);
  if (!read.ok) return read;
  if (read.value.format === 'tokenizer.json') {
    return mergeIntoByteLevel({ ...options, base: read.value, recipe: recipe.value }, work);
  }
  const base = read.value;
  const addition = await readSentencePieceFile(options.add);
  if (!addition.ok) return addition;
  const file = path.join(options.out, 'tokenizer.model');
  tell('merging');
  const merged = await inTurns(mergeInSteps(base, addition.value, recipe.value, file), work.signal);
  if (!merged.ok) return merged;
  const { model, language, tokenizerJson } = merged.value;
  const text = await textReportOf(options.texts, { base, model, language }, work);
  const report: MergeReportFile = {
    ...merged.value.report,
    files: {
      base: base.file,
      add: addition.value.file,
      tokenizer: file,
      tokenizerJson: tokenizerJson.ok ? path.join(options.out, 'tokenizer.json') : null,
    },
    ...(text === undefined ? {} : { text }),
  };
  tell('writing');
  const config = tokenizerConfig(model);
  return writeMerge(options.out, report, [
    ...(tokenizerJson.ok
      ? ([
          ['special_tokens_map.json', config.specialTokensMap],
          ['tokenizer_config.json', config.tokenizerConfig],
          ['tokenizer.json', tokenizerJson.value],
        ] as const)
      : []),
    ['tokenizer.model', model.bytes],
  ]);
}

/** Told before the work, not after it. */
async function firstUnreadable(files: readonly string[]): Promise<Result<never> | undefined> {
  for (const file of files) {
    try {
      await access(file);
      if ((await stat(file)).isDirectory())
        return bad('a file is wanted here, and this is a directory', { file }, 'Name a text file.');
    } catch (error) {
      return fileProblem(error, file);
    }
  }
  return undefined;
}
