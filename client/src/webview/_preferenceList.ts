/** Every prompt of a comparison with both answers and all verdicts, filtered; a row's inside is made when it is opened. */
import { count } from '../figures.ts';
import type { PreferenceAnswer, PreferenceReport, PreferenceRow } from '../../../server/src/protocol.ts';
import { fill } from '../plural.ts';
import { element, keepingPlace } from './_dom.ts';
import { focusWithin } from './_focus.ts';
import type { Labels } from './_preferenceProtocol.ts';
import { allRows, type Filters, hasFinding, type KeptFilters, passes, raterKey } from './_preferenceRows.ts';
import { raterText } from './_preferenceTables.ts';
import { onText } from './_typing.ts';

export interface ListListener {
  /** The answer in its file. */
  open(side: 'a' | 'b', line: number): void;
  filtered(): void;
  /** A row was opened or closed. */
  toggled(): void;
}

export class PreferenceList {
  readonly element: HTMLElement;
  readonly #labels: Labels;
  readonly #listener: ListListener;
  readonly #text = element('input', { type: 'search' });
  readonly #rater = element('select');
  readonly #outcome = element('select');
  readonly #findings = element('input', { type: 'checkbox' });
  readonly #split = element('input', { type: 'checkbox' });
  readonly #shown = element('output', { 'aria-live': 'polite' });
  readonly #rows = element('div', { className: 'rows' });
  #report: PreferenceReport | undefined;
  #made: readonly HTMLDetailsElement[] = [];
  /** What was open and whom the filter named before the page was hidden, until the rows are there. */
  #before: Pick<KeptFilters, 'open' | 'rater'> | undefined;

  constructor(labels: Labels, listener: ListListener, kept: KeptFilters) {
    this.#labels = labels;
    this.#listener = listener;
    this.#before = kept;
    const label = (text: string, box: HTMLElement, after = false) =>
      element('label', {}, ...(after ? [box, ` ${text}`] : [`${text} `, box]));
    const outcomes: readonly (readonly [Filters['outcome'], string])[] = [
      ['any', labels.anything],
      ['win', 'A'],
      ['tie', labels.outcomes.tie],
      ['lose', 'B'],
      ['error', labels.outcomes.error],
      ['none', labels.none],
    ];
    this.#outcome.append(...outcomes.map(([value, textContent]) => element('option', { value, textContent })));
    this.#text.value = kept.text;
    this.#outcome.value = kept.outcome;
    this.#findings.checked = kept.findings;
    this.#split.checked = kept.split;
    this.#text.placeholder = labels.filterText;
    this.#text.setAttribute('aria-label', labels.filterText);
    onText(this.#text, () => this.#filter());
    for (const box of [this.#rater, this.#outcome, this.#findings, this.#split])
      box.addEventListener('input', () => this.#filter());
    this.element = element(
      'section',
      {},
      element('h2', { textContent: labels.prompts }),
      element(
        'div',
        { className: 'controls' },
        this.#text,
        label(labels.filterRater, this.#rater),
        label(labels.filterOutcome, this.#outcome),
        label(labels.onlyFindings, this.#findings, true),
        label(labels.onlySplit, this.#split, true),
        this.#shown,
      ),
      this.#rows,
    );
  }

  /** Rows that the filters leave. */
  get shown(): number {
    return this.#made.filter((row) => !row.hidden).length;
  }

  get kept(): Omit<KeptFilters, 'top'> {
    const { text, outcome, findings, split } = this.#filters;
    const [rater, open] = [this.#before?.rater ?? this.#rater.value, this.#before?.open ?? this.#open];
    return { text, outcome, findings, split, rater, open };
  }

  /** Rows that are open, by id. */
  get #open(): readonly string[] {
    return this.#made.flatMap((row, i) => (row.open ? [this.#report?.rows[i]?.id ?? ''] : []));
  }

  show(report: PreferenceReport): void {
    const { open, rater: chosen } = this.kept;
    this.#before = undefined;
    this.#report = report;
    const { raters } = report.result;
    this.#rater.replaceChildren(
      element('option', { value: '', textContent: this.#labels.anyone }),
      ...raters.map((one) => element('option', { value: raterKey(one), textContent: raterText(one, this.#labels) })),
    );
    this.#rater.value = raters.some((one) => raterKey(one) === chosen) ? chosen : '';
    keepingPlace(this.#rows, () => {
      this.#made = report.rows.map((row) => this.#row(report, row, open.includes(row.id)));
      this.#rows.replaceChildren(...this.#made);
      this.#filter();
    });
  }

  /** Opens a row, though the filters hide it, and goes to an answer in it. */
  jump(index: number, side: 'a' | 'b'): void {
    const row = this.#made[index];
    if (row === undefined) return;
    if (row.hidden) {
      this.#reset();
      this.#filter();
    }
    row.open = true;
    this.#fill(row, index);
    const answer = row.querySelector<HTMLElement>(`[data-side='${side}']`);
    if (answer === null) return;
    answer.scrollIntoView({ block: 'center' });
    focusWithin(answer, { preventScroll: true });
  }

  #reset(): void {
    this.#text.value = allRows.text;
    this.#rater.value = '';
    this.#outcome.value = allRows.outcome;
    this.#findings.checked = allRows.findings;
    this.#split.checked = allRows.split;
  }

  get #filters(): Filters {
    const raters = this.#report?.result.raters ?? [];
    return {
      text: this.#text.value,
      voter: raters.findIndex((one) => raterKey(one) === this.#rater.value),
      outcome: this.#outcome.value as Filters['outcome'],
      findings: this.#findings.checked,
      split: this.#split.checked,
    };
  }

  #filter(): void {
    const filters = this.#filters;
    for (const [i, row] of this.#made.entries()) {
      const one = this.#report?.rows[i];
      row.hidden = one === undefined || !passes(one, filters);
    }
    this.#shown.textContent = fill(this.#labels.shown, count(this.shown), count(this.#made.length));
    this.#listener.filtered();
  }

  #row(report: PreferenceReport, row: PreferenceRow, open: boolean): HTMLDetailsElement {
    const index = report.rows.indexOf(row);
    const made = element(
      'details',
      {},
      element(
        'summary',
        {},
        element('span', { className: 'id', textContent: row.id }),
        element('span', { className: 'asked', textContent: row.prompt.replaceAll(/\s+/g, ' ') }),
        element('span', { className: 'chips' }, ...this.#chips(report, row)),
      ),
    );
    made.addEventListener('toggle', () => {
      if (made.open) this.#fill(made, index);
      this.#listener.toggled();
    });
    if (open) {
      made.open = true;
      this.#fill(made, index);
    }
    return made;
  }

  #chips(report: PreferenceReport, row: PreferenceRow): readonly HTMLElement[] {
    const l = this.#labels;
    const chips = row.verdicts.flatMap((verdict, i) => {
      const rater = report.result.raters[i];
      if (verdict === null || rater === undefined) return [];
      const word = { win: 'A', tie: '=', lose: 'B', error: '!' }[verdict.outcome];
      const said = {
        win: fill(l.outcomes.win, report.info.a),
        tie: l.outcomes.tie,
        lose: fill(l.outcomes.lose, report.info.b),
        error: l.outcomes.error,
      }[verdict.outcome];
      const title = `${raterText(rater, l)}: ${said}${verdict.flipped === true ? `, ${l.flipped}` : ''}`;
      return [
        element('span', {
          className: `chip ${verdict.outcome}`,
          textContent: verdict.flipped === true ? `${word}↕` : word,
          title,
          role: 'img',
          'aria-label': title,
        }),
      ];
    });
    const drift = hasFinding(row)
      ? [element('span', { className: 'chip finding', textContent: l.findings, title: l.findings })]
      : [];
    return [...drift, ...chips];
  }

  #fill(made: HTMLDetailsElement, index: number): void {
    const [report, row] = [this.#report, this.#report?.rows[index]];
    if (report === undefined || row === undefined || made.children.length > 1) return;
    const l = this.#labels;
    const asked = [row.prompt, ...(row.input === undefined ? [] : [row.input])].map((textContent) =>
      element('div', {
        className: 'text prompt',
        textContent,
        ...(row.language === undefined ? {} : { lang: row.language }),
      }),
    );
    const said = row.verdicts.flatMap((verdict, i) => {
      const rater = report.result.raters[i];
      if (verdict?.reason === undefined || rater === undefined) return [];
      return [element('li', {}, element('b', { textContent: raterText(rater, l) }), ` ${verdict.reason}`)];
    });
    made.append(
      element(
        'div',
        { className: 'inside' },
        ...asked,
        element('div', { className: 'answers' }, this.#answer(report, 'a', row.a), this.#answer(report, 'b', row.b)),
        ...(said.length === 0 ? [] : [element('ul', { className: 'said' }, ...said)]),
      ),
    );
  }

  #answer({ info }: PreferenceReport, side: 'a' | 'b', answer: PreferenceAnswer | undefined): HTMLElement {
    const l = this.#labels;
    const line = answer?.line;
    const text = element('div', { className: 'text', tabIndex: 0, role: 'region', 'data-side': side });
    text.setAttribute('aria-label', info[side]);
    const at = answer?.finding?.at;
    if (answer === undefined) text.append(l.noAnswer);
    else if (answer.error !== undefined) text.append(answer.error);
    else if (answer.text === '') text.append(l.empty);
    else if (at !== undefined)
      text.append(answer.text.slice(0, at), element('mark', { textContent: answer.text.slice(at) }));
    else text.append(answer.text);
    return element(
      'section',
      {},
      element(
        'h3',
        {},
        `${side.toUpperCase()}: ${info[side]} `,
        ...(line === undefined
          ? []
          : [
              element('button', {
                type: 'button',
                className: 'link',
                textContent: l.openAnswer,
                onclick: () => this.#listener.open(side, line),
              }),
            ]),
      ),
      text,
    );
  }
}
