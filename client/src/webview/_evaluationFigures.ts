/** What the rows of a task say together, as tables whose cells choose the rows behind them: confusion, calibration, groups. */
import type { EvaluationDetail, RowGroup } from '../../../server/src/protocol.ts';
import { count, figure, percent } from '../figures.ts';
import { fill } from '../plural.ts';
import { element } from './_dom.ts';
import type { Labels, Query } from './_evaluationProtocol.ts';

/** Part of a query that a click chooses. */
export type Choice = Pick<Query, 'gold' | 'prediction' | 'group' | 'outcome' | 'beside'>;

export interface FiguresListener {
  readonly onChoose: (choice: Choice) => void;
  readonly onCopy: (text: string) => void;
}

/** A bar in a table's cell: how long is also written beside it. */
function bar(share: number, mark?: readonly [number, number]): HTMLElement {
  const drawn = element('span', { className: 'bar', 'aria-hidden': 'true' });
  drawn.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  const track = element('span', { className: 'track' }, drawn);
  if (mark !== undefined) {
    const reach = element('span', { className: 'reach' });
    reach.style.left = `${mark[0] * 100}%`;
    reach.style.width = `${(mark[1] - mark[0]) * 100}%`;
    track.append(reach);
  }
  return track;
}

/** A section with a table that can be copied. */
function section(
  title: string,
  note: string,
  table: HTMLTableElement,
  labels: Labels,
  onCopy: (text: string) => void,
): HTMLElement {
  table.setAttribute('aria-label', title);
  return element(
    'section',
    {},
    element('h2', { textContent: title }),
    element('p', { className: 'note', textContent: note }),
    element('div', { className: 'scrolled', tabIndex: 0, role: 'group', 'aria-label': title }, table),
    element(
      'p',
      { className: 'buttons' },
      element('button', { type: 'button', textContent: labels.copyTable, onclick: () => onCopy(tableText(table)) }),
    ),
  );
}

/** A table as tab-separated lines. */
export const tableText = (table: HTMLTableElement): string =>
  [...table.rows]
    .map((row) => [...row.cells].map((cell) => cell.textContent.replaceAll(/\s+/g, ' ').trim()).join('\t'))
    .join('\n');

const heads = (...texts: readonly string[]) =>
  element('thead', {}, element('tr', {}, ...texts.map((text) => element('th', { scope: 'col', textContent: text }))));

export function confusionTable(
  { confusion, labels: names }: EvaluationDetail.Answer,
  l: Labels,
  { onChoose, onCopy }: FiguresListener,
): HTMLElement | undefined {
  if (confusion.length === 0) return undefined;
  const most = Math.max(1, ...confusion.flat());
  const cell = (n: number, gold: number, prediction: number) => {
    const button = element('button', {
      ...{ type: 'button', className: 'link', textContent: count(n), disabled: n === 0 },
      'aria-label': `${l.expected} ${names[gold] ?? ''}, ${l.predicted} ${names[prediction] ?? ''}: ${count(n)}`,
      onclick: () => onChoose({ gold, prediction }),
    });
    const td = element('td', { className: gold === prediction ? 'figure same' : 'figure' }, button);
    td.style.setProperty('--share', String(n / most));
    return td;
  };
  const table = element(
    'table',
    { className: 'confusion' },
    heads(`${l.expected} ↓ · ${l.predicted} →`, ...names.map((name) => name.trim()), l.sum),
    element(
      'tbody',
      {},
      ...confusion.map((row, gold) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row', textContent: names[gold]?.trim() ?? '' }),
          ...row.map((n, prediction) => cell(n, gold, prediction)),
          element('td', { className: 'figure', textContent: count(row.reduce((a, b) => a + b, 0)) }),
        ),
      ),
      element(
        'tr',
        {},
        element('th', { scope: 'row', textContent: l.sum }),
        ...names.map((_, prediction) =>
          element('td', {
            className: 'figure',
            textContent: count(confusion.reduce((sum, row) => sum + (row[prediction] ?? 0), 0)),
          }),
        ),
        element('td', { className: 'figure', textContent: count(confusion.flat().reduce((a, b) => a + b, 0)) }),
      ),
    ),
  );
  return section(l.confusion, l.confusionNote, table, l, onCopy);
}

export function calibrationTable(
  { calibration }: EvaluationDetail.Answer,
  l: Labels,
  { onCopy }: FiguresListener,
): HTMLElement | undefined {
  if (calibration === undefined) return undefined;
  const table = element(
    'table',
    { className: 'bars' },
    heads(l.confidence, l.rows, l.confidence, l.accuracy, ''),
    element(
      'tbody',
      {},
      ...calibration.bins
        .filter(({ rows }) => rows > 0)
        .map(({ from, to, rows, confidence, accuracy }) =>
          element(
            'tr',
            {},
            element('th', { scope: 'row', textContent: `${percent(from, 0)} – ${percent(to, 0)}` }),
            element('td', { className: 'figure', textContent: count(rows) }),
            element('td', { className: 'figure', textContent: percent(confidence) }),
            element('td', { className: 'figure', textContent: percent(accuracy) }),
            // The bar is the accuracy; the stroke beside it runs from there to the confidence.
            element(
              'td',
              { className: 'drawn' },
              bar(accuracy, [Math.min(accuracy, confidence), Math.max(accuracy, confidence)]),
            ),
          ),
        ),
    ),
  );
  const note = `${fill(l.ece, calibration.error.toFixed(4))} ${l.calibrationNote}`;
  return section(l.calibration, note, table, l, onCopy);
}

export function groupsTable(
  { groups, kind }: EvaluationDetail.Answer,
  l: Labels,
  { onChoose, onCopy }: FiguresListener,
): HTMLElement | undefined {
  if (groups.length === 0) return undefined;
  const name = ({ by, to, from }: RowGroup) => {
    if (by === 'tokens' || by === 'characters') return fill(l.upTo, count(to));
    return to === 0 ? l.none : from < 0 ? fill(l.upTo, percent(to, 0)) : `${percent(from, 0)} – ${percent(to, 0)}`;
  };
  const texts = kind === 'text';
  const names = { ...l.groups, ...(texts ? { tokens: l.textTokens } : {}) };
  const most = Math.max(...groups.map(({ bitsPerByte = 0 }) => bitsPerByte));
  const figures = ({ rows, right = 0, interval = [0, 0], bitsPerByte }: RowGroup) => {
    const cell = (textContent: string) => element('td', { className: 'figure', textContent });
    const drawn = (part: HTMLElement) => element('td', { className: 'drawn' }, part);
    if (bitsPerByte !== undefined) return [cell(figure(bitsPerByte)), drawn(bar(bitsPerByte / most))];
    const ends = interval.map((end) => (end * 100).toFixed(1)).join('–');
    return [cell(percent(right / rows)), cell(ends), drawn(bar(right / rows, interval))];
  };
  const kinds = [...new Set(groups.map(({ by }) => by))];
  const row = (group: RowGroup) =>
    element(
      'tr',
      {},
      element(
        'th',
        { scope: 'row' },
        element('button', {
          ...{ type: 'button', className: 'link', textContent: name(group) },
          'aria-label': `${names[group.by]}: ${name(group)}`,
          onclick: () => onChoose({ group: { by: group.by, from: group.from, to: group.to } }),
        }),
      ),
      element('td', { className: 'figure', textContent: count(group.rows) }),
      ...figures(group),
    );
  const table = element(
    'table',
    { className: 'bars' },
    texts ? heads('', l.rows, l.values.bits_per_byte, '') : heads('', l.rows, l.accuracy, l.interval, ''),
    ...kinds.map((by) =>
      element(
        'tbody',
        {},
        element(
          'tr',
          { className: 'kind' },
          element('th', { scope: 'rowgroup', colSpan: texts ? 4 : 5, textContent: names[by] }),
        ),
        ...groups.filter((group) => group.by === by).map(row),
      ),
    ),
  );
  return texts
    ? section(l.bitsBreakdown, l.bitsBreakdownNote, table, l, onCopy)
    : section(l.breakdown, l.breakdownNote, table, l, onCopy);
}
