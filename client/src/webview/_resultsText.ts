/** The table of results for papers and spreadsheets: Markdown, CSV, LaTeX; marks become numbered notes. */
import { cellText, type Column, type Mark, type ResultsTable, type Row } from './_resultsTable.ts';

export interface TextOptions {
  readonly model: string;
  readonly explain: (mark: Mark) => string;
  readonly source: string;
}

/** Notes in their order, each once. */
class Notes {
  readonly texts: string[] = [];
  readonly #explain: (mark: Mark) => string;

  constructor(explain: (mark: Mark) => string) {
    this.#explain = explain;
  }

  /** Numbers of marks' notes, from 1. */
  of(marks: readonly Mark[]): readonly number[] {
    return marks.map((mark) => {
      const text = this.#explain(mark);
      if (!this.texts.includes(text)) this.texts.push(text);
      return this.texts.indexOf(text) + 1;
    });
  }
}

const head = ({ name, metricName }: Column): string => (metricName === '' ? name : `${name} (${metricName})`);
const pipes = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function markdown({ columns }: ResultsTable, rows: readonly Row[], options: TextOptions): string {
  const notes = new Notes(options.explain);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const body = rows.map(({ name, cells }) =>
    line([
      pipes(name),
      ...cells.map(
        (cell) =>
          `${cellText(cell)}${notes
            .of(cell?.marks ?? [])
            .map((n) => `[^${n}]`)
            .join('')}`,
      ),
    ]),
  );
  return [
    line([pipes(options.model), ...columns.map((column) => pipes(head(column)))]),
    line(['---', ...columns.map(() => '---:')]),
    ...body,
    '',
    options.source,
    ...notes.texts.flatMap((text, i) => ['', `[^${i + 1}]: ${text}`]),
    '',
  ].join('\n');
}

/** Values, ends of intervals and notes each in columns of their own; RFC 4180. */
export function csv({ columns }: ResultsTable, rows: readonly Row[], options: TextOptions): string {
  const sure = (i: number) => rows.some(({ cells }) => cells[i]?.interval !== undefined);
  const quoted = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const heads = columns.flatMap((column, i) => [
    head(column),
    ...(sure(i) ? [`${head(column)} low`, `${head(column)} high`] : []),
  ]);
  const lines = rows.map(({ name, place = '', cells }) => {
    const values = cells.flatMap((cell, i) => {
      const [low, high] = cell?.interval ?? [];
      const ends = sure(i) ? [low?.toFixed(2) ?? '', high?.toFixed(2) ?? ''] : [];
      return [cell === undefined ? '' : cell.value.toFixed(2), ...ends];
    });
    const notes = cells.flatMap((cell, i) =>
      (cell?.marks ?? []).map((mark) => `${columns[i]?.name ?? ''}: ${options.explain(mark)}`),
    );
    return [name, ...values, place, notes.join('; ')];
  });
  return [[options.model, ...heads, 'path', 'notes'], ...lines]
    .map((cells) => `${cells.map(quoted).join(',')}\r\n`)
    .join('');
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};
/** A text as LaTeX prints it. */
export const latexText = (text: string): string =>
  text.replaceAll(/[\\{}$&#%_~^]/g, (character) => escapes[character] ?? `\\${character}`);

/** A booktabs table. */
export function latex({ columns }: ResultsTable, rows: readonly Row[], options: TextOptions): string {
  const notes = new Notes(options.explain);
  const line = (cells: readonly string[]) => `${cells.join(' & ')} \\\\`;
  const row = ({ name, cells }: Row) =>
    line([
      latexText(name),
      ...cells.map((cell) => {
        const numbers = notes.of(cell?.marks ?? []).join(',');
        return `${cell === undefined ? '--' : cellText(cell)}${numbers === '' ? '' : `$^{${numbers}}$`}`;
      }),
    ]);
  const [theirs, mine] = [rows.filter(({ path }) => path === undefined), rows.filter(({ path }) => path !== undefined)];
  const body = [...theirs.map(row), ...(theirs.length > 0 && mine.length > 0 ? ['\\midrule'] : []), ...mine.map(row)];
  return [
    `% ${options.source.replaceAll('\n', ' ')}`,
    `\\begin{tabular}{l${'r'.repeat(columns.length)}}`,
    '\\toprule',
    line([latexText(options.model), ...columns.map(({ name }) => latexText(name))]),
    line(['', ...columns.map(({ metricName }) => latexText(metricName))]),
    '\\midrule',
    ...body,
    '\\bottomrule',
    '\\end{tabular}',
    ...notes.texts.map((text, i) => `% ${i + 1}: ${text}`),
    '',
  ].join('\n');
}
