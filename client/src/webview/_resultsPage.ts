/** The page of all results: the table in the form of the published one, sorted and filtered, and why a cell may differ. */
import { debounce } from '../debounce.ts';
import { count } from '../figures.ts';
import { fill } from '../plural.ts';
import { type editorApi, element, keepingPlace } from './_dom.ts';
import { focusWithin } from './_focus.ts';
import type { FromPage, Labels, ToPage } from './_resultsProtocol.ts';
import { cellText, filtered, ordered, resultsTable } from './_resultsTable.ts';
import type { Cell, Column, Mark, Order, ResultsTable, Row } from './_resultsTable.ts';
import { csv, latex, markdown } from './_resultsText.ts';
import { without } from './_without.ts';
import { isComposing, onText } from './_typing.ts';

type Results = Extract<ToPage, { type: 'results' }>;

/** What a window reload keeps. */
interface Kept {
  readonly order?: Order;
  readonly filter: string;
  readonly withPublished: boolean;
  /** The cell that is explained, by row and column. */
  readonly explained?: { readonly row: string; readonly column: string };
  /** How far down the page is scrolled, in pixels. */
  readonly top?: number;
}

export class ResultsPage {
  readonly #labels: Labels;
  readonly #editor: ReturnType<typeof editorApi>;
  readonly #source = element('p', { className: 'note' });
  readonly #problem = element('div', { className: 'problem', role: 'alert', hidden: true });
  readonly #status = element('output', { className: 'status', 'aria-live': 'polite' });
  readonly #head = element('thead');
  readonly #body = element('tbody');
  readonly #explanation = element('section', { className: 'explanation', role: 'status', hidden: true });
  #results: Results | undefined;
  #table: ResultsTable = { columns: [], rows: [] };
  #kept: Kept;
  /** Where the page was scrolled to before it was hidden, until its rows are there. */
  #top: number | undefined;

  constructor(at: HTMLElement, labels: Labels, editor: ReturnType<typeof editorApi>) {
    this.#labels = labels;
    this.#editor = editor;
    this.#kept = { filter: '', withPublished: true, ...(editor.getState() as Partial<Kept> | undefined) };
    this.#top = this.#kept.top;
    window.addEventListener(
      'scroll',
      debounce(100, () => {
        this.#kept = { ...this.#kept, top: window.scrollY };
        this.#editor.setState(this.#kept);
      }),
    );
    const search = element('input', {
      ...{ type: 'search', placeholder: labels.filter, 'aria-label': labels.filter, spellcheck: false },
      value: this.#kept.filter,
    });
    onText(search, () => this.#keep({ filter: search.value }));
    const box = element('input', { type: 'checkbox', checked: this.#kept.withPublished });
    box.addEventListener('change', () => this.#keep({ withPublished: box.checked }));
    const button = (textContent: string, onclick: () => void) =>
      element('button', { type: 'button', textContent, onclick });
    const copy = (make: typeof markdown) => () => this.say({ type: 'copy', text: this.#text(make) });
    const table = element('table', { className: 'results', 'aria-label': labels.title }, this.#head, this.#body);
    at.append(
      element('h1', { textContent: labels.title }),
      this.#source,
      this.#problem,
      element(
        'div',
        { className: 'controls', role: 'search' },
        search,
        element('label', {}, box, ` ${labels.showPublished}`),
        this.#status,
        element(
          'span',
          { className: 'buttons' },
          button(labels.copyMarkdown, copy(markdown)),
          button(labels.copyCsv, copy(csv)),
          button(labels.copyLatex, copy(latex)),
          button(labels.evaluate, () => this.say({ type: 'evaluate' })),
        ),
      ),
      element('div', { className: 'scrolled', tabIndex: 0, role: 'group', 'aria-label': labels.title }, table),
      this.#explanation,
      element('p', { className: 'note', textContent: `${labels.inPercent} ${labels.marked}` }),
    );
    window.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !isComposing(event) && this.#kept.explained !== undefined) this.#close();
      if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
        event.preventDefault();
        search.select();
      }
    });
  }

  say(message: FromPage): void {
    this.#editor.postMessage(message);
  }

  hear(message: ToPage): void {
    switch (message.type) {
      case 'results': {
        this.#results = message;
        const { published, evaluations, unread, titles } = message;
        this.#problem.hidden = unread.length === 0;
        this.#problem.replaceChildren(...unread.map((line) => element('div', { textContent: line })));
        this.#source.textContent = fill(this.#labels.published, published.source, published.size, published.harness);
        this.#table = resultsTable(published, evaluations, { average: this.#labels.average, titles });
        this.#show();
        if (this.#top !== undefined) window.scrollTo(0, this.#top);
        this.#top = undefined;
        return;
      }
      case 'problem':
        this.#problem.hidden = false;
        this.#problem.textContent = message.text;
        return;
      default:
        message satisfies never;
    }
  }

  #keep(part: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...part };
    this.#editor.setState(this.#kept);
    this.#show();
  }

  get #rows(): readonly Row[] {
    return filtered(ordered(this.#table, this.#kept.order), this.#kept.filter, this.#kept.withPublished);
  }

  #sortBy(column: string): void {
    const { order } = this.#kept;
    // Best first, then worst first, then as they come.
    if (order?.column !== column) this.#keep({ order: { column, descending: column !== 'name' } });
    else if (order.descending === (column !== 'name')) this.#keep({ order: { column, descending: !order.descending } });
    else {
      this.#kept = without(this.#kept, 'order');
      this.#keep({});
    }
  }

  #show(): void {
    const l = this.#labels;
    const focused = document.activeElement?.getAttribute('data-key');
    const rows = this.#rows;
    const { columns } = this.#table;
    const { order } = this.#kept;
    const headCell = (key: string, name: string, metric: string) => {
      const cell = element(
        'th',
        { scope: 'col' },
        element(
          'button',
          { type: 'button', 'data-key': `sort ${key}`, onclick: () => this.#sortBy(key) },
          element('span', { textContent: name }),
          ...(metric === '' ? [] : [element('small', { textContent: metric })]),
        ),
      );
      if (order?.column === key) cell.setAttribute('aria-sort', order.descending ? 'descending' : 'ascending');
      return cell;
    };
    this.#head.replaceChildren(
      element(
        'tr',
        {},
        headCell('name', l.model, ''),
        ...columns.map(({ key, name, metricName }) => headCell(key, name, metricName)),
      ),
    );
    this.#body.replaceChildren(...rows.map((row) => this.#row(row)));
    this.#body.classList.toggle('apart', order === undefined);
    if (this.#results !== undefined && rows.length === 0)
      this.#body.append(element('tr', {}, element('td', { colSpan: columns.length + 1, textContent: l.noMatch })));
    else if (this.#results?.evaluations.length === 0)
      this.#body.append(element('tr', {}, element('td', { colSpan: columns.length + 1, textContent: l.noEvaluation })));
    this.#status.textContent = fill(l.shown, count(rows.length), count(this.#table.rows.length));
    if (focused !== null && focused !== undefined) this.#focus(focused);
    this.#explain();
    this.#tell();
  }

  #row(row: Row): HTMLElement {
    const l = this.#labels;
    const { path, name, place } = row;
    const head =
      path === undefined
        ? element('th', { scope: 'row', title: this.#results?.published.name ?? '' }, name)
        : element(
            'th',
            { scope: 'row' },
            element('button', {
              ...{
                type: 'button',
                className: 'link',
                textContent: name,
                title: `${name}\n${l.open}`,
                'data-key': `row ${path}`,
              },
              onclick: () => this.say({ type: 'open', path }),
            }),
            element('small', { textContent: place ?? '', title: place ?? '' }),
          );
    const cells = row.cells.map((cell, i) => this.#cell(row, this.#table.columns[i], cell));
    return element('tr', { className: path === undefined ? 'published' : 'own' }, head, ...cells);
  }

  #cell(row: Row, column: Column | undefined, cell: Cell | undefined): HTMLElement {
    if (cell === undefined || column === undefined) return element('td', { className: 'figure', textContent: '–' });
    const interval = intervalText(cell);
    const small = interval === '' ? [] : [element('small', { textContent: interval })];
    const td = element('td', { className: 'figure' });
    if (row.path === undefined) {
      td.append(cellText(cell));
      return td;
    }
    const key = `cell ${row.key} ${column.key}`;
    const { explained: chosen } = this.#kept;
    const explained = chosen?.row === row.key && chosen.column === column.key;
    const marked = cell.marks.length > 0;
    const said = `${column.name} ${cellText(cell)}${interval === '' ? '' : `, ${fill(this.#labels.interval, interval)}`}`;
    td.append(
      element(
        'button',
        {
          ...{ type: 'button', className: 'link', 'data-key': key, 'aria-expanded': String(explained) },
          'aria-label': marked ? `${said}. ${this.#labels.explain}` : said,
          title: cell.marks.map((mark) => this.#why(mark)).join('\n'),
          onclick: () => {
            if (explained) this.#close();
            else {
              this.#keep({ explained: { row: row.key, column: column.key } });
              this.#cellOf(row.key, column.key)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
            }
          },
        },
        cellText(cell),
        ...(marked ? [element('sup', { textContent: '*', 'aria-hidden': 'true' })] : []),
      ),
      ...small,
    );
    return td;
  }

  #close(): void {
    const { row = '', column = '' } = this.#kept.explained ?? {};
    this.#kept = without(this.#kept, 'explained');
    this.#keep({});
    this.#focus(`cell ${row} ${column}`);
  }

  #focus(key: string): void {
    const target = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    if (target !== null) focusWithin(target);
  }

  #cellOf(row: string, column: string): HTMLElement | null {
    return document.querySelector<HTMLElement>(`[data-key="${CSS.escape(`cell ${row} ${column}`)}"]`);
  }

  /** Opens the explanation of the chosen cell below the table. */
  #explain(): void {
    const l = this.#labels;
    const row = this.#rows.find(({ key }) => key === this.#kept.explained?.row);
    const at = this.#table.columns.findIndex(({ key }) => key === this.#kept.explained?.column);
    const [column, cell] = [this.#table.columns[at], row?.cells[at]];
    this.#explanation.hidden = cell === undefined;
    document.documentElement.style.scrollPaddingBottom = '';
    if (row === undefined || column === undefined || cell === undefined) return;
    const interval = intervalText(cell);
    const facts = [
      `${column.metricName === '' ? l.average : column.metric} ${cell.value.toFixed(2)}`,
      ...(interval === '' ? [] : [fill(l.interval, interval)]),
      ...(cell.rows === undefined ? [] : [fill(l.rows, count(cell.rows))]),
    ];
    const { path } = row;
    const told = [
      element('h2', { textContent: `${row.name} · ${column.name}` }),
      element('p', { textContent: facts.join(' · ') }),
      element('p', { textContent: cell.marks.length === 0 ? l.holds : l.differs }),
      element('ul', {}, ...cell.marks.map((mark) => element('li', { textContent: this.#why(mark) }))),
      ...(cell.marks.some(({ kind }) => askedOtherwise.includes(kind))
        ? []
        : [element('p', { className: 'note', textContent: l.alike })]),
      element(
        'p',
        { className: 'buttons' },
        ...(path === undefined || column.metric === ''
          ? []
          : [
              element('button', {
                ...{ type: 'button', textContent: l.open },
                onclick: () => this.say({ type: 'open', path, task: column.key }),
              }),
            ]),
        element('button', { type: 'button', textContent: l.close, onclick: () => this.#close() }),
      ),
    ];
    keepingPlace(this.#explanation, () => this.#explanation.replaceChildren(...told));
    // What the focus comes to is brought up from behind it.
    document.documentElement.style.scrollPaddingBottom = `${this.#explanation.offsetHeight + 16}px`;
  }

  /** Why a figure may differ from the published ones. */
  #why(mark: Mark): string {
    const words = this.#labels.conditions;
    const said = (value: string | number | undefined) => (typeof value === 'number' ? count(value) : (value ?? ''));
    switch (mark.kind) {
      case 'metric':
        return fill(words.metric, mark.shown, mark.wanted);
      case 'variant': {
        const { value, reported } = mark;
        const more = value === undefined ? '' : ` ${fill(words.variantValue, reported, value.toFixed(1))}`;
        return `${fill(words.variant, mark.shown, reported)}${more}`;
      }
      case 'partial':
        return fill(words.partial, mark.tasks, mark.all);
      case 'split':
        return fill(mark.certain ? words.split : words.splitUnknown, said(mark.here), said(mark.there));
      case 'limit':
      case 'shots':
      case 'rows':
      case 'truncated':
      case 'bos':
      case 'template':
      case 'harness':
      case 'version':
      case 'prompt':
      case 'chance':
        return fill(words[mark.kind], said(mark.here), said(mark.there));
      default:
        return mark satisfies never;
    }
  }

  #text(make: typeof markdown): string {
    return make(this.#table, this.#rows, {
      model: this.#labels.model,
      explain: (mark) => this.#why(mark),
      source: this.#source.textContent,
    });
  }

  #tell(): void {
    this.say({
      type: 'state',
      state: {
        columns: this.#table.columns.map(({ name, metricName }) => `${name} ${metricName}`.trim()),
        rows: this.#rows.map(({ name, cells }) => [
          name,
          ...cells.map((cell) => `${cellText(cell)}${cell !== undefined && cell.marks.length > 0 ? '*' : ''}`),
        ]),
        explanation: this.#explanation.hidden ? '' : this.#explanation.textContent,
      },
    });
  }
}

/** Marks of prompts that were, or may have been, others. */
const askedOtherwise: readonly Mark['kind'][] = ['bos', 'template', 'harness', 'version', 'prompt', 'shots'];

/** `42.1–52.3`. */
const intervalText = ({ interval }: Cell): string =>
  interval === undefined ? '' : `${interval[0].toFixed(1)}–${interval[1].toFixed(1)}`;
