/** The rows of a task in pages: search and filters above, a line a row, each opening to what the model thought of every candidate. */
import { count, percent } from '../figures.ts';
import { element, fill } from './_dom.ts';
import type { Labels, Query, Row } from './_evaluationProtocol.ts';
import { rowDetail } from './_evaluationRow.ts';
import { without } from './_without.ts';

export const pageRows = 50;

export const everything: Query = { search: '', sort: 'row', descending: false };

/** The question itself stands behind the solved examples. */
const questionOf = (context: string): string => context.slice(context.lastIndexOf('\n\n') + 1).trim();

export interface RowsListener {
  onQuery(query: Query): void;
  onPage(page: number): void;
  /** A row's whole texts are wanted: its place in the query. */
  onWhole(at: number): void;
  onOpen(file: string, line: number): void;
}

export class RowsPart {
  readonly element: HTMLElement;
  readonly #labels: Labels;
  readonly #listener: RowsListener;
  readonly #search: HTMLInputElement;
  readonly #selects: Readonly<Record<'outcome' | 'gold' | 'prediction' | 'sort', HTMLSelectElement>>;
  readonly #down: HTMLInputElement;
  readonly #clear: HTMLButtonElement;
  readonly #chosen = element('span', { className: 'note' });
  readonly #status = element('output', { className: 'status', 'aria-live': 'polite' });
  readonly #head = element('thead');
  readonly #body = element('tbody');
  readonly #previous: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  #query: Query = everything;
  #names: readonly string[] = [];
  #rows: readonly Row[] = [];
  #open: number | undefined;
  #whole: Row | undefined;
  #page = 0;
  #total = 0;
  #otherName = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(labels: Labels, listener: RowsListener) {
    this.#labels = labels;
    this.#listener = listener;
    const select = () => element('select');
    this.#selects = { outcome: select(), gold: select(), prediction: select(), sort: select() };
    this.#search = element('input', {
      ...{ type: 'search', placeholder: labels.search, 'aria-label': labels.search, spellcheck: false },
    });
    const soon = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.choose({ ...this.#query, search: this.#search.value }), 200);
    };
    // While a syllable is being put together, it is no text yet.
    this.#search.addEventListener('input', (event) => {
      if (!(event instanceof InputEvent && event.isComposing)) soon();
    });
    this.#search.addEventListener('compositionend', soon);
    for (const box of Object.values(this.#selects))
      box.addEventListener('change', () => this.choose(this.#fromBoxes()));
    this.#down = element('input', { type: 'checkbox' });
    this.#down.addEventListener('change', () => this.choose({ ...this.#query, descending: this.#down.checked }));
    const button = (textContent: string, onclick: () => void) =>
      element('button', { type: 'button', textContent, onclick });
    this.#clear = button(labels.clear, () => {
      const { sort, descending } = this.#query;
      this.choose({ ...everything, sort, descending });
      this.#search.focus();
    });
    this.#previous = button(labels.previous, () => listener.onPage(this.#page - 1));
    this.#next = button(labels.next, () => listener.onPage(this.#page + 1));
    const label = (text: string, box: HTMLElement) => element('label', {}, `${text} `, box);
    const { outcome, gold, prediction, sort } = this.#selects;
    this.element = element(
      'section',
      { className: 'rows' },
      element('h2', { textContent: labels.rowsOfTask }),
      element(
        'div',
        { className: 'controls', role: 'search' },
        this.#search,
        label(labels.outcome, outcome),
        label(labels.expected, gold),
        label(labels.predicted, prediction),
        label(labels.sort, sort),
        element('label', {}, this.#down, ` ${labels.descending}`),
      ),
      element(
        'div',
        { className: 'controls' },
        this.#status,
        this.#chosen,
        this.#clear,
        element('span', { className: 'buttons' }, this.#previous, this.#next),
      ),
      element(
        'div',
        { className: 'scrolled', tabIndex: 0, role: 'group', 'aria-label': labels.rows },
        element('table', { className: 'list', 'aria-label': labels.rows }, this.#head, this.#body),
      ),
    );
  }

  get query(): Query {
    return this.#query;
  }

  get shown(): readonly Row[] {
    return this.#rows;
  }

  get total(): number {
    return this.#total;
  }

  focus(): void {
    this.#search.focus();
    this.#search.select();
  }

  /** Another task: its candidates, where they are the same in every row. */
  offer(names: readonly string[]): void {
    const l = this.#labels;
    this.#names = names.map((name) => name.trim());
    const options = (entries: readonly (readonly [string, string])[]) =>
      entries.map(([value, textContent]) => element('option', { value, textContent }));
    const { outcome, gold, prediction, sort } = this.#selects;
    outcome.replaceChildren(...options([['', l.all], ['wrong', l.wrong], ['right', l.right]])); // prettier-ignore
    for (const box of [gold, prediction]) {
      box.replaceChildren(...options([['', l.all], ...this.#names.map((name, i) => [String(i), name] as const)]));
      box.disabled = names.length === 0;
    }
    const sorts = Object.entries(l.sorts);
    sort.replaceChildren(...options(sorts));
    this.#query = everything;
    this.#showBoxes();
  }

  /** Takes a query as if it had been typed. */
  choose(query: Query): void {
    clearTimeout(this.#timer);
    this.#query = query;
    this.#open = undefined;
    this.#showBoxes();
    this.#listener.onQuery(query);
  }

  show(page: number, total: number, rows: readonly Row[], otherName: string): void {
    this.#page = page;
    this.#total = total;
    this.#rows = rows;
    this.#otherName = otherName;
    this.#draw();
  }

  whole(row: Row): void {
    this.#whole = row;
    this.#draw();
  }

  #fromBoxes(): Query {
    const { outcome, gold, prediction, sort } = this.#selects;
    return {
      ...without(this.#query, 'gold', 'prediction', 'outcome'),
      ...(outcome.value === 'right' || outcome.value === 'wrong' ? { outcome: outcome.value } : {}),
      ...(gold.value === '' ? {} : { gold: Number(gold.value) }),
      ...(prediction.value === '' ? {} : { prediction: Number(prediction.value) }),
      sort: sort.value as Query['sort'],
    };
  }

  #showBoxes(): void {
    const { search, outcome, gold, prediction, sort, descending, group, beside } = this.#query;
    if (this.#search.value !== search) this.#search.value = search;
    this.#selects.outcome.value = outcome ?? '';
    this.#selects.gold.value = gold === undefined ? '' : String(gold);
    this.#selects.prediction.value = prediction === undefined ? '' : String(prediction);
    this.#selects.sort.value = sort;
    this.#down.checked = descending;
    const l = this.#labels;
    this.#chosen.textContent = [
      ...(group === undefined ? [] : [l.groups[group.by]]),
      ...(beside === undefined ? [] : [fill(l.besideOutcomes[beside], this.#otherName)]),
    ].join(' · ');
    this.#clear.hidden =
      search === '' && [outcome, gold, prediction, group, beside].every((value) => value === undefined);
  }

  #draw(): void {
    const l = this.#labels;
    const focused = document.activeElement?.getAttribute('data-row');
    const pages = Math.max(1, Math.ceil(this.#total / pageRows));
    const pageText = pages === 1 ? '' : ` · ${fill(l.page, count(this.#page + 1), count(pages))}`;
    const said = this.#total === 0 ? l.noMatch : `${fill(l.shown, count(this.#total))}${pageText}`;
    if (this.#status.textContent !== said) this.#status.textContent = said;
    this.#previous.disabled = this.#page === 0;
    this.#next.disabled = this.#page + 1 >= pages;
    const beside = this.#rows.some(({ other }) => other !== undefined);
    const columns = [
      l.row,
      l.result,
      l.question,
      l.expected,
      l.predicted,
      ...(beside ? [this.#otherName] : []),
      l.confidence,
    ];
    this.#head.replaceChildren(
      element('tr', {}, ...columns.map((text) => element('th', { scope: 'col', textContent: text }))),
    );
    this.#body.replaceChildren(
      ...this.#rows.flatMap((row, i) => [
        this.#line(row, i, beside),
        ...(this.#open === row.id
          ? [
              rowDetail(this.#whole?.id === row.id ? this.#whole : row, this.#labels, {
                columns: columns.length,
                otherName: this.#otherName,
                onOpen: (file, line) => this.#listener.onOpen(file, line),
              }),
            ]
          : []),
      ]),
    );
    if (focused !== null && focused !== undefined)
      this.#body.querySelector<HTMLElement>(`[data-row="${focused}"]`)?.focus();
  }

  #named(row: Row, index: number): string {
    const own = row.candidates[index]?.text.trim() ?? '';
    return this.#names[index] === own || own === '' ? own : `${index + 1} · ${own}`;
  }

  #line(row: Row, i: number, beside: boolean): HTMLElement {
    const l = this.#labels;
    const open = this.#open === row.id;
    const written = row.answer !== undefined;
    const outcome = (right: boolean) =>
      element('span', { className: right ? 'right' : 'wrong', textContent: right ? `✓ ${l.right}` : `✗ ${l.wrong}` });
    const toggle = element(
      'button',
      {
        ...{ type: 'button', className: 'link', 'aria-expanded': String(open), 'data-row': String(row.id) },
        onclick: () => {
          this.#open = open ? undefined : row.id;
          this.#whole = undefined;
          this.#draw();
          if (!open) this.#listener.onWhole(this.#page * pageRows + i);
        },
      },
      `${open ? '▾' : '▸'} ${count(row.id + 1)}`,
    );
    const cells = [
      element('th', { scope: 'row' }, toggle),
      element('td', {}, outcome(row.right)),
      element('td', { className: 'text' }, element('div', { textContent: questionOf(row.context) })),
      element('td', { className: 'short', textContent: written ? (row.goldText ?? '') : this.#named(row, row.gold) }),
      element('td', { className: 'short', textContent: written ? row.answer : this.#named(row, row.prediction) }),
      ...(beside
        ? [
            row.other === undefined
              ? element('td', { textContent: '–' })
              : element(
                  'td',
                  { className: 'short' },
                  outcome(row.other.right),
                  ` ${row.other.answer ?? this.#named(row, row.other.prediction)}`,
                ),
          ]
        : []),
      element('td', { className: 'figure', textContent: row.confidence === undefined ? '–' : percent(row.confidence) }),
    ];
    return element('tr', { className: open ? 'open' : '' }, ...cells);
  }
}
