/** Counts as bars that are a table too: each bar's name is a button that filters the pieces by it. */
import { count, percent } from '../figures.ts';
import { barsSvg, type Bar } from './_barsSvg.ts';
import { element } from './_dom.ts';
import type { Labels } from './_vocabularyProtocol.ts';

export interface BarRow {
  readonly key: string;
  readonly label: string;
  readonly count: number;
  readonly added: number;
}

export interface BarsListener {
  onPick(key: string): void;
  onCopy(text: string): void;
  onSave?(svg: string): void;
}

export class Bars {
  readonly element: HTMLElement;
  readonly #labels: Labels;
  readonly #title: string;
  readonly #listener: BarsListener;
  readonly #table = element('table', { className: 'bars' });
  readonly #legend = element('p', { className: 'legend' });
  #rows: readonly BarRow[] = [];
  #merged = false;

  constructor(labels: Labels, title: string, note: string | undefined, listener: BarsListener) {
    this.#labels = labels;
    this.#title = title;
    this.#listener = listener;
    this.#table.setAttribute('aria-label', title);
    const button = (label: string, onclick: () => void) =>
      element('button', { type: 'button', textContent: label, onclick });
    const save = listener.onSave?.bind(listener);
    this.#legend.append(
      element('span', { className: 'swatch base' }),
      labels.base,
      element('span', { className: 'swatch added' }),
      labels.added,
    );
    this.element = element(
      'section',
      {},
      element('h2', { textContent: title }),
      ...(note === undefined ? [] : [element('p', { className: 'note', textContent: note })]),
      this.#legend,
      this.#table,
      element(
        'p',
        { className: 'actions' },
        button(labels.copyTable, () => listener.onCopy(this.text())),
        ' ',
        ...(save === undefined ? [] : [button(labels.saveSvg, () => save(this.svg()))]),
      ),
    );
  }

  /** `merged`: base and added pieces are told apart. `picked`: the keys that the pieces are filtered by. */
  show(rows: readonly BarRow[], merged: boolean, picked: readonly string[]): void {
    this.#rows = rows;
    this.#merged = merged;
    this.#legend.hidden = !merged;
    const most = Math.max(1, ...rows.map((row) => row.count));
    const l = this.#labels;
    const head = ['', '', l.count, ...(merged ? [l.added] : []), l.share];
    const bar = (className: string, n: number) => {
      const part = element('span', { className: `bar ${className}` });
      part.style.width = `${(100 * n) / most}%`;
      return part;
    };
    this.#table.replaceChildren(
      element(
        'thead',
        {},
        element('tr', {}, ...head.map((text) => element('th', { scope: 'col', textContent: text }))),
      ),
      element(
        'tbody',
        {},
        ...rows.map((row) =>
          element(
            'tr',
            {},
            element(
              'th',
              { scope: 'row' },
              element('button', {
                type: 'button',
                className: 'pick',
                textContent: row.label,
                'aria-pressed': picked.includes(row.key),
                onclick: () => this.#listener.onPick(row.key),
              }),
            ),
            element(
              'td',
              { className: 'drawn', 'aria-hidden': true },
              bar('base', merged ? row.count - row.added : row.count),
              ...(merged ? [bar('added', row.added)] : []),
            ),
            element('td', { className: 'figure', textContent: count(row.count) }),
            ...(merged ? [element('td', { className: 'figure', textContent: count(row.added) })] : []),
            element('td', { className: 'figure', textContent: this.#share(row) }),
          ),
        ),
      ),
    );
  }

  /** Tab-separated, as spreadsheets take it. */
  text(): string {
    const { count: counted, added, share } = this.#labels;
    const head = [this.#title, counted, ...(this.#merged ? [added] : []), share];
    const lines = this.#rows.map((row) => [
      row.label,
      String(row.count),
      ...(this.#merged ? [String(row.added)] : []),
      this.#share(row),
    ]);
    return [head, ...lines].map((line) => line.join('\t')).join('\n');
  }

  svg(): string {
    const { base, added } = this.#labels;
    const bars: Bar[] = this.#rows.map((row) => ({ ...row, share: this.#share(row) }));
    return barsSvg({ title: this.#title, bars, count, parts: this.#merged ? { base, added } : undefined });
  }

  #share(row: BarRow): string {
    return percent(row.count / this.#rows.reduce((sum, { count: n }) => sum + n, 0));
  }
}
