/** A row opened: its whole question, what the model thought of every candidate, its tokens, and the way to its file. */
import type { RowValue } from '../../../server/src/protocol.ts';
import { count, figure, percent } from '../figures.ts';
import { fill } from '../plural.ts';
import { element, visible } from './_dom.ts';
import type { Labels, Row } from './_evaluationProtocol.ts';

/** Probabilities among the candidates. */
function probabilities(logs: readonly number[]): number[] {
  const most = Math.max(...logs);
  const sum = logs.reduce((total, value) => total + Math.exp(value - most), 0);
  return logs.map((value) => Math.exp(value - most) / sum);
}

/** A row of the table below the row itself. */
export function rowDetail(
  row: Row,
  l: Labels,
  {
    columns,
    value,
    otherName,
    onOpen,
  }: {
    readonly columns: number;
    readonly value: RowValue | undefined;
    readonly otherName: string;
    readonly onOpen: (file: string, line: number) => void;
  },
): HTMLElement {
  const { place, tokens, candidates, scored } = row;
  const beside = candidates.some(({ other }) => other !== undefined);
  const own = probabilities(candidates.map(({ logLikelihood }) => logLikelihood));
  const theirs = probabilities(candidates.map(({ other }) => other ?? Number.NaN));
  const heads = [l.candidate, l.logLikelihood, l.probability];
  const table = element(
    'table',
    { 'aria-label': l.candidate },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...[...heads, ...(beside ? [`${otherName}: ${l.logLikelihood}`, l.probability] : [])].map((text) =>
          element('th', { scope: 'col', textContent: text }),
        ),
      ),
    ),
    element(
      'tbody',
      {},
      ...candidates.map(({ text, logLikelihood, other }, i) => {
        const marks = [...(i === row.gold ? [l.expected] : []), ...(i === row.prediction ? [l.predicted] : [])];
        const figures = [
          logLikelihood.toFixed(4),
          percent(own[i] ?? Number.NaN),
          ...(beside ? [other?.toFixed(4) ?? '–', percent(theirs[i] ?? Number.NaN)] : []),
        ];
        return element(
          'tr',
          {},
          element(
            'th',
            { scope: 'row' },
            `${visible(text.slice(0, 1))}${text.slice(1)}`,
            element('small', { textContent: marks.join(' · ') }),
          ),
          ...figures.map((textContent) => element('td', { className: 'figure', textContent })),
        );
      }),
    ),
  );
  const facts = [
    ...(scored === undefined
      ? tokens === undefined
        ? []
        : [fill(l.tokens, count(tokens.context))]
      : [
          fill(l.textSize, tokens === undefined ? '–' : count(tokens.all), count(scored.bytes)),
          fill(l.logLikelihoodOf, scored.logLikelihood.toFixed(4)),
        ]),
    ...(tokens?.byte === undefined ? [] : [fill(l.byteTokens, count(tokens.byte))]),
    ...(tokens?.fresh === undefined ? [] : [fill(l.newTokens, count(tokens.fresh))]),
    ...(scored === undefined || row.other?.tokens === undefined
      ? []
      : [fill(l.tokensThere, otherName, count(row.other.tokens.all))]),
    ...(row.truncated === 0 ? [] : [fill(l.cutRow, count(row.truncated))]),
  ];
  const content = element(
    'td',
    { colSpan: columns },
    element('pre', { textContent: row.context, tabIndex: 0 }),
    ...(candidates.length > 0 ? [table] : []),
    ...(row.answer === undefined ? [] : written(row, l, value, otherName)),
    element('p', { className: 'note', textContent: facts.join(' · ') }),
    ...(place === undefined
      ? []
      : [
          element(
            'p',
            { className: 'buttons' },
            element('button', {
              ...{ type: 'button', textContent: fill(l.openRow, place.file.split(/[\\/]/).at(-1) ?? '', place.line) },
              onclick: () => onOpen(place.file, place.line),
            }),
          ),
        ]),
  );
  return element('tr', { className: 'detail' }, content);
}

/** What was wanted and what was written, whole and below each other, so that they can be held together. */
function written(row: Row, l: Labels, value: RowValue | undefined, otherName: string): HTMLElement[] {
  const text = (name: string, content: string, reached: number | undefined) => [
    element('h3', {
      textContent:
        value === undefined || reached === undefined ? name : `${name} · ${l.values[value]} ${figure(reached)}`,
    }),
    element('pre', { textContent: content, tabIndex: 0, 'aria-label': name }),
  ];
  return [
    ...text(l.expected, row.goldText ?? '', undefined),
    ...text(l.answer, row.answer ?? '', row.value),
    ...(row.other?.answer === undefined ? [] : text(otherName, row.other.answer, row.other.value)),
  ];
}
