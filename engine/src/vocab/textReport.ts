/** What a merge does to texts of the user's, line by line, however large they are: costs by language, and proof. */
import type { Work } from '../base/progress.ts';
import { readLines } from '../data/lines.ts';
import type { Encoding, Tokenizer } from '../tokenizers/tokenizer.ts';
import { scriptsOfLine } from './scriptsOfText.ts';
import { type ScriptCost, TextCosts } from './textCosts.ts';
import { type UnchangedProof, UnchangedText } from './unchangedText.ts';

export interface TextReport {
  readonly files: readonly string[];
  readonly lines: number;
  /** Unicode characters, line ends not counted. */
  readonly characters: number;
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  /** So many of a hundred tokens are saved. */
  readonly percent: number;
  readonly bytesShareBefore: number;
  readonly bytesShareAfter: number;
  readonly byScript: readonly ScriptCost[];
  readonly proof: UnchangedProof;
}

/** `marks` tells lines that bear a mark of the new language. */
export class TextComparison {
  private readonly costs: TextCosts;
  private readonly proof: UnchangedText;
  private characters = 0;
  private lines = 0;

  constructor(
    private readonly before: Tokenizer,
    private readonly after: Tokenizer,
    marks: (text: string) => boolean,
  ) {
    this.costs = new TextCosts(before, after);
    this.proof = new UnchangedText(before, after, marks);
  }

  add(file: string, number: number, line: string): void {
    const before: Encoding = this.before.encode(line);
    const after = this.after.encode(line);
    this.lines++;
    this.characters += line.length - (line.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
    this.costs.add(scriptsOfLine(line), before, after);
    this.proof.add(file, number, line, before, after);
  }

  result(files: readonly string[]): TextReport {
    const { tokensBefore, tokensAfter, bytesShareBefore, bytesShareAfter } = this.costs;
    const saved = tokensBefore === 0 ? 0 : (tokensBefore - tokensAfter) / tokensBefore;
    return {
      files,
      lines: this.lines,
      characters: this.characters,
      tokensBefore,
      tokensAfter,
      percent: Math.round(saved * 1000) / 10,
      bytesShareBefore,
      bytesShareAfter,
      byScript: this.costs.byScript(),
      proof: this.proof.result(),
    };
  }
}

/** Reads files, gzipped or not. Throws a ProblemError where one cannot be read, and the signal's reason when aborted. */
export async function compareTexts(
  files: readonly string[],
  comparison: TextComparison,
  work: Work = {},
): Promise<TextReport> {
  for (const [i, file] of files.entries()) {
    const onProgress: Work['onProgress'] = ({ fraction }) =>
      work.onProgress?.({ message: 'comparing texts', fraction: (i + (fraction ?? 0)) / files.length });
    for await (const { number, text } of readLines(file, { ...work, onProgress })) comparison.add(file, number, text);
  }
  return comparison.result(files);
}
