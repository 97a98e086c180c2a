/** What `bllossom lint` found, as lines for people and as JSON. */
import { plural } from '../base/plural.ts';
import { oneLine } from '../base/problem.ts';
import { type Finding, fixTitle, messageOf, type Severity } from '../lint/index.ts';

export interface FileReport {
  readonly file: string;
  /** As it is now: after changes, where they were made. */
  readonly text: string;
  readonly findings: readonly Finding[];
  /** Number of findings whose changes were made, and the tokens that saved. */
  readonly fixed: number;
  readonly saved?: number;
}

export interface LintReport {
  readonly files: readonly FileReport[];
  readonly errors: number;
  readonly warnings: number;
  readonly summary: string;
}

export function reportOf(files: readonly FileReport[]): LintReport {
  const count = (severity: Severity) =>
    files.reduce((sum, { findings }) => sum + findings.filter((found) => found.severity === severity).length, 0);
  const [errors, warnings] = [count('error'), count('warning')];
  const others = count('information') + count('hint');
  const fixed = files.reduce((sum, file) => sum + file.fixed, 0);
  const saved = files.reduce((sum, file) => sum + (file.saved ?? 0), 0);
  const parts = [
    plural(errors, 'error'),
    plural(warnings, 'warning'),
    ...(others > 0 ? [plural(others, 'suggestion')] : []),
    ...(fixed > 0 ? [`${fixed} fixed${saved > 0 ? `, ${plural(saved, 'token')} saved` : ''}`] : []),
  ];
  return { files, errors, warnings, summary: `${parts.join(', ')} in ${plural(files.length, 'file')}` };
}

/** `a.md:3:7: warning invisible: Invisible: U+200B (−3 tokens)`. */
export function asLines({ file, text, findings }: FileReport): string[] {
  const lines = new Lines(text);
  return findings.map((found) => {
    const { line, column } = lines.at(found.start);
    return oneLine(
      `${file}:${line}:${column}: ${found.severity} ${found.rule.id}: ${messageOf(found.rule, found, 'en')}`,
    );
  });
}

/** `{"files":[{"file","findings":[…],"fixed"}],"errors","warnings"}`; lines and columns from 1, columns in UTF-16 units. */
export function asJson({ files, errors, warnings }: LintReport): unknown {
  return {
    files: files.map(({ file, text, findings, fixed, saved }) => {
      const lines = new Lines(text);
      return {
        file,
        findings: findings.map((found) => {
          const [start, end] = [lines.at(found.start), lines.at(found.end)];
          return {
            rule: found.rule.id,
            severity: found.severity,
            message: messageOf(found.rule, found, 'en'),
            line: start.line,
            column: start.column,
            endLine: end.line,
            endColumn: end.column,
            start: found.start,
            end: found.end,
            ...(found.saved === undefined ? {} : { saved: found.saved }),
            ...(found.tokens === undefined ? {} : { tokens: found.tokens }),
            ...(found.edits === undefined
              ? {}
              : { fix: { title: fixTitle(found.rule, found, 'en'), safe: found.safe, edits: found.edits } }),
          };
        }),
        fixed,
        ...(saved === undefined ? {} : { saved }),
      };
    }),
    errors,
    warnings,
  };
}

/** Lines and columns from 1 of offsets in a text; lines end at \n. */
export class Lines {
  private readonly starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  at(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - this.starts[low]! + 1 };
  }
}
