/** The rows of a task in pages: search and filters above, a line a row, each opening to what the model thought of every candidate. */
import type { EvaluationDetail } from '../../../server/src/protocol.ts';
import { count } from '../figures.ts';
import { fill } from '../plural.ts';
import { element } from './_dom.ts';
import { focusWithin } from './_focus.ts';
import { type Column, columnsOf, sortsOf } from './_evaluationCells.ts';
import type { Labels, Query, Row } from './_evaluationProtocol.ts';
import { everything, type Kept } from './_evaluationKept.ts';
import { rowDetail } from './_evaluationRow.ts';
import { without } from './_without.ts';
import { onText } from './_typing.ts';
import { Pager } from './_pager.ts';

export const pageRows = 50;

/** Pages of so many rows, one at least. */
export const pagesOf = (rows: number): number => Math.max(1, Math.ceil(rows / pageRows));

export interface RowsListener {
  onQuery(query: Query): void;
  onPage(page: number): void;
  /** A row's whole texts are wanted: its place in the query. */
  onWhole(at: number): void;
  onOpen(file: string, line: number): void;
  /** A row was opened or closed. */
  onToggle(): void;
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
  /** Above the rows and below them. */
  readonly #pagers: readonly Pager[];
  #query: Query = everything;
  #detail: Pick<EvaluationDetail.Answer, 'kind' | 'value' | 'labels'> = { kind: 'choice', labels: [] };
  #boxes: Readonly<Record<'outcome' | 'gold' | 'prediction', HTMLElement>>;
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
    onText(this.#search, soon);
    for (const box of Object.values(this.#selects))
      box.addEventListener('change', () => this.choose(this.#fromBoxes()));
    this.#down = element('input', { type: 'checkbox' });
    this.#down.addEventListener('change', () => this.choose({ ...this.#query, descending: this.#down.checked }));
    const button = (textContent: string, onclick: () => void) =>
      element('button', { type: 'button', textContent, onclick });
    this.#clear = button(labels.clear, () => {
      const { sort, descending } = this.#query;
      this.choose({ ...everything, sort, descending });
      focusWithin(this.#search);
    });
    const [above, below] = [new Pager(labels, listener), new Pager(labels, listener)];
    this.#pagers = [above, below];
    const label = (text: string, box: HTMLElement) => element('label', {}, `${text} `, box);
    const { outcome, gold, prediction, sort } = this.#selects;
    this.#boxes = {
      outcome: label(labels.outcome, outcome),
      gold: label(labels.expected, gold),
      prediction: label(labels.predicted, prediction),
    };
    this.element = element(
      'section',
      { className: 'rows' },
      element('h2', { textContent: labels.rowsOfTask }),
      element(
        'div',
        { className: 'controls', role: 'search' },
        this.#search,
        ...Object.values(this.#boxes),
        label(labels.sort, sort),
        element('label', {}, this.#down, ` ${labels.descending}`),
      ),
      element('div', { className: 'controls' }, this.#status, this.#chosen, this.#clear, above.element),
      element(
        'div',
        { className: 'scrolled', tabIndex: 0, role: 'group', 'aria-label': labels.rows },
        element('table', { className: 'list', 'aria-label': labels.rows }, this.#head, this.#body),
      ),
      element('div', { className: 'controls' }, below.element),
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

  /** What of the rows is kept while the page is not there. */
  get kept(): Pick<Kept, 'query' | 'page' | 'open'> {
    const [query, page, open] = [this.#query, this.#page, this.#open];
    return { query, page, ...(open === undefined ? {} : { open }) };
  }

  focus(): void {
    focusWithin(this.#search);
    this.#search.select();
  }

  /**
   * Another task: what its rows are, and its candidates, where they are the same in every row. `kept`: the same task again, as
   * it was shown.
   */
  offer(
    detail: Pick<EvaluationDetail.Answer, 'kind' | 'value' | 'labels'>,
    kept?: Pick<Kept, 'query' | 'page' | 'open'>,
  ): void {
    const l = this.#labels;
    this.#detail = detail;
    const names = detail.labels.map((name) => name.trim());
    const options = (entries: readonly (readonly [string, string])[]) =>
      entries.map(([value, textContent]) => element('option', { value, textContent }));
    const { outcome, gold, prediction } = this.#selects;
    this.#boxes.outcome.hidden = detail.kind === 'text';
    for (const box of [this.#boxes.gold, this.#boxes.prediction]) box.hidden = detail.kind !== 'choice';
    outcome.replaceChildren(...options([['', l.all], ['wrong', l.wrong], ['right', l.right]])); // prettier-ignore
    for (const box of [gold, prediction]) {
      box.replaceChildren(...options([['', l.all], ...names.map((name, i) => [String(i), name] as const)]));
      box.disabled = names.length === 0;
    }
    const { query = everything, open, page = 0 } = kept ?? {};
    const known = (at: number | undefined) => at === undefined || at < names.length;
    this.#query = known(query.gold) && known(query.prediction) ? query : without(query, 'gold', 'prediction');
    this.#offerSorts(query.sort === 'difference');
    // A row of the task before is another one here, and what was being typed was meant for that task.
    clearTimeout(this.#timer);
    [this.#open, this.#whole, this.#page] = [open, undefined, page];
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

  #offerSorts(beside: boolean): void {
    const { sort } = this.#selects;
    const l = this.#labels;
    const names = { ...l.sorts, ...(this.#detail.value === undefined ? {} : { value: l.values[this.#detail.value] }) };
    const offered = sortsOf(this.#detail, beside);
    if (offered.join(' ') === Array.from(sort.options, ({ value }) => value).join(' ')) return;
    sort.replaceChildren(...offered.map((value) => element('option', { value, textContent: names[value] })));
    sort.value = this.#query.sort;
  }

  /** `otherName`: the evaluation beside, if there is one. */
  show(page: number, total: number, rows: readonly Row[], otherName: string): void {
    this.#offerSorts(otherName !== '');
    this.#page = page;
    this.#total = total;
    this.#rows = rows;
    this.#otherName = otherName;
    // Not the boxes: somebody may be typing the next query into one.
    this.#showChosen();
    this.#draw();
    const open = rows.findIndex(({ id }) => id === this.#open);
    if (open >= 0 && this.#whole?.id !== this.#open) this.#listener.onWhole(page * pageRows + open);
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
    const { search, outcome, gold, prediction, sort, descending } = this.#query;
    if (this.#search.value !== search) this.#search.value = search;
    this.#selects.outcome.value = outcome ?? '';
    this.#selects.gold.value = gold === undefined ? '' : String(gold);
    this.#selects.prediction.value = prediction === undefined ? '' : String(prediction);
    this.#selects.sort.value = sort;
    this.#down.checked = descending;
    this.#showChosen();
  }

  /** What of the query stands in no box. */
  #showChosen(): void {
    const { search, outcome, gold, prediction, group, beside } = this.#query;
    const l = this.#labels;
    this.#chosen.textContent = [
      ...(group === undefined ? [] : [l.groups[group.by]]),
      ...(beside === undefined ? [] : [fill(this.#besideName(beside), this.#otherName)]),
    ].join(' · ');
    this.#clear.hidden =
      search === '' && [outcome, gold, prediction, group, beside].every((value) => value === undefined);
  }

  #besideName(beside: NonNullable<Query['beside']>): string {
    const names: Readonly<Record<string, string>> = this.#detail.kind === 'text' ? this.#labels.besideTexts : {};
    return names[beside] ?? this.#labels.besideOutcomes[beside];
  }

  #draw(): void {
    const l = this.#labels;
    const focused = (['data-row', 'data-sort'] as const).flatMap((name) => {
      const value = document.activeElement?.getAttribute(name) ?? undefined;
      return value === undefined ? [] : [`[${name}="${value}"]`];
    })[0];
    const pages = pagesOf(this.#total);
    const pageText = pages === 1 ? '' : ` · ${fill(l.page, count(this.#page + 1), count(pages))}`;
    const said = this.#total === 0 ? l.noMatch : `${fill(l.shown, count(this.#total))}${pageText}`;
    if (this.#status.textContent !== said) this.#status.textContent = said;
    for (const pager of this.#pagers) pager.show(this.#page, pages);
    const beside = this.#rows.some(({ other }) => other !== undefined);
    const columns = columnsOf(this.#detail, l, beside ? this.#otherName : undefined);
    const heads = [{ head: l.row, sort: 'row' } as const, ...columns];
    this.#head.replaceChildren(element('tr', {}, ...heads.map((column) => this.#headCell(column))));
    this.#body.replaceChildren(
      ...this.#rows.flatMap((row, i) => [
        this.#line(row, i, columns),
        ...(this.#open === row.id
          ? [
              rowDetail(this.#whole?.id === row.id ? this.#whole : row, this.#labels, {
                columns: heads.length,
                value: this.#detail.value,
                otherName: this.#otherName,
                onOpen: (file, line) => this.#listener.onOpen(file, line),
              }),
            ]
          : []),
      ]),
    );
    const again = focused === undefined ? null : this.element.querySelector<HTMLElement>(focused);
    if (again !== null) focusWithin(again);
  }

  /** A press sorts by the column; another one turns the order round. */
  #headCell({ head, sort, note, figures = false }: Omit<Column, 'cell'>): HTMLElement {
    const cell = element('th', { scope: 'col', className: figures ? 'figure' : '', title: note ?? '' });
    if (sort === undefined) {
      cell.textContent = head;
      return cell;
    }
    const { sort: now, descending } = this.#query;
    if (now === sort) cell.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    const onclick = () =>
      this.choose({ ...this.#query, sort, descending: now === sort ? !descending : sort !== 'row' });
    cell.append(
      element('button', { type: 'button', 'data-sort': sort, onclick }, element('span', { textContent: head })),
    );
    return cell;
  }

  #line(row: Row, i: number, columns: readonly Column[]): HTMLElement {
    const open = this.#open === row.id;
    const toggle = element(
      'button',
      {
        ...{ type: 'button', className: 'link', 'aria-expanded': String(open), 'data-row': String(row.id) },
        onclick: () => {
          this.#open = open ? undefined : row.id;
          this.#whole = undefined;
          this.#draw();
          if (!open) this.#listener.onWhole(this.#page * pageRows + i);
          this.#listener.onToggle();
        },
      },
      `${open ? '▾' : '▸'} ${count(row.id + 1)}`,
    );
    const cells = [element('th', { scope: 'row' }, toggle), ...columns.map((column) => column.cell(row))];
    return element('tr', { className: open ? 'open' : '' }, ...cells);
  }
}
