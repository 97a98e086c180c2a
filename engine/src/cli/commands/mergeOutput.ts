/** What both kinds of merge do around the merging: refuse an --out that is taken, measure texts, write the files. */
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeDirectoryAtomic, writeFileAtomic } from '../../base/atomic.ts';
import { makeDirectories } from '../../base/directories.ts';
import { fileProblem } from '../../base/fileProblem.ts';
import { bad, ok, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { createTokenizer, type TokenizerModel } from '../../tokenizers/index.ts';
import type { MergeReport } from '../../vocab/mergeReport.ts';
import type { NewLanguage } from '../../vocab/newLanguage.ts';
import { compareTexts, TextComparison, type TextReport } from '../../vocab/textReport.ts';

/** merge-report.json, and what is printed with --json. */
export type MergeReportFile = MergeReport & {
  readonly files: {
    readonly base: string;
    readonly add: string;
    readonly tokenizer: string;
    readonly tokenizerJson: string | null;
  };
  /** Absent without --text. */
  readonly text?: TextReport;
};

const reportName = 'merge-report.json';
/** All that a merge of either kind may write. A tokenizer.json beside another's tokenizer.model would never be read. */
const written = [
  'tokenizer.model',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  reportName,
] as const;

/** The refusal of a directory that holds a tokenizer, or parts of one. */
export async function refuseTaken(out: string): Promise<Result<never> | undefined> {
  for (const name of written) {
    const file = path.join(out, name);
    if ((await stat(file).catch(() => undefined)) === undefined) continue;
    const what = name.startsWith('tokenizer.')
      ? 'there is a tokenizer already'
      : 'there is a file of that name already';
    return bad(what, { file }, 'Choose another --out, or remove it first.');
  }
  return undefined;
}

/** What a merge does to texts; undefined where none is given. */
export async function textReportOf(
  texts: readonly string[],
  merge: { readonly base: TokenizerModel; readonly model: TokenizerModel; readonly language: NewLanguage },
  work: Required<Work>,
): Promise<TextReport | undefined> {
  if (texts.length === 0) return undefined;
  const { base, model, language } = merge;
  return compareTexts(texts, new TextComparison(createTokenizer(base), createTokenizer(model), language.marks), work);
}

/**
 * Writes the report and these files: all or none, so that a merge whose disk was full can be tried again. A directory that
 * is there already gets them one by one, the tokenizer last: where it is, all is.
 */
export async function writeMerge(
  out: string,
  report: MergeReportFile,
  files: readonly (readonly [name: (typeof written)[number], content: string | Uint8Array])[],
): Promise<Result<MergeReportFile>> {
  const all = [[reportName, `${JSON.stringify(report, null, 2)}\n`] as const, ...files];
  const begun: string[] = [];
  const writeAll = async (directory: string) => {
    for (const [name, content] of all) {
      const file = path.join(directory, name);
      await writeFileAtomic(file, content);
      begun.push(file);
    }
  };
  try {
    if ((await stat(out).catch(() => undefined)) === undefined) await writeDirectoryAtomic(out, writeAll);
    else {
      makeDirectories(out);
      await writeAll(out);
    }
  } catch (error) {
    for (const file of begun) await rm(file, { force: true });
    return fileProblem(error, out);
  }
  return ok(report);
}
