/** A vocabulary's page put together: what it is, search and filters, the table of pieces, and their distribution. */
import type { VocabularyRows, VocabularySummary } from '../../../server/src/protocol.ts';
import { count, percent } from '../figures.ts';
import { Bars } from './_bars.ts';
import { fill } from '../plural.ts';
import { type editorApi, element, visible } from './_dom.ts';
import { everything, Filters, isFiltered, readQuery, without } from './_filters.ts';
import { Grid, pageStart } from './_grid.ts';
import type { FromPage, Labels, Query, ToPage } from './_vocabularyProtocol.ts';
import { isComposing } from './_typing.ts';

export class VocabularyPage {
  readonly #labels: Labels;
  readonly #editor: ReturnType<typeof editorApi>;
  readonly #title = element('h1');
  readonly #facts = element('dl');
  readonly #problem = element('section', { className: 'problem', role: 'alert', hidden: true });
  readonly #status = element('output', { className: 'status', 'aria-live': 'polite' });
  readonly #copy: HTMLButtonElement;
  readonly #filters: Filters;
  readonly #grid: Grid;
  readonly #scripts: Bars;
  readonly #lengths: Bars;
  readonly #content: readonly HTMLElement[];
  #query: Query;
  #summary: VocabularySummary.Answer | undefined;
  #request = 0;
  /** Requests under way: the first of a query, a page of rows, or an id looked for. */
  readonly #asked = new Map<number, { readonly kind: 'query' | 'page' | 'find'; readonly page: number }>();
  #selected = 0;
  #notice: string | undefined;

  constructor(at: HTMLElement, labels: Labels, editor: ReturnType<typeof editorApi>) {
    this.#labels = labels;
    this.#editor = editor;
    this.#query = readQuery(editor.getState());
    this.#grid = new Grid(labels, {
      onDue: (page) => this.#ask('page', page),
      onSort: (sort) => {
        const again = this.#query.sort === sort;
        this.#choose({ ...this.#query, sort, descending: again ? !this.#query.descending : sort === 'score' });
      },
      onSelect: (from, to) => {
        this.#selected = to - from;
        this.#notice = undefined;
        this.#showStatus();
      },
      onCopy: () => this.#copyRows(),
    });
    this.#filters = new Filters(labels, this.#query, {
      onQuery: (query) => this.#choose(query),
      onJump: (id) => this.#ask('find', id),
      onLeave: () => this.#grid.focus(),
    });
    this.#copy = element('button', { type: 'button', textContent: labels.copyRows, onclick: () => this.#copyRows() });
    const copyText = (text: string) => this.say({ type: 'copyText', text });
    this.#scripts = new Bars(labels, labels.byScript, undefined, {
      onPick: (name) => {
        const picked = this.#query.scripts.includes(name) && this.#query.scripts.length === 1;
        this.#choose({ ...this.#query, scripts: picked ? [] : [name] });
      },
      onCopy: copyText,
      onSave: (svg) => this.say({ type: 'saveSvg', svg }),
    });
    this.#lengths = new Bars(labels, labels.byLength, labels.lengthNote, {
      onPick: (key) => {
        const rest = without(this.#query, 'characters');
        this.#choose(this.#query.characters === Number(key) ? rest : { ...rest, characters: Number(key) });
      },
      onCopy: copyText,
      onSave: (svg) => this.say({ type: 'saveSvg', svg }),
    });
    const bar = element('p', { className: 'bar-line' }, this.#status, this.#filters.chosen, this.#copy);
    const below = element(
      'div',
      { className: 'below' },
      this.#grid.element,
      element('aside', {}, this.#scripts.element, this.#lengths.element),
    );
    this.#content = [this.#filters.element, bar, below];
    at.append(element('header', {}, this.#title, this.#facts), this.#problem, ...this.#content);
    for (const part of this.#content) part.hidden = true;
    this.#title.textContent = labels.loading;
    window.addEventListener('keydown', (event) => this.#key(event));
  }

  say(message: FromPage): void {
    this.#editor.postMessage(message);
  }

  hear(message: ToPage): void {
    switch (message.type) {
      case 'summary': {
        this.#show(message.summary, message.place);
        return;
      }
      case 'problem': {
        this.#showProblem(message);
        return;
      }
      case 'rows': {
        this.#take(message.request, message.answer);
        return;
      }
      case 'refused': {
        const asked = this.#asked.get(message.request);
        this.#asked.delete(message.request);
        if (asked === undefined) return;
        if (asked.kind === 'page') this.#grid.store.lost(asked.page);
        this.#notice = message.text;
        this.#showStatus();
        return;
      }
      case 'search': {
        this.#choose({ ...everything, search: message.text });
        return;
      }
      default:
        message satisfies never;
    }
  }

  #show(summary: VocabularySummary.Answer, place: string): void {
    const first = this.#summary === undefined;
    this.#summary = summary;
    this.#problem.hidden = true;
    for (const part of this.#content) part.hidden = false;
    this.#title.textContent = summary.name;
    this.#showFacts(summary, place);
    this.#filters.offer(summary);
    this.#showBars();
    this.#ask('query', 0);
    if (first) this.#grid.focus();
  }

  #showFacts(summary: VocabularySummary.Answer, place: string): void {
    const l = this.#labels.facts;
    const { normalizer, firstAdded, size } = summary;
    const yesNo = (value: boolean) => (value ? l.yes : l.no);
    const facts: readonly (readonly [string, string | undefined])[] = [
      [
        l.algorithm,
        summary.algorithm === 'bpe' ? 'BPE' : summary.algorithm === 'unigram' ? 'Unigram' : summary.algorithm,
      ],
      [l.pieces, count(size)],
      [l.merged, firstAdded === undefined ? undefined : `${count(firstAdded)} + ${count(size - firstAdded)}`],
      [l.byteFallback, normalizer === undefined ? undefined : yesNo(summary.byteFallback)],
      [l.normalizer, normalizer === undefined ? undefined : normalizer.name || l.noNormalizer],
      [l.dummyPrefix, normalizer && yesNo(normalizer.dummyPrefix)],
      [l.extraSpaces, normalizer && yesNo(normalizer.removesExtraSpaces)],
      [l.specials, summary.specials.map(({ id, piece }) => `${visible(piece)} ${id}`).join(', ') || undefined],
      [l.file, `${place} (${bytes(summary.bytes)})`],
    ];
    this.#facts.replaceChildren(
      ...facts.flatMap(([name, value]) =>
        value === undefined
          ? []
          : [element('div', {}, element('dt', { textContent: name }), element('dd', { textContent: value }))],
      ),
    );
  }

  #showBars(): void {
    if (this.#summary === undefined) return;
    const { scripts, lengths, firstAdded, longest } = this.#summary;
    const merged = firstAdded !== undefined;
    const word = (name: string) => this.#labels.scripts[name] ?? name;
    this.#scripts.show(
      scripts.map((entry) => ({ ...entry, key: entry.name, label: word(entry.name) })),
      merged,
      this.#query.scripts,
    );
    const last = lengths.at(-1)?.characters;
    this.#lengths.show(
      lengths.map((entry) => ({
        ...entry,
        key: String(entry.characters),
        label: entry.characters === last && longest > last ? `${last}–${longest}` : String(entry.characters),
      })),
      merged,
      this.#query.characters === undefined ? [] : [String(this.#query.characters)],
    );
  }

  #showProblem({ title, text, place }: Extract<ToPage, { type: 'problem' }>): void {
    const { openAsText, openWith, tryAgain } = this.#labels;
    for (const part of this.#content) part.hidden = true;
    this.#facts.replaceChildren();
    this.#summary = undefined;
    this.#title.textContent = title;
    const button = (textContent: string, type: 'openAsText' | 'openWith' | 'tryAgain') =>
      element('button', { type: 'button', textContent, onclick: () => this.say({ type }) });
    this.#problem.replaceChildren(
      element('p', { textContent: text }),
      element('p', { className: 'note', textContent: place }),
      element(
        'p',
        { className: 'actions' },
        button(openAsText, 'openAsText'),
        ' ',
        button(openWith, 'openWith'),
        ' ',
        button(tryAgain, 'tryAgain'),
      ),
    );
    this.#problem.hidden = false;
    this.#tell(text);
  }

  #choose(query: Query): void {
    this.#query = query;
    this.#editor.setState({ query });
    this.#filters.show(query);
    this.#grid.sortedBy(query);
    this.#showBars();
    this.#ask('query', 0);
  }

  /** A query's first page, a further one, or where an id stands. A new query makes those before it void. */
  #ask(kind: 'query' | 'page' | 'find', which: number): void {
    if (kind === 'query') this.#asked.clear();
    const request = ++this.#request;
    this.#asked.set(request, { kind, page: which });
    const { from, count: rows } = pageStart(kind === 'page' ? which : 0);
    const find = kind === 'find' ? { find: which } : {};
    this.say({ type: 'ask', request, query: this.#query, from, count: kind === 'find' ? 0 : rows, ...find });
    if (kind !== 'page') this.#notice = undefined;
    this.#showStatus();
  }

  #take(request: number, answer: VocabularyRows.Answer): void {
    const asked = this.#asked.get(request);
    if (asked === undefined) return;
    this.#asked.delete(request);
    if (this.#summary !== undefined && answer.stamp !== this.#summary.stamp) {
      this.say({ type: 'tryAgain' });
      return;
    }
    switch (asked.kind) {
      case 'query':
        this.#grid.sortedBy(this.#query);
        this.#grid.reset(answer.total, false);
        this.#selected = 0;
        this.#grid.store.add(0, answer.rows);
        this.#grid.draw();
        break;
      case 'page':
        this.#grid.store.add(asked.page, answer.rows);
        this.#grid.draw();
        break;
      case 'find':
        this.#found(asked.page, answer.place ?? -1);
        break;
      default:
        asked.kind satisfies never;
    }
    this.#showStatus();
  }

  #found(id: number, place: number): void {
    if (place >= 0) {
      this.#grid.go(place);
      this.#grid.focus();
      return;
    }
    const { noSuchId, notShown } = this.#labels;
    this.#notice = fill(id < (this.#summary?.size ?? 0) ? notShown : noSuchId, String(id));
  }

  #showStatus(): void {
    const l = this.#labels;
    const { total } = this.#grid.store;
    const size = this.#summary?.size ?? 0;
    const searching = [...this.#asked.values()].some(({ kind }) => kind === 'query');
    const parts = [
      this.#notice ??
        (searching
          ? l.searching
          : total === 0
            ? l.none
            : isFiltered(this.#query)
              ? fill(l.shownOf, count(total), count(size), percent(total / size, total / size < 0.01 ? 2 : 1))
              : fill(l.shown, count(total))),
      ...(this.#selected > 1 ? [fill(l.selected, count(this.#selected))] : []),
    ];
    const text = parts.join(' · ');
    this.#status.classList.toggle('refused', this.#notice !== undefined);
    if (this.#status.textContent !== text) this.#status.textContent = text;
    this.#copy.disabled = total === 0;
    // After the rows are drawn, so that what is told is what is seen.
    requestAnimationFrame(() => this.#tell());
  }

  #tell(problem?: string): void {
    const state = {
      query: this.#query,
      total: this.#grid.store.total,
      rows: this.#grid.onScreen.slice(0, 50),
      status: this.#status.textContent,
      ...(problem === undefined ? {} : { problem }),
    };
    this.say({ type: 'state', state });
  }

  #copyRows(): void {
    const { from, to } = this.#grid.selection;
    if (to > from) this.say({ type: 'copyRows', query: this.#query, from, to });
  }

  #key(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    const find = (event.ctrlKey || event.metaKey) && event.key === 'f';
    if (find || (event.key === '/' && !typing)) {
      event.preventDefault();
      this.#filters.focus();
    } else if (event.key === 'Escape' && typing && !isComposing(event)) this.#grid.focus();
  }
}

/** `499 kB`, `4.2 MB`. */
function bytes(n: number): string {
  return n < 1e6 ? `${count(Math.max(1, Math.round(n / 1000)))} kB` : `${(n / 1e6).toFixed(1)} MB`;
}
