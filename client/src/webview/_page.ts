/** All of the page but the chart: the run's line, the controls, the figures as text, the table of values. */
import type { MetricRow } from '../../../server/src/protocol.ts';
import { count, figure, short } from '../figures.ts';
import { languageColor, lossColor } from './_chart.ts';
import type { Choices } from './_choices.ts';
import { best, languagesOf, smooth, thin } from './_curve.ts';
import type { FromPage, Labels, RunView } from './_curveProtocol.ts';

/** More rows than this are thinned in the table. */
const tableRows = 400;

const fill = (text: string, ...values: readonly (string | number)[]): string =>
  text.replaceAll(/\{(\d)\}/g, (_, i: string) => String(values[Number(i)] ?? ''));

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export class CurvePage {
  /** Where the chart goes. */
  readonly chart: HTMLElement;
  readonly #labels: Labels;
  readonly #title = element('h1');
  readonly #line = element('p', { className: 'line' });
  readonly #problem = element('p', { className: 'problem', hidden: true });
  readonly #facts = element('dl');
  readonly #legend = element('ul', { className: 'legend' });
  readonly #readOut = element('output', { className: 'readout' });
  readonly #table = element('table');
  readonly #note = element('p', { className: 'note' });
  readonly #details: HTMLDetailsElement;
  readonly #stop: HTMLButtonElement;
  readonly #resume: HTMLButtonElement;
  readonly #copy: HTMLButtonElement;
  readonly #byLanguage: HTMLLabelElement;

  constructor(
    at: HTMLElement,
    labels: Labels,
    choices: Choices,
    act: { say(type: FromPage['type']): void; choose(choices: Choices): void },
  ) {
    this.#labels = labels;
    let now = choices;
    const choose = (part: Partial<Choices>) => {
      now = { ...now, ...part };
      act.choose(now);
    };
    const button = (label: string, type: FromPage['type']) =>
      element('button', { type: 'button', textContent: label, onclick: () => act.say(type) });
    this.#stop = button(labels.stop, 'stop');
    this.#resume = button(labels.resume, 'resume');
    this.#copy = button(labels.copyCsv, 'copyCsv');

    const select = <T extends string>(
      label: string,
      options: Readonly<Record<T, string>>,
      value: T,
      take: (v: T) => void,
    ) => {
      const box = element('select', { onchange: () => take(box.value as T) });
      for (const [key, text] of Object.entries<string>(options))
        box.append(element('option', { value: key, textContent: text }));
      box.value = value;
      return element('label', {}, `${label} `, box);
    };
    const amount = element('output', { textContent: choices.smoothing.toFixed(2) });
    const slider = element('input', {
      type: 'range',
      min: '0',
      max: '0.99',
      step: '0.01',
      value: String(choices.smoothing),
    });
    slider.addEventListener('input', () => {
      amount.textContent = Number(slider.value).toFixed(2);
      choose({ smoothing: Number(slider.value) });
    });
    const languages = element('input', { type: 'checkbox', checked: choices.byLanguage });
    languages.addEventListener('change', () => choose({ byLanguage: languages.checked }));
    this.#byLanguage = element('label', {}, languages, ` ${labels.byLanguage}`);

    this.chart = element('div', { className: 'chart', tabIndex: 0 });
    this.chart.setAttribute('role', 'group');
    this.#readOut.setAttribute('aria-live', 'polite');
    this.#problem.setAttribute('role', 'alert');
    this.#table.setAttribute('aria-label', labels.table);
    this.#details = element(
      'details',
      { open: choices.table },
      element('summary', { textContent: labels.table }),
      this.#note,
      this.#table,
    );
    this.#details.addEventListener('toggle', () => choose({ table: this.#details.open }));

    at.append(
      element('header', {}, this.#title, this.#line, this.#problem),
      element(
        'div',
        { className: 'controls' },
        select(labels.axis, { step: labels.step, tokens: labels.tokens, time: labels.time }, choices.axis, (axis) =>
          choose({ axis }),
        ),
        select(labels.scale, { linear: labels.linear, log: labels.log }, choices.scale, (scale) => choose({ scale })),
        element('label', { className: 'smoothing' }, `${labels.smoothing} `, slider, ' ', amount),
        this.#byLanguage,
        element('span', { className: 'buttons' }, this.#stop, this.#resume, this.#copy, button(labels.showLog, 'log')),
      ),
      this.#facts,
      this.chart,
      element('div', { className: 'under' }, this.#legend, this.#readOut),
      element('p', { className: 'note', textContent: labels.keys }),
      this.#details,
    );
  }

  readOut(text: string): void {
    this.#readOut.textContent = text;
  }

  problem(text: string | undefined): void {
    this.#problem.hidden = text === undefined;
    this.#problem.textContent = text ?? '';
  }

  show(run: RunView | undefined, rows: readonly MetricRow[], choices: Choices): void {
    const { waiting, chart } = this.#labels;
    if (run !== undefined) {
      this.#title.textContent = run.name;
      this.#line.textContent = [run.line, ...(run.backend === undefined ? [] : [run.backend])].join(' · ');
    }
    this.#stop.hidden = run?.active !== true;
    this.#resume.hidden = run?.resumable !== true;
    this.#copy.disabled = rows.length === 0;
    const languages = languagesOf(rows);
    this.#byLanguage.hidden = languages.length === 0;
    this.#showFacts(rows, choices);
    this.#showLegend(rows, choices, languages);
    if (choices.table) this.#showTable(rows, languages);
    const last = rows.at(-1);
    const summary = last === undefined ? waiting : `${this.#labels.last} ${this.#at(last.loss, last.step)}`;
    this.chart.setAttribute('aria-label', `${chart}. ${summary}`);
    if (last === undefined) this.#readOut.textContent = waiting;
    else if (this.#readOut.textContent === waiting) this.#readOut.textContent = '';
  }

  #at(value: number | undefined, step: number): string {
    return fill(this.#labels.atStep, figure(value), count(step));
  }

  #showFacts(rows: readonly MetricRow[], { smoothing }: Choices): void {
    const l = this.#labels;
    const last = rows.at(-1);
    const lowest = best(rows);
    const smoothed =
      smooth(
        rows.map(({ loss }) => loss),
        smoothing,
      ).at(-1) ?? undefined;
    const facts: readonly (readonly [string, string | undefined])[] = [
      [l.last, last && this.#at(last.loss, last.step)],
      [l.best, lowest && this.#at(lowest.loss, lowest.step)],
      [l.smoothed, last && figure(smoothed)],
      [l.bitsPerByte, last?.bitsPerByte === undefined ? undefined : figure(last.bitsPerByte)],
      [l.gradNorm, last && figure(last.gradNorm)],
      [l.learningRate, last && figure(last.learningRate)],
      [l.tokens, last && short(last.tokens)],
      [l.speed, last && fill(l.tokensPerSecond, figure(last.tokensPerSecond))],
    ];
    const shown = facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    this.#facts.replaceChildren(
      ...shown.map(([name, value]) =>
        element('div', {}, element('dt', { textContent: name }), element('dd', { textContent: value })),
      ),
    );
  }

  #showLegend(rows: readonly MetricRow[], choices: Choices, languages: readonly string[]): void {
    const key = (label: string, paint: string, className: string) => {
      const swatch = element('span', { className: `swatch ${className}` });
      swatch.style.borderTopColor = paint;
      swatch.setAttribute('aria-hidden', 'true');
      return element('li', {}, swatch, label);
    };
    this.#legend.replaceChildren(
      key(this.#labels.loss, lossColor(), 'raw'),
      key(this.#labels.smoothed, lossColor(), 'smoothed'),
      ...(choices.byLanguage ? languages.map((language, i) => key(language, languageColor(i), 'language')) : []),
    );
    this.#legend.hidden = rows.length === 0;
  }

  #showTable(rows: readonly MetricRow[], languages: readonly string[]): void {
    const l = this.#labels;
    const some = thin(rows, tableRows);
    this.#note.textContent = some.length < rows.length ? fill(l.thinned, count(some.length), count(rows.length)) : '';
    const head = [
      l.step,
      l.tokens,
      l.loss,
      l.gradNorm,
      l.learningRate,
      l.tokensPerSecond.replace('{0} ', ''),
      ...languages,
    ];
    const line = (row: MetricRow) => [
      count(row.step),
      count(row.tokens),
      figure(row.loss),
      figure(row.gradNorm),
      figure(row.learningRate),
      figure(row.tokensPerSecond),
      ...languages.map((language) => figure(row.lossByLanguage?.[language])),
    ];
    this.#table.replaceChildren(
      element(
        'thead',
        {},
        element('tr', {}, ...head.map((text) => element('th', { scope: 'col', textContent: text }))),
      ),
      element(
        'tbody',
        {},
        ...some.map((row) => element('tr', {}, ...line(row).map((text) => element('td', { textContent: text })))),
      ),
    );
  }
}
