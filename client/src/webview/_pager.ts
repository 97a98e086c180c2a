/** Leads through the pages of a long table: one on, one back, or to a number. */
import { count } from '../figures.ts';
import { fill } from '../plural.ts';
import { element } from './_dom.ts';
import { focusWithin } from './_focus.ts';

export interface PagerLabels {
  readonly previous: string;
  readonly next: string;
  readonly goTo: string;
  readonly ofPages: string;
}

export class Pager {
  readonly element: HTMLElement;
  readonly #labels: PagerLabels;
  readonly #previous: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  readonly #number = element('input', { type: 'number', min: '1', step: '1' });
  readonly #all = element('span');
  #page = 0;
  #pages = 1;

  constructor(labels: PagerLabels, listener: { onPage(page: number): void }) {
    this.#labels = labels;
    const button = (textContent: string, by: number) =>
      element('button', { type: 'button', textContent, onclick: () => listener.onPage(this.#page + by) });
    this.#previous = button(labels.previous, -1);
    this.#next = button(labels.next, 1);
    this.#number.addEventListener('change', () => {
      const wanted = Math.min(this.#pages, Math.max(1, Math.round(Number(this.#number.value)))) - 1;
      if (Number.isNaN(wanted) || this.#number.value === '' || wanted === this.#page) this.#show();
      else listener.onPage(wanted);
    });
    this.element = element(
      'span',
      { className: 'buttons' },
      this.#previous,
      element('label', {}, `${labels.goTo} `, this.#number, this.#all),
      this.#next,
    );
  }

  /** `page` from 0. Of one page alone there is nothing to lead through. */
  show(page: number, pages: number): void {
    [this.#page, this.#pages] = [page, pages];
    this.#show();
  }

  #show(): void {
    const { activeElement } = document;
    this.element.hidden = this.#pages <= 1;
    this.#previous.disabled = this.#page === 0;
    this.#next.disabled = this.#page + 1 >= this.#pages;
    this.#number.max = String(this.#pages);
    this.#number.value = String(this.#page + 1);
    this.#all.textContent = fill(this.#labels.ofPages, count(this.#pages));
    // A button that can be pressed no longer would take the focus with it.
    if (activeElement === this.#next && this.#next.disabled) focusWithin(this.#previous);
    if (activeElement === this.#previous && this.#previous.disabled) focusWithin(this.#next);
  }
}
