/** A comparison for others: a table with a line a prompt, or all in one JSON text. */
import { languageOfAnswer } from './language.ts';
import { outcomes } from './result.ts';
import type { ComparisonData, ComparisonResult, Side } from './types.ts';

/**
 * A line a prompt, for spreadsheets (RFC 4180, UTF-8 with a byte order mark, without which some take Korean for another encoding):
 * both answers, their scripts, where another language begins (a share of the answer), and what each person and judge said, a judge
 * also by order. A text that a spreadsheet would take for a formula has an apostrophe before it.
 */
export function preferenceCsv(data: ComparisonData): string {
  const raters = data.verdicts.map(({ rater, lines }) => ({ rater, outcomes: outcomes(rater, lines) }));
  const head = [
    ...['id', 'prompt', 'input', 'language', 'a', 'b', 'a_script', 'b_script', 'a_other_from', 'b_other_from'],
    ...raters.flatMap(({ rater: { kind, name } }) =>
      kind === 'judge' ? [`judge ${name}`, `judge ${name} ab`, `judge ${name} ba`, `judge ${name} error`] : [name],
    ),
  ];
  const rows = data.prompts.map((prompt) => {
    const answer = (side: Side) => data.answers[side].get(prompt.id);
    const found = (side: Side) => {
      const text = answer(side)?.text;
      return text === undefined ? undefined : languageOfAnswer(prompt, text);
    };
    const [a, b] = [found('a'), found('b')];
    return [
      prompt.id,
      prompt.prompt,
      prompt.input,
      prompt.language,
      answer('a')?.text,
      answer('b')?.text,
      a?.script,
      b?.script,
      a?.other,
      b?.other,
      ...raters.flatMap(({ rater, outcomes: all }) => {
        const outcome = all.get(prompt.id);
        const { ab, ba } = outcome?.verdicts ?? {};
        return rater.kind === 'judge' ? [outcome?.choice, ab?.verdict, ba?.verdict, outcome?.error] : [outcome?.choice];
      }),
    ];
  });
  return `\uFEFF${[head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** Answers are anybody's: `=HYPERLINK(…)` would be computed, and a list that begins with a hyphen shown as an error. */
const harmless = (text: string): string => (/^\s*[=+\-@]/.test(text) ? `'${text}` : text);

/** Spreadsheets end a text at U+0000 and refuse files with others of these. */
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

function cell(value: string | number | undefined): string {
  const text =
    typeof value === 'number'
      ? String(Math.round(value * 1e4) / 1e4)
      : harmless((value ?? '').replace(control, '\ufffd'));
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What is compared, the figures, and a row a prompt with answers and verdicts. */
export function preferenceJson(data: ComparisonData, result: ComparisonResult): string {
  const raters = data.verdicts.map(({ rater, lines }) => ({ rater, outcomes: outcomes(rater, lines) }));
  const rows = data.prompts.map((prompt) => ({
    ...prompt,
    a: data.answers.a.get(prompt.id) ?? null,
    b: data.answers.b.get(prompt.id) ?? null,
    verdicts: raters.flatMap(({ rater, outcomes: all }) => {
      const outcome = all.get(prompt.id);
      return outcome === undefined ? [] : [{ ...rater, choice: outcome.choice ?? null, ...outcome.verdicts }];
    }),
  }));
  return `${JSON.stringify({ comparison: data.comparison, result, rows }, undefined, 2)}\n`;
}
