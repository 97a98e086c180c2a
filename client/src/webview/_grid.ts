/**
 * The table of pieces: as long as the vocabulary, of which only what is on screen is there. An ARIA grid that takes the
 * arrow keys, Page Up and Down, Home, End, Shift with them, and Ctrl+A.
 */
import { count } from '../figures.ts';
import { element, visible } from './_dom.ts';
import { focusWithin } from './_focus.ts';
import { pageRows, RowStore, rowWindow } from './_rowStore.ts';
import type { Labels, Query, Row, Sort } from './_vocabularyProtocol.ts';

type Column = keyof Labels['columns'];

const columns: readonly Column[] = ['id', 'piece', 'kind', 'score', 'script', 'characters', 'bytes'];
const sortable: readonly Column[] = ['id', 'piece', 'score', 'characters', 'bytes'];

/** What the grid says to the page. */
export interface GridListener {
  /** Rows of a page of `pageRows` are to be asked for. */
  onDue(page: number): void;
  onSort(sort: Sort): void;
  onSelect(from: number, to: number): void;
  onCopy(): void;
}

export class Grid {
  readonly element: HTMLElement;
  readonly store = new RowStore<Row>();
  readonly #labels: Labels;
  readonly #listener: GridListener;
  readonly #scroller = element('div', { className: 'scroller' });
  readonly #space = element('div', { className: 'space', role: 'rowgroup' });
  readonly #heads = new Map<Column, HTMLElement>();
  readonly #shown = new Map<number, HTMLElement>();
  #rowHeight = 24;
  #active = 0;
  #anchor = 0;
  #drawing = false;

  constructor(labels: Labels, listener: GridListener) {
    this.#labels = labels;
    this.#listener = listener;
    const head = element('div', { className: 'row head', role: 'row', 'aria-rowindex': 1 });
    for (const column of columns) {
      const canSort = sortable.includes(column);
      const cell = element('div', { className: `cell ${column}`, role: 'columnheader' });
      const label = labels.columns[column];
      cell.append(
        canSort
          ? element('button', { type: 'button', textContent: label, onclick: () => listener.onSort(column as Sort) })
          : label,
      );
      head.append(cell);
      this.#heads.set(column, cell);
    }
    this.#scroller.append(element('div', { role: 'rowgroup', className: 'top' }, head), this.#space);
    this.element = element(
      'div',
      { className: 'grid', role: 'grid', tabIndex: 0, 'aria-label': labels.facts.pieces, 'aria-multiselectable': true },
      this.#scroller,
    );
    this.element.setAttribute('aria-colcount', String(columns.length));
    this.#scroller.addEventListener('scroll', () => this.draw(), { passive: true });
    this.#space.addEventListener('mousedown', (event) => this.#press(event));
    this.element.addEventListener('keydown', (event) => this.#key(event));
    new ResizeObserver(() => this.draw()).observe(this.#scroller);
  }

  /** Another list. `keep`: the same list read anew, so that one stays where one was. */
  reset(total: number, keep: boolean): void {
    this.store.reset(total);
    this.#rowHeight = Math.round(parseFloat(getComputedStyle(this.element).fontSize) * 1.85);
    this.element.style.setProperty('--row', `${this.#rowHeight}px`);
    this.#space.style.height = `${total * this.#rowHeight}px`;
    this.element.setAttribute('aria-rowcount', String(total + 1));
    for (const row of this.#shown.values()) row.remove();
    this.#shown.clear();
    if (!keep) this.#scroller.scrollTop = 0;
    this.#active = keep ? Math.min(this.#active, Math.max(0, total - 1)) : 0;
    this.#anchor = this.#active;
    this.draw();
  }

  sortedBy({ sort, descending }: Query): void {
    for (const [column, head] of this.#heads) {
      if (column === sort) head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
  }

  get selection(): { readonly from: number; readonly to: number } {
    const from = Math.min(this.#active, this.#anchor);
    return { from, to: Math.min(this.store.total, Math.max(this.#active, this.#anchor) + 1) };
  }

  /** The rows on screen that have come. */
  get onScreen(): readonly Row[] {
    const { from, to } = this.#window(0);
    return Array.from({ length: to - from }, (_, i) => this.store.row(from + i)).filter((row) => row !== undefined);
  }

  focus(): void {
    focusWithin(this.element);
  }

  /** Goes to a row; `extend` selects all from the anchor to it. */
  go(index: number, extend = false): void {
    this.#active = Math.max(0, Math.min(this.store.total - 1, index));
    if (!extend) this.#anchor = this.#active;
    const top = this.#active * this.#rowHeight;
    const scroller = this.#scroller;
    const room = scroller.clientHeight - this.#rowHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + this.#rowHeight > scroller.scrollTop + room) scroller.scrollTop = top + this.#rowHeight - room;
    this.#draw();
    const { from, to } = this.selection;
    this.#listener.onSelect(from, to);
  }

  /** Draws once a frame, however often it is asked to. */
  draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => this.#draw());
  }

  #window(beyond: number) {
    const { scrollTop, clientHeight } = this.#scroller;
    const height = Math.max(0, clientHeight - this.#rowHeight);
    return rowWindow({ scrollTop, height, rowHeight: this.#rowHeight }, this.store.total, beyond);
  }

  #draw(): void {
    this.#drawing = false;
    const { from, to } = this.#window(8);
    for (const page of this.store.due(from, to)) this.#listener.onDue(page);
    for (const [index, row] of this.#shown) {
      if (index >= from && index < to && (row.dataset['come'] === 'true' || this.store.row(index) === undefined))
        continue;
      row.remove();
      this.#shown.delete(index);
    }
    const { from: first, to: last } = this.selection;
    const fresh = document.createDocumentFragment();
    for (let index = from; index < to; index++) {
      let row = this.#shown.get(index);
      if (row === undefined) {
        row = this.#row(index);
        this.#shown.set(index, row);
        fresh.append(row);
      }
      row.setAttribute('aria-selected', String(index >= first && index < last));
      row.classList.toggle('active', index === this.#active);
    }
    this.#space.append(fresh);
    if (this.#shown.has(this.#active)) this.element.setAttribute('aria-activedescendant', `row-${this.#active}`);
    else this.element.removeAttribute('aria-activedescendant');
  }

  #row(index: number): HTMLElement {
    const data = this.store.row(index);
    const row = element('div', { className: 'row', role: 'row', id: `row-${index}`, 'aria-rowindex': index + 2 });
    row.dataset['index'] = String(index);
    row.dataset['come'] = String(data !== undefined);
    row.style.transform = `translateY(${index * this.#rowHeight}px)`;
    for (const column of columns) {
      const text = data === undefined ? '' : this.#text(data, column);
      const cell = element('div', { className: `cell ${column}`, role: 'gridcell', textContent: text });
      if (column === 'piece') cell.title = text;
      row.append(cell);
    }
    return row;
  }

  #text(row: Row, column: Column): string {
    switch (column) {
      case 'id':
        return String(row.id);
      case 'piece':
        return visible(row.piece);
      case 'kind':
        return this.#labels.kinds[row.kind];
      case 'score':
        return score(row.score);
      case 'script':
        return this.#labels.scripts[row.script] ?? row.script;
      case 'characters':
        return row.characters === 0 ? '–' : count(row.characters);
      case 'bytes':
        return count(row.bytes);
      default:
        return column satisfies never;
    }
  }

  #press(event: MouseEvent): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-index]') : null;
    if (row === null || event.button !== 0) return;
    this.go(Number(row.dataset['index']), event.shiftKey);
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || !(event.target === this.element)) return;
    const control = event.ctrlKey || event.metaKey;
    const screen = Math.max(1, Math.floor(this.#scroller.clientHeight / this.#rowHeight) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -screen,
      PageDown: screen,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (step !== undefined) this.go(this.#active + step, event.shiftKey);
    else if (control && event.key === 'a') {
      this.#anchor = 0;
      this.#active = Math.max(0, this.store.total - 1);
      this.#draw();
      this.#listener.onSelect(0, this.store.total);
    } else if (control && event.key === 'c') this.#listener.onCopy();
    else return;
    event.preventDefault();
  }
}

/** The first row of a page, and how many there are in it. */
export const pageStart = (page: number): { readonly from: number; readonly count: number } => ({
  from: page * pageRows,
  count: pageRows,
});

/** A float32 in its shortest form: `-1.9074`, `-1e+9`, `0`. */
function score(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return value.toLocaleString('en-US');
  return String(Number(value.toPrecision(Math.abs(value) >= 1e6 ? 9 : 6)));
}
