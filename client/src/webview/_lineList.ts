/**
 * The lines of a text under two tokenizers, side by side: of any number of lines only those on screen are there, each as
 * high as its longer side. Arrow keys go from token to token and from line to line.
 */
import { count } from '../figures.ts';
import { fill } from '../plural.ts';
import { element, visible } from './_dom.ts';
import { Heights } from './_heights.ts';
import { RowStore } from './_rowStore.ts';
import { hex, type Segment, segments } from './_segments.ts';
import type { Comparison, Labels, Line, SideName } from './_compareProtocol.ts';

export const pageLines = 40;
const sides: readonly SideName[] = ['left', 'right'];

export type Pair = Readonly<Record<SideName, Line>>;

export interface LineListListener {
  /** Lines of a page of `pageLines` are to be asked for. */
  onDue(page: number): void;
  /** A token was chosen; in words. */
  onDetail(text: string): void;
}

/** A token on the page: its line, its side, and its number among the tokens there. */
interface Cursor {
  readonly line: number;
  readonly side: SideName;
  readonly token: number;
}

export class LineList {
  readonly element: HTMLElement;
  readonly store = new RowStore<Pair>(pageLines);
  readonly #labels: Labels;
  readonly #listener: LineListListener;
  readonly #top = element('div');
  readonly #rows = element('div');
  readonly #bottom = element('div');
  readonly #shown = new Map<number, HTMLElement>();
  /** Lines as they were before the last change, shown until the new ones come. */
  #before = new Map<number, Pair>();
  #heights = new Heights(0, 24);
  #comparison: Comparison | undefined;
  #cursor: Cursor | undefined;
  #drawing = false;

  constructor(labels: Labels, listener: LineListListener) {
    this.#labels = labels;
    this.#listener = listener;
    this.element = element(
      'div',
      { className: 'lines', role: 'grid', tabIndex: 0, 'aria-label': labels.title },
      this.#top,
      this.#rows,
      this.#bottom,
    );
    this.#rows.setAttribute('role', 'rowgroup');
    this.element.addEventListener('scroll', () => this.draw(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('click', (event) => this.#click(event));
    let width = 0;
    new ResizeObserver(() => {
      // Other widths break lines elsewhere: all heights are estimates again.
      if (this.element.clientWidth !== width) this.#measureAnew();
      width = this.element.clientWidth;
      this.draw();
    }).observe(this.element);
  }

  /** A new comparison of the same text, or of another (`same`: one stays where one was). */
  reset(comparison: Comparison, same: boolean): void {
    this.#before = new Map();
    if (same) {
      for (const line of this.#shown.keys()) {
        const pair = this.store.row(line);
        if (pair !== undefined) this.#before.set(line, pair);
      }
    } else {
      this.element.scrollTop = 0;
      this.#cursor = undefined;
      this.#listener.onDetail('');
    }
    this.#comparison = comparison;
    this.store.reset(comparison.lines);
    this.element.setAttribute('aria-rowcount', String(comparison.lines));
    for (const row of this.#shown.values()) row.dataset['come'] = 'false';
    this.#measureAnew();
    this.draw();
  }

  /** The first lines on screen that have come. */
  get onScreen(): readonly Pair[] {
    const first = this.#heights.at(this.element.scrollTop);
    return Array.from({ length: 30 }, (_, i) => this.store.row(first + i)).filter((pair) => pair !== undefined);
  }

  draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #measureAnew(): void {
    const known = [...this.#shown.values()].map((row) => row.offsetHeight).filter((height) => height > 0);
    const usual = known.length === 0 ? 26 : Math.max(20, known.reduce((a, b) => a + b, 0) / known.length);
    this.#heights = new Heights(this.#comparison?.lines ?? 0, Math.round(usual));
  }

  #draw(): void {
    const { scrollTop, clientHeight } = this.element;
    const { length } = this.#heights;
    const from = length === 0 ? 0 : Math.max(0, this.#heights.at(scrollTop) - 4);
    const to = length === 0 ? 0 : Math.min(length, this.#heights.at(scrollTop + clientHeight) + 5);
    for (const page of this.store.due(from, to)) this.#listener.onDue(page);
    for (const [line, row] of this.#shown) {
      if (line >= from && line < to && (row.dataset['come'] === 'true' || this.store.row(line) === undefined)) continue;
      row.remove();
      this.#shown.delete(line);
    }
    let before: Element | null = null;
    for (let line = to - 1; line >= from; line--) {
      let row = this.#shown.get(line);
      if (row === undefined) {
        row = this.#row(line);
        this.#shown.set(line, row);
        this.#rows.insertBefore(row, before);
      }
      before = row;
    }
    this.#top.style.height = `${this.#heights.top(from)}px`;
    this.#bottom.style.height = `${this.#heights.top(length) - this.#heights.top(to)}px`;
    this.#showCursor();
    this.#measure();
  }

  /** Takes the heights of what was drawn; what lies above the screen must not move what is on it. */
  #measure(): void {
    let moved = 0;
    let changed = false;
    const first = this.#heights.at(this.element.scrollTop);
    for (const [line, row] of this.#shown) {
      const height = row.offsetHeight;
      const before = this.#heights.get(line);
      if (height === before || height === 0) continue;
      this.#heights.set(line, height);
      changed = true;
      if (line < first) moved += height - before;
    }
    if (!changed) return;
    if (moved !== 0) this.element.scrollTop += moved;
    this.draw();
  }

  #row(line: number): HTMLElement {
    const come = this.store.row(line);
    const pair = come ?? this.#before.get(line);
    const row = element('div', { className: 'line', role: 'row', 'aria-rowindex': line + 1 });
    row.dataset['line'] = String(line);
    row.dataset['come'] = String(come !== undefined);
    const number = (this.#comparison?.firstLine ?? 1) + line;
    row.append(element('div', { className: 'number', role: 'rowheader', textContent: String(number) }));
    for (const side of sides) row.append(this.#cell(line, side, pair));
    const counts = element('div', { className: 'counts', role: 'gridcell' });
    if (pair !== undefined) {
      const { left, right } = pair;
      const more = right.tokens - left.tokens;
      const sign = more > 0 ? `+${more}` : more < 0 ? `−${-more}` : '';
      counts.append(`${count(left.tokens)} → ${count(right.tokens)}`);
      counts.append(element('span', { className: more < 0 ? 'fewer' : 'more', textContent: sign }));
    }
    row.append(counts);
    return row;
  }

  #cell(line: number, side: SideName, pair: Pair | undefined): HTMLElement {
    const cell = element('div', { className: `text ${side}`, role: 'gridcell' });
    if (pair === undefined) return cell;
    const { text, spans, cut } = pair[side];
    const other = pair[side === 'left' ? 'right' : 'left'].spans;
    let token = 0;
    for (const segment of segments(text, spans, other)) {
      if (segment.span === undefined) {
        cell.append(segment.text);
        continue;
      }
      const drawn = element('span', { className: classOf(segment), id: `t-${line}-${side}-${token}` });
      drawn.append(shownText(segment));
      const { length } = segment.span.ids;
      if (length > 1) drawn.append(element('sup', { textContent: String(length) }));
      cell.append(drawn);
      token++;
    }
    if (cut) cell.append(element('span', { className: 'cut', textContent: ` … ${this.#labels.cutLine}` }));
    return cell;
  }

  #click(event: MouseEvent): void {
    const id = event.target instanceof Element ? event.target.closest('.token')?.id : undefined;
    const [, line, side, token] = /^t-(\d+)-(left|right)-(\d+)$/.exec(id ?? '') ?? [];
    if (line === undefined) return;
    this.#go({ line: Number(line), side: side as SideName, token: Number(token) });
  }

  #spans(line: number, side: SideName) {
    return this.store.row(line)?.[side].spans ?? [];
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const moved = this.#moved(event.key);
    if (moved === undefined) return;
    event.preventDefault();
    this.#go(moved);
  }

  /** Where a key leads from the token one is at; from none, to the first on screen. */
  #moved(key: string): Cursor | undefined {
    const cursor = this.#cursor;
    const last = this.#heights.length - 1;
    if (!/^(Arrow|Page|Home|End)/.test(key) || last < 0) return undefined;
    if (cursor === undefined) return { line: this.#heights.at(this.element.scrollTop), side: 'left', token: 0 };
    const { line, side, token } = cursor;
    const toLine = (wanted: number): Cursor => ({ line: Math.max(0, Math.min(last, wanted)), side, token });
    const screen = Math.max(1, Math.floor(this.element.clientHeight / this.#heights.get(line)) - 2);
    switch (key) {
      case 'ArrowDown':
        return toLine(line + 1);
      case 'ArrowUp':
        return toLine(line - 1);
      case 'PageDown':
        return toLine(line + screen);
      case 'PageUp':
        return toLine(line - screen);
      case 'Home':
        return { ...toLine(0), token: 0 };
      case 'End':
        return { ...toLine(last), token: 0 };
      case 'ArrowRight':
        if (token + 1 < this.#spans(line, side).length) return { line, side, token: token + 1 };
        if (side === 'left') return { line, side: 'right', token: 0 };
        return line < last ? { line: line + 1, side: 'left', token: 0 } : cursor;
      case 'ArrowLeft':
        if (token > 0) return { line, side, token: Math.min(token, this.#spans(line, side).length) - 1 };
        if (side === 'right') return { line, side: 'left', token: Math.max(0, this.#spans(line, 'left').length - 1) };
        if (line === 0) return cursor;
        return { line: line - 1, side: 'right', token: Math.max(0, this.#spans(line - 1, 'right').length - 1) };
      default:
        return undefined;
    }
  }

  #go(cursor: Cursor): void {
    this.#cursor = cursor;
    const top = this.#heights.top(cursor.line);
    const height = this.#heights.get(cursor.line);
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + height > scrollTop + clientHeight)
      this.element.scrollTop = top + Math.min(height, clientHeight) - clientHeight;
    this.#draw();
  }

  #showCursor(): void {
    this.#rows.querySelector('.token.current')?.classList.remove('current');
    const cursor = this.#cursor;
    if (cursor === undefined) return;
    const { line, side } = cursor;
    const spans = this.#spans(line, side);
    const token = Math.max(0, Math.min(cursor.token, spans.length - 1));
    const at = this.#rows.querySelector(`#t-${line}-${side}-${token}`);
    const pair = this.store.row(line);
    const span = spans[token];
    this.element.removeAttribute('aria-activedescendant');
    if (at === null || pair === undefined || span === undefined) return;
    at.classList.add('current');
    this.element.setAttribute('aria-activedescendant', at.id);
    this.#listener.onDetail(this.#detail(pair[side].text.slice(span.start, span.end), span, side));
  }

  #detail(text: string, { ids, pieces, kind }: Line['spans'][number], side: SideName): string {
    const l = this.#labels;
    return [
      this.#comparison?.[side].tokenizer.name ?? '',
      text === '' ? l.standsForNothing : `‘${visible(text)}’`,
      pieces.map(visible).join(' '),
      fill(ids.length === 1 ? l.id : l.ids, ids.join(' ')),
      ids.length === 1 ? l.oneToken : fill(l.manyTokens, String(ids.length)),
      ...(text === '' ? [] : [`${l.bytes} ${hex(text)}`]),
      ...(kind === 'unknown' ? [l.unknown] : []),
    ].join(' · ');
  }
}

function classOf({ span, differs, odd, text }: Segment): string {
  return [
    'token',
    odd ? 'odd' : 'even',
    ...(span?.kind === 'bytes' ? ['bytes'] : []),
    ...(span?.kind === 'unknown' ? ['unknown'] : []),
    ...(span !== undefined && span.ids.length > 1 ? ['group'] : []),
    ...(differs ? ['differs'] : []),
    ...(text === '' ? ['ghost'] : []),
  ].join(' ');
}

/** The text itself; a token of nothing shows its piece. */
const shownText = ({ text, span }: Segment): string => (text === '' ? visible(span?.pieces.join('') ?? '') : text);
