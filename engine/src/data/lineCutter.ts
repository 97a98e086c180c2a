/** Lines out of chunks of text, in time that is linear in the text, and in memory that a line without an end cannot exhaust. */
import { ProblemError } from '../base/problem.ts';

/** Most UTF-16 units of a line; beyond it, a file is no text of lines (a device, a dump of zeros). */
export const longestLine = 2 ** 26;

export class LineCutter {
  /** Parts of the line that has not ended yet. */
  private begun: string[] = [];
  private length = 0;
  private ended = 0;

  constructor(
    private readonly file: string,
    private readonly longest = longestLine,
  ) {}

  /** The lines that end in a chunk, without their \n. Throws a ProblemError where a line grows too long. */
  take(chunk: string): string[] {
    const lines = chunk.split('\n');
    const rest = lines.pop()!;
    if (lines.length > 0) {
      lines[0] = this.finish(lines[0]!);
      this.ended += lines.length;
    }
    this.length += rest.length;
    if (this.length > this.longest) {
      throw new ProblemError({
        what: `the line is longer than ${this.longest} characters`,
        where: { file: this.file, line: this.ended + 1 },
        remedy: 'Give a text with line breaks.',
      });
    }
    if (rest !== '') this.begun.push(rest);
    return lines;
  }

  /** The last line, where text stands behind the last \n. */
  end(): string[] {
    return this.begun.length === 0 ? [] : [this.finish('')];
  }

  private finish(last: string): string {
    const line = this.begun.length === 0 ? last : this.begun.join('') + last;
    this.begun = [];
    this.length = 0;
    return line;
  }
}
