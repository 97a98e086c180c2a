/** The search box and the filters over the table of pieces; they hold the query as it stands. */
import type { PieceKind, VocabularySummary } from '../../../server/src/protocol.ts';
import { element } from './_dom.ts';
import { focusWithin } from './_focus.ts';
import { isComposing, onText } from './_typing.ts';
import type { Labels, Query } from './_vocabularyProtocol.ts';

export const everything: Query = {
  search: '',
  regex: false,
  matchCase: false,
  scripts: [],
  kinds: [],
  sort: 'id',
  descending: false,
};

/** A query out of a state kept earlier, as far as it holds one. */
export function readQuery(state: unknown): Query {
  if (typeof state !== 'object' || state === null || !('query' in state)) return everything;
  const { query } = state;
  return typeof query === 'object' && query !== null ? { ...everything, ...query } : everything;
}

export const isFiltered = ({ search, scripts, kinds, part, characters }: Query): boolean =>
  search !== '' || scripts.length > 0 || kinds.length > 0 || part !== undefined || characters !== undefined;

/** A query without the parts named. */
export function without(query: Query, ...keys: readonly ('part' | 'characters')[]): Query {
  return Object.fromEntries(
    Object.entries(query).filter(([key]) => !keys.some((name) => name === key)),
  ) as unknown as Query;
}

export interface FiltersListener {
  onQuery(query: Query): void;
  onJump(id: number): void;
  /** Down or Enter in the search box: on to the table. */
  onLeave(): void;
}

export class Filters {
  readonly element: HTMLElement;
  /** What undoes filters; there only where there is something to undo, so in a place that nothing else moves for. */
  readonly chosen: HTMLElement;
  readonly #labels: Labels;
  readonly #search: HTMLInputElement;
  readonly #matchCase: HTMLButtonElement;
  readonly #regex: HTMLButtonElement;
  readonly #script = element('select');
  readonly #kind = element('select');
  readonly #part = element('select');
  readonly #partLabel: HTMLElement;
  readonly #length: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  #query: Query;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(labels: Labels, query: Query, listener: FiltersListener) {
    this.#labels = labels;
    this.#query = query;
    const change = (next: Query) => {
      this.#query = next;
      this.show(next);
      listener.onQuery(next);
    };
    const toggle = (text: string, title: string, name: 'matchCase' | 'regex') =>
      element('button', {
        type: 'button',
        className: 'toggle',
        textContent: text,
        title,
        'aria-label': title,
        onclick: () => change({ ...this.#query, [name]: !this.#query[name] }),
      });
    this.#search = element('input', {
      type: 'search',
      placeholder: labels.searchHint,
      'aria-label': labels.search,
      spellcheck: false,
    });
    onText(this.#search, () => this.#soon(() => change({ ...this.#query, search: this.#search.value })));
    this.#search.addEventListener('keydown', (event) => {
      if (isComposing(event) || (event.key !== 'Enter' && event.key !== 'ArrowDown')) return;
      event.preventDefault();
      listener.onLeave();
    });
    this.#matchCase = toggle('Aa', labels.matchCase, 'matchCase');
    this.#regex = toggle('.*', labels.regex, 'regex');
    this.#script.addEventListener('change', () => {
      const { value } = this.#script;
      change({ ...this.#query, scripts: value === '' ? [] : [value] });
    });
    this.#kind.addEventListener('change', () => {
      const { value } = this.#kind;
      change({ ...this.#query, kinds: value === '' ? [] : [value as PieceKind] });
    });
    this.#part.addEventListener('change', () => {
      const { value } = this.#part;
      const rest = without(this.#query, 'part');
      change(value === 'base' || value === 'added' ? { ...rest, part: value } : rest);
    });
    const button = (onclick: () => void, properties = {}) =>
      element('button', { type: 'button', onclick, ...properties });
    this.#length = button(() => change(without(this.#query, 'characters')), { className: 'toggle' });
    this.#length.setAttribute('aria-pressed', 'true');
    this.#clear = button(
      () => {
        this.#search.value = '';
        const { sort, descending } = this.#query;
        change({ ...everything, sort, descending });
        focusWithin(this.#search);
      },
      { textContent: labels.clear },
    );
    const jump = element('input', { type: 'number', min: '0', step: '1', className: 'jump' });
    jump.addEventListener('keydown', (event) => {
      if (!isComposing(event) && event.key === 'Enter' && jump.value !== '') listener.onJump(Number(jump.value));
    });
    const label = (text: string, box: HTMLElement) => element('label', {}, `${text} `, box);
    this.#partLabel = label(labels.part, this.#part);
    this.element = element(
      'div',
      { className: 'filters', role: 'search' },
      element('span', { className: 'search' }, this.#search, this.#matchCase, this.#regex),
      label(labels.script, this.#script),
      label(labels.kind, this.#kind),
      this.#partLabel,
      label(labels.jump, jump),
    );
    this.chosen = element('span', { className: 'chosen' }, this.#length, ' ', this.#clear);
    this.show(query);
  }

  focus(): void {
    focusWithin(this.#search);
    this.#search.select();
  }

  /** The choices there are in this vocabulary. */
  offer({ scripts, kinds, firstAdded }: VocabularySummary.Answer): void {
    const l = this.#labels;
    const options = (all: string, entries: readonly (readonly [string, string])[]) =>
      [['', all] as const, ...entries].map(([value, textContent]) => element('option', { value, textContent }));
    const named = scripts.map(({ name }) => [name, l.scripts[name] ?? name] as const);
    this.#script.replaceChildren(...options(l.allScripts, named));
    this.#kind.replaceChildren(
      ...options(
        l.allKinds,
        kinds.map(({ name }) => [name, l.kinds[name]] as const),
      ),
    );
    this.#part.replaceChildren(...options(l.allParts, [['base', l.base], ['added', l.added]])); // prettier-ignore
    this.#partLabel.hidden = firstAdded === undefined;
    this.show(this.#query);
  }

  show(query: Query): void {
    this.#query = query;
    if (this.#search.value !== query.search && this.#timer === undefined) this.#search.value = query.search;
    this.#matchCase.setAttribute('aria-pressed', String(query.matchCase));
    this.#regex.setAttribute('aria-pressed', String(query.regex));
    this.#script.value = query.scripts[0] ?? '';
    this.#kind.value = query.kinds[0] ?? '';
    this.#part.value = query.part ?? '';
    this.#length.hidden = query.characters === undefined;
    this.#length.textContent = `${this.#labels.length} ${query.characters ?? ''} ✕`;
    this.#clear.hidden = !isFiltered(query);
  }

  #soon(work: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      work();
    }, 120);
  }
}
