/** `bllossom vocab merge`: a base vocabulary and an addition become one, with a report of what that did. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { makeDirectories } from '../../base/directories.ts';
import { fileProblem } from '../../base/fileProblem.ts';
import { bad, ok, type Result } from '../../base/problem.ts';
import { readSentencePieceFile } from '../../tokenizers/index.ts';
import { type MergeReport, mergeVocabularies, recipeOf, recipes, type TextCost, textCost } from '../../vocab/merge.ts';
import type { Command } from '../command.ts';
import { needed } from '../computeOptions.ts';

interface Options {
  readonly base: string;
  readonly add: string;
  readonly recipe: string;
  readonly out: string;
  readonly text: string | undefined;
}

/** merge-report.json, and what is printed with --json. */
type Report = MergeReport & {
  readonly files: { readonly base: string; readonly add: string; readonly tokenizer: string; readonly text?: string };
  readonly text?: TextCost;
};

export const vocabMerge: Command = {
  path: ['vocab', 'merge'],
  summary: 'Merge a second vocabulary into a BPE vocabulary',
  options: {
    base: { type: 'string', placeholder: 'FILE', description: 'SentencePiece BPE .model; keeps its ids' },
    add: { type: 'string', placeholder: 'FILE', description: 'SentencePiece .model whose new pieces go behind' },
    recipe: {
      type: 'string',
      placeholder: recipes.join('|'),
      default: 'ranked',
      description: "ranked: the base's texts keep their ids; append: as published, new pieces come first",
    },
    out: { type: 'string', placeholder: 'DIR', description: 'where tokenizer.model and merge-report.json go' },
    text: { type: 'string', placeholder: 'FILE', description: 'a text to count before and after' },
  },
  async run(input) {
    const { values, json, work } = input;
    const base = needed(values, 'base');
    if (!base.ok) return base;
    const add = needed(values, 'add');
    if (!add.ok) return add;
    const out = needed(values, 'out');
    if (!out.ok) return out;
    const report = await merge(
      {
        base: base.value,
        add: add.value,
        recipe: String(values['recipe']),
        out: out.value,
        text: typeof values['text'] === 'string' ? values['text'] : undefined,
      },
      (message) => {
        work.signal.throwIfAborted();
        work.onProgress({ message });
      },
    );
    if (!report.ok) return report;
    input.print(json ? JSON.stringify(report.value) : describe(report.value));
    return ok({ exitCode: 0 });
  },
};

async function merge(options: Options, tell: (message: string) => void): Promise<Result<Report>> {
  const recipe = recipeOf(options.recipe);
  if (!recipe.ok) return recipe;
  const file = path.join(options.out, 'tokenizer.model');
  if ((await stat(file).catch(() => undefined)) !== undefined) {
    return bad('there is a tokenizer already', { file }, 'Choose another --out, or remove it first.');
  }
  tell('reading vocabularies');
  const base = await readSentencePieceFile(options.base);
  if (!base.ok) return base;
  const addition = await readSentencePieceFile(options.add);
  if (!addition.ok) return addition;
  let text: string | undefined;
  try {
    text = options.text === undefined ? undefined : await readFile(options.text, 'utf8');
  } catch (error) {
    return fileProblem(error, options.text ?? '');
  }
  tell('merging');
  const merged = mergeVocabularies(base.value, addition.value, recipe.value, file);
  if (!merged.ok) return merged;
  const report: Report = {
    ...merged.value.report,
    files: {
      base: base.value.file,
      add: addition.value.file,
      tokenizer: file,
      ...(options.text === undefined ? {} : { text: options.text }),
    },
    ...(text === undefined ? {} : { text: textCost(text, base.value, merged.value.model) }),
  };
  tell('writing');
  try {
    makeDirectories(options.out);
    // The model last: where it stands, its report stands too.
    await writeFileAtomic(path.join(options.out, 'merge-report.json'), `${JSON.stringify(report, null, 2)}\n`);
    await writeFileAtomic(file, merged.value.model.bytes);
  } catch (error) {
    return fileProblem(error, options.out);
  }
  return ok(report);
}

function describe(report: Report): string {
  const { base, added, shared, union, reachable, unreachable, text } = report;
  const lines = [
    `${report.files.tokenizer}: ${union} pieces = ${base} + ${added} new; ${shared} were there already`,
    `${reachable} of the new pieces are produced, ${unreachable.length} are not`,
  ];
  if (text !== undefined) {
    lines.push(`the text: ${text.tokensBefore} tokens before, ${text.tokensAfter} after (${text.percent} % saved)`);
  }
  return lines.join('\n');
}
