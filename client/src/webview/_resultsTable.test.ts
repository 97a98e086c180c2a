import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { EvaluationInfo, PublishedResults } from '../../../server/src/protocol.ts';
import { cellText, filtered, ordered, resultsTable } from './_resultsTable.ts';
import { csv, latex, latexText, markdown } from './_resultsText.ts';

const file = path.resolve(import.meta.dirname, '../../../engine/src/evaluation/published.json');
const published = JSON.parse(readFileSync(file, 'utf8')) as PublishedResults.Answer;

const evaluation = (name: string, more: Partial<EvaluationInfo> = {}): EvaluationInfo => ({
  path: `/e/${name}/results.json`,
  name,
  model: `/m/${name}`,
  results: {},
  ...more,
});
const words = { average: 'Average', titles: { my_task: 'My task' } };
const tableOf = (...evaluations: EvaluationInfo[]) => resultsTable(published, evaluations, words);
const options = { model: 'Model', source: 'Table 6', explain: (mark: { kind: string }) => `is ${mark.kind}` };

it('shows the published rows as they were published', () => {
  const { columns, rows } = tableOf();
  expect(columns.map(({ name, metricName }) => `${name} ${metricName}`)).toEqual([
    ...['NLI ACC', 'STS ACC', 'SBI F1', 'YNAT ACC', 'BoolQ F1', 'HellaSwag F1', 'SentiNeg F1', 'COPA F1', 'Average '],
  ]);
  const row = rows.find(({ name }) => name === 'Bllossom-bi');
  expect(row?.cells.map(cellText)).toEqual(['48.8', '46.6', '64.5', '32.8', '74.0', '38.0', '93.2', '71.2', '58.6']);
});

it('puts each figure under the metric of its column, with its interval', () => {
  const own = evaluation('a', {
    results: { kosbi: { acc: 0.9, f1: 0.5, macro_f1: 0.7, n: 20 }, kobest_copa: { acc: 0.5, macro_f1: 0.25 } },
    intervals: { kosbi: { f1: [0.4, 0.6] } },
  });
  const [cells] = tableOf(own)
    .rows.slice(-1)
    .map((row) => row.cells);
  expect(cells?.map(cellText)).toEqual(['–', '–', '50.0', '–', '–', '–', '–', '25.0', '37.5']);
  expect(cells?.[2]).toMatchObject({ interval: [40, 60], rows: 20, marks: [] });
  expect(cells?.[8]?.marks).toEqual([{ kind: 'partial', tasks: 2, all: 8 }]);
});

it('marks what was, or may have been, measured otherwise', () => {
  const reason = { certain: true, text: '' };
  const own = evaluation('a', {
    results: { klue_nli: { acc: 0.3 }, klue_ynat: { acc: 0.2, macro_f1: 0.1 }, kobest_boolq: { acc: 0.5 } },
    differs: {
      klue_nli: [
        { ...reason, kind: 'shots', here: 5, there: 0 },
        { ...reason, kind: 'limit', here: 100, there: 3000 },
        { ...reason, kind: 'harness', certain: false },
      ],
      klue_ynat: [{ ...reason, kind: 'metric', certain: false, here: 'acc', there: 'macro_f1' }],
      kobest_boolq: [{ ...reason, kind: 'metric', there: 'macro_f1' }],
    },
  });
  const cells = tableOf(own).rows.at(-1)?.cells;
  expect(cells?.[0]?.marks).toEqual([
    { kind: 'shots', certain: true, here: 5, there: 0 },
    { kind: 'limit', certain: true, here: 100, there: 3000 },
    { kind: 'harness', certain: false },
  ]);
  expect(cells?.[3]?.marks).toEqual([{ kind: 'variant', shown: 'acc', reported: 'macro_f1', value: 10 }]);
  expect(cells?.[4]?.marks).toEqual([{ kind: 'metric', shown: 'acc', wanted: 'macro_f1' }]);
});

it('gives own tasks columns of their own, behind the average', () => {
  const own = evaluation('a', {
    results: { my_task: { chrf: 41.5, exact_match: 0.25, n: 8 } },
    conditions: { my_task: { headline: 'chrf' } },
  });
  const { columns, rows } = tableOf(own, evaluation('b', { results: { other: { acc: 1 } } }));
  expect(columns.slice(8).map(({ name, metricName }) => [name, metricName])).toEqual([
    ['Average', ''],
    ['My task', 'chrf'],
    ['other', 'acc'],
  ]);
  expect(rows.slice(-2).map(({ cells }) => cells.slice(8).map(cellText))).toEqual([
    ['–', '41.5', '–'],
    ['–', '–', '100.0'],
  ]);
});

it('orders by a column with empty cells last, and finds rows by words', () => {
  const table = tableOf(
    evaluation('low', { results: { klue_nli: { acc: 0.1 } } }),
    evaluation('none', { results: { kosbi: { f1: 0.1 } } }),
  );
  const names = (descending: boolean) => ordered(table, { column: 'klue_nli', descending }).map(({ name }) => name);
  expect(names(true).slice(0, 2)).toEqual(['Ko-Platypus2-13B', 'Bllossom-bi-koSFT']);
  expect(names(true).at(-1)).toBe('none');
  expect(names(false)[0]).toBe('low');
  expect(names(false).at(-1)).toBe('none');
  expect(filtered(table.rows, 'bllossom KO', true).map(({ name }) => name)).toEqual([
    'Bllossom-ko',
    'Bllossom-bi-koSFT',
  ]);
  expect(filtered(table.rows, '', false).map(({ name }) => name)).toEqual(['low', 'none']);
});

it('is copied as Markdown, CSV and LaTeX, with its notes', () => {
  const own = evaluation('my_model, "best" | 50 %', {
    results: { klue_nli: { acc: 0.5 } },
    intervals: { klue_nli: { acc: [0.4, 0.6] } },
    differs: { klue_nli: [{ kind: 'shots', certain: true, here: 5, there: 0, text: '' }] },
  });
  const table = tableOf(own);
  const rows = table.rows.slice(-2);
  const lines = markdown(table, rows, options).split('\n');
  expect(lines[0]).toBe(
    '| Model | NLI (ACC) | STS (ACC) | SBI (F1) | YNAT (ACC) | BoolQ (F1) | HellaSwag (F1) | SentiNeg (F1) | COPA (F1) | Average |',
  );
  expect(lines[2]).toBe('| Bllossom-bi-biSFT | 45.7 | 46.4 | 63.4 | 36.0 | 69.4 | 39.1 | 89.9 | 70.0 | 57.5 |');
  expect(lines[3]).toBe('| my_model, "best" \\| 50 % | 50.0[^1] | – | – | – | – | – | – | – | 50.0[^2] |');
  expect(lines).toContain('[^1]: is shots');
  expect(csv(table, rows, options).split('\r\n')[2]).toBe(
    '"my_model, ""best"" | 50 %",50.00,40.00,60.00,,,,,,,,50.00,,NLI: is shots; Average: is partial',
  );
  const paper = latex(table, rows, options).split('\n');
  expect(paper).toContain('Bllossom-bi-biSFT & 45.7 & 46.4 & 63.4 & 36.0 & 69.4 & 39.1 & 89.9 & 70.0 & 57.5 \\\\');
  expect(paper).toContain(
    'my\\_model, "best" | 50 \\% & 50.0$^{1}$ & -- & -- & -- & -- & -- & -- & -- & 50.0$^{2}$ \\\\',
  );
  expect(latexText('a\\b~c^d{}')).toBe('a\\textbackslash{}b\\textasciitilde{}c\\textasciicircum{}d\\{\\}');
});
