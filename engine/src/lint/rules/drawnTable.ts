/** Tables drawn with lines, and tables of Markdown filled up with spaces. */
import type { Match, Rule } from '../rule.ts';

/** What a block must have for its lines to be looked at. */
const hint = /[\u2500-\u257f]|^[ \t]*(?:\+[-=+]{3}|\|)/m;
const line = /^[ \t]*[|+\u2500-\u257f].*[|+\u2500-\u257f][ \t]*$/;
const ruler = /^[-=+|:\s\u2500-\u257f]+$/;
const separator = /[|\u2502\u2503\u2551]/;
const markdownRuler = /^[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?[ \t]*)?$/;

export const drawnTable: Rule = {
  id: 'drawn-table',
  preset: 'recommended',
  severity: 'information',
  scope: 'lines',
  inCode: true,
  fix: 'suggestion',
  leastSaved: 1,
  options: {},
  words: {
    en: {
      title: 'Tables drawn with characters',
      message: 'A table drawn with lines{cost}',
      fix: 'Write it as a Markdown table',
      why: 'Box-drawing characters cost up to three byte tokens each, and rows of +-----+ say nothing. The same cells between plain bars cost a fraction. Columns of a Markdown table that are filled up with spaces can be drawn together; it is shown the same. Tables with joined cells or with rows of several lines are told, not changed.',
      variants: { padded: { message: 'A table filled up with spaces', fix: 'Draw the columns together' } },
    },
    ko: {
      title: '글자로 그린 표',
      message: '선을 그려 만든 표{cost}',
      fix: '마크다운 표로 쓰기',
      why: '선 그리기 문자는 하나에 바이트 토큰이 세 개까지 들고, +-----+ 같은 줄은 아무 말도 하지 않습니다. 같은 칸을 세로줄만으로 나누면 토큰이 훨씬 적게 듭니다. 공백으로 줄을 맞춘 마크다운 표는 당겨 써도 똑같이 보입니다. 칸을 합치거나 한 행이 여러 줄인 표는 알려 주기만 하고 바꾸지 않습니다.',
      variants: { padded: { message: '공백으로 줄을 맞춘 표', fix: '칸의 공백 줄이기' } },
    },
  },
  examples: [
    {
      before: '┌──────┬────┐\n│ 이름 │ 값 │\n├──────┼────┤\n│ 가   │ 1  │\n└──────┴────┘',
      after: '| 이름 | 값 |\n|---|---|\n| 가 | 1 |',
    },
    { before: '+---+---+\n| a | b |\n+---+---+\n| 1 | 2 |\n+---+---+', after: '| a | b |\n|---|---|\n| 1 | 2 |' },
    { before: '| a      | b  |\n|--------|----|\n| 1      | 2  |', after: '| a | b |\n|---|---|\n| 1 | 2 |' },
  ],
  leaves: [{ before: '| a | b |\n|---|---|\n| 1 | 2 |' }, { before: 'src\n├── a\n└── b' }, { before: 'a | b' }],
  *find({ text, from, to }) {
    const block = text.slice(from, to);
    if (!hint.test(block)) return;
    let lines: string[] = [];
    let start = from;
    let at = from;
    for (const row of block.split('\n')) {
      const bare = row.endsWith('\r') ? row.slice(0, -1) : row;
      if (line.test(bare)) {
        if (lines.length === 0) start = at;
        lines.push(row);
      } else {
        yield* table(lines, start);
        lines = [];
      }
      at += row.length + 1;
    }
    yield* table(lines, start);
  },
};

function* table(rows: readonly string[], start: number): Generator<Match> {
  if (rows.length < 2) return;
  const whole = rows.join('\n');
  const end = start + whole.length - (whole.endsWith('\r') ? 1 : 0);
  const lines = rows.map((row) => row.replace(/\r$/, ''));
  const lineBreak = rows[0]!.endsWith('\r') ? '\r\n' : '\n';
  const drawn = /[\u2500-\u257f]/.test(whole) || lines.some((row) => /^[ \t]*\+[-=+]{3}/.test(row));
  if (drawn) {
    if (rows.length < 3 || !lines.some((row) => ruler.test(row))) return;
    const plain = asMarkdown(lines);
    const edits = plain === undefined ? {} : { edits: [{ start, end, text: plain.join(lineBreak) }] };
    yield { start, end, ...edits };
  } else if (markdownRuler.test(lines[1]!)) {
    const text = lines.map(drawnTogether).join(lineBreak);
    if (text.length < end - start) yield { start, end, variant: 'padded', edits: [{ start, end, text }] };
  }
}

/** The rows of a drawn table between plain bars; undefined where a row is not a line, or cells are joined. */
function asMarkdown(lines: readonly string[]): string[] | undefined {
  const groups: string[][] = [[]];
  for (const row of lines) {
    if (ruler.test(row)) groups.push([]);
    else groups.at(-1)!.push(row);
  }
  const filled = groups.filter((group) => group.length > 0);
  // A head and a body, or a line between any two rows.
  if (filled.length === 0 || (filled[0]!.length > 1 && filled.length > 1)) return undefined;
  if (filled.length > 2 && filled.some((group) => group.length > 1)) return undefined;
  const cells = filled.flat().map((row) => {
    const parts = row.split(separator);
    return parts.slice(1, -1).map((cell) => cell.trim());
  });
  const columns = cells[0]!.length;
  if (columns === 0 || cells.some((row) => row.length !== columns || /[\u2500-\u257f]/.test(row.join(''))))
    return undefined;
  const bars = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  return [bars(cells[0]!), `|${'---|'.repeat(columns)}`, ...cells.slice(1).map(bars)];
}

/** A row of a Markdown table with a space around each cell; backslashed bars and code stay as they are. */
function drawnTogether(row: string): string {
  if (/[\\`]/.test(row)) return row;
  if (markdownRuler.test(row)) return row.replace(/[ \t]+/g, '').replace(/-{3,}/g, '---');
  return row
    .replace(/[ \t]*\|[ \t]*/g, ' | ')
    .trim()
    .replace(/\| \|/g, '| |');
}
