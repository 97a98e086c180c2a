/** The columns of a table of rows, by what the rows are: candidates, answers that a model wrote, texts that were scored. */
import type { EvaluationDetail } from '../../../server/src/protocol.ts';
import { count, figure, percent } from '../figures.ts';
import { element } from './_dom.ts';
import type { Labels, Query, Row } from './_evaluationProtocol.ts';

export interface Column {
  readonly head: string;
  /** The order that a press on the head asks for. */
  readonly sort?: Query['sort'];
  /** What the head means, where its words do not say. */
  readonly note?: string;
  readonly figures?: boolean;
  /** Of each row but in the first column, which opens it. */
  cell(row: Row): HTMLElement;
}

/** With its sign, also where it is more than nothing. */
export const signed = (n: number): string =>
  Number.isFinite(n) ? `${n < 0 ? '−' : n > 0 ? '+' : '±'}${figure(Math.abs(n))}` : '–';

/** The question itself stands behind the solved examples. */
const questionOf = (context: string): string => context.slice(context.lastIndexOf('\n\n') + 1).trim();

const figureCell = (textContent: string) => element('td', { className: 'figure', textContent });
const textCell = (textContent: string) => element('td', { className: 'text' }, element('div', { textContent }));
const shortCell = (textContent: string) => element('td', { className: 'short', textContent });

/** Orders that mean something for rows of a kind, as the list of orders has them. */
export function sortsOf(
  { kind, value }: Pick<EvaluationDetail.Answer, 'kind' | 'value'>,
  beside: boolean,
): Query['sort'][] {
  return [
    'row',
    'length',
    ...(kind === 'choice' ? (['confidence'] as const) : []),
    ...(kind === 'text' ? (['bytes'] as const) : []),
    ...(value === undefined ? [] : (['value'] as const)),
    ...(value === undefined || !beside ? [] : (['difference'] as const)),
  ];
}

/** All columns but the first. `otherName`: the evaluation beside, where rows have its answers. */
export function columnsOf(
  { kind, value, labels: names }: Pick<EvaluationDetail.Answer, 'kind' | 'value' | 'labels'>,
  l: Labels,
  otherName: string | undefined,
): readonly Column[] {
  const outcome = (right: boolean) =>
    element('span', { className: right ? 'right' : 'wrong', textContent: right ? `✓ ${l.right}` : `✗ ${l.wrong}` });
  const candidate = (row: Row, index: number): string => {
    const own = row.candidates[index]?.text.trim() ?? '';
    return names[index]?.trim() === own || own === '' ? own : `${index + 1} · ${own}`;
  };
  const result: Column = { head: l.result, cell: ({ right }) => element('td', {}, outcome(right)) };
  const question: Column = { head: l.question, cell: ({ context }) => textCell(questionOf(context)) };
  const their: readonly Column[] =
    otherName === undefined
      ? []
      : [
          {
            head: otherName,
            cell: (row) =>
              row.other === undefined
                ? element('td', { textContent: '–' })
                : element(
                    'td',
                    { className: 'short' },
                    outcome(row.other.right),
                    ` ${row.other.answer ?? candidate(row, row.other.prediction)}`,
                  ),
          },
        ];
  const valued: readonly Column[] =
    value === undefined
      ? []
      : [
          { head: l.values[value], sort: 'value', figures: true, cell: (row) => figureCell(figure(row.value)) },
          ...(otherName === undefined
            ? []
            : ([
                // An answer stands with its own value where it is opened.
                ...(kind === 'text'
                  ? [{ head: otherName, figures: true, cell: ({ other }: Row) => figureCell(figure(other?.value)) }]
                  : []),
                {
                  ...{ head: l.difference, sort: 'difference', note: l.differenceNote, figures: true },
                  cell: (row) => figureCell(signed((row.value ?? Number.NaN) - (row.other?.value ?? Number.NaN))),
                },
              ] as const satisfies readonly Column[])),
        ];
  switch (kind) {
    case 'choice':
      return [
        result,
        question,
        { head: l.expected, cell: (row) => shortCell(candidate(row, row.gold)) },
        { head: l.predicted, cell: (row) => shortCell(candidate(row, row.prediction)) },
        ...their,
        {
          ...{ head: l.confidence, sort: 'confidence', figures: true },
          cell: ({ confidence }) => figureCell(confidence === undefined ? '–' : percent(confidence)),
        },
      ];
    case 'written':
      return [
        result,
        question,
        { head: l.expected, cell: ({ goldText = '' }) => shortCell(goldText) },
        { head: l.answer, cell: ({ answer = '' }) => shortCell(answer) },
        ...their,
        ...valued,
      ];
    case 'text':
      return [
        { head: l.text, cell: ({ context }) => textCell(context) },
        {
          ...{ head: l.tokensHead, sort: 'length', figures: true },
          cell: ({ tokens }) => figureCell(tokens === undefined ? '–' : count(tokens.all)),
        },
        {
          ...{ head: l.bytes, sort: 'bytes', figures: true },
          cell: ({ scored }) => figureCell(scored === undefined ? '–' : count(scored.bytes)),
        },
        ...valued,
      ];
    default:
      return kind satisfies never;
  }
}
