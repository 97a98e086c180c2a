/** All of a run's page but the chart and the tables: the run's line, the controls, the figures as text. */
import type { MetricRow, RunSample } from '../../../server/src/protocol.ts';
import { count, figure, short } from '../figures.ts';
import { paintColor } from './_chart.ts';
import { type Choices, quantities, type Quantity } from './_choices.ts';
import { best, languagesOf, smooth } from './_curve.ts';
import type { Labels, RunView } from './_curveProtocol.ts';
import { fill } from '../plural.ts';
import { element } from './_dom.ts';
import { figuresOf, kindsOf, type Line, type Track } from './_lines.ts';
import { answersTable, comparedTable, isMeasured, measuredTable, sourcesTable, valuesTable } from './_runTables.ts';

export type Action = 'copyCsv' | 'savePng' | 'export' | 'compare' | 'stop' | 'resume' | 'log';

/** All that the page shows. */
export interface Shown {
  readonly run: RunView | undefined;
  /** The run's own, then those beside it. */
  readonly tracks: readonly Track[];
  readonly lines: readonly Line[];
  readonly samples: readonly RunSample[];
}

export class CurvePage {
  /** Where the chart goes. */
  readonly chart: HTMLElement;
  readonly #labels: Labels;
  readonly #title = element('h1');
  readonly #line = element('p', { className: 'line' });
  readonly #problem = element('p', { className: 'problem', hidden: true, role: 'alert' });
  readonly #facts = element('dl');
  readonly #legend = element('ul', { className: 'legend' });
  readonly #readOut = element('output', { className: 'readout', 'aria-live': 'polite' });
  readonly #tables = element('div');
  readonly #values = element('div');
  readonly #details: HTMLDetailsElement;
  readonly #buttons: Readonly<Record<Action, HTMLButtonElement>>;
  readonly #quantity: HTMLSelectElement;
  readonly #boxes: Readonly<Record<'byLanguage' | 'byKind' | 'heldOut', HTMLLabelElement>>;
  /** What the tables were made of: they are made anew where that has changed, so that they keep their scroll and selection. */
  #made = '';

  constructor(
    at: HTMLElement,
    labels: Labels,
    choices: Choices,
    act: { do(action: Action): void; choose(part: Partial<Choices>): void },
  ) {
    this.#labels = labels;
    const button = (label: string, action: Action) =>
      element('button', { type: 'button', textContent: label, onclick: () => act.do(action) });
    this.#buttons = {
      stop: button(labels.stop, 'stop'),
      resume: button(labels.resume, 'resume'),
      compare: button(labels.compare, 'compare'),
      copyCsv: button(labels.copyCsv, 'copyCsv'),
      savePng: button(labels.savePng, 'savePng'),
      export: button(labels.export, 'export'),
      log: button(labels.showLog, 'log'),
    };
    const select = <T extends string>(options: Readonly<Record<T, string>>, value: T, take: (v: T) => void) => {
      const box = element('select', { onchange: () => take(box.value as T) });
      for (const [key, text] of Object.entries<string>(options))
        box.append(element('option', { value: key, textContent: text }));
      box.value = value;
      return box;
    };
    const check = (label: string, name: 'logX' | 'logY' | 'byLanguage' | 'byKind' | 'heldOut') => {
      const box = element('input', { type: 'checkbox', checked: choices[name] });
      box.addEventListener('change', () => act.choose({ [name]: box.checked }));
      return element('label', {}, box, ` ${label}`);
    };
    const amount = element('output', { textContent: choices.smoothing.toFixed(2) });
    const slider = element('input', {
      ...{ type: 'range', min: '0', max: '0.99', step: '0.01' },
      value: String(choices.smoothing),
    });
    slider.addEventListener('input', () => {
      amount.textContent = Number(slider.value).toFixed(2);
      act.choose({ smoothing: Number(slider.value) });
    });
    const axes = { step: labels.step, tokens: labels.tokens, time: labels.time };
    this.#quantity = select(labels.quantities, choices.quantity, (quantity) => act.choose({ quantity }));
    this.#boxes = {
      byLanguage: check(labels.byLanguage, 'byLanguage'),
      byKind: check(labels.byKind, 'byKind'),
      heldOut: check(labels.evaluation, 'heldOut'),
    };
    this.chart = element('div', { className: 'chart', tabIndex: 0, role: 'group' });
    this.#details = element(
      'details',
      { open: choices.table },
      element('summary', { textContent: labels.table }),
      this.#values,
    );
    this.#details.addEventListener('toggle', () => act.choose({ table: this.#details.open }));
    const { stop, resume, compare, copyCsv, savePng, export: exporting, log } = this.#buttons;
    at.append(
      element('header', {}, this.#title, this.#line, this.#problem),
      element(
        'div',
        { className: 'controls' },
        element('label', {}, `${labels.quantity} `, this.#quantity),
        element(
          'label',
          {},
          `${labels.axis} `,
          select(axes, choices.axis, (axis) => act.choose({ axis })),
        ),
        check(labels.logX, 'logX'),
        check(labels.logY, 'logY'),
        element('label', { className: 'smoothing' }, `${labels.smoothing} `, slider, ' ', amount),
        ...Object.values(this.#boxes),
        element('span', { className: 'buttons' }, stop, resume, compare, copyCsv, savePng, exporting, log),
      ),
      this.#facts,
      this.chart,
      element('div', { className: 'under' }, this.#legend, this.#readOut),
      element('p', { className: 'note', textContent: labels.keys }),
      this.#tables,
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

  show(shown: Shown, choices: Choices): void {
    const { run, tracks, lines } = shown;
    const rows = tracks[0]?.rows ?? [];
    const { waiting, chart } = this.#labels;
    if (run !== undefined) {
      this.#title.textContent = run.name;
      this.#line.textContent = [run.line, ...(run.backend === undefined ? [] : [run.backend])].join(' · ');
    }
    this.#buttons.stop.hidden = run?.active !== true;
    this.#buttons.resume.hidden = run?.resumable !== true;
    for (const action of ['copyCsv', 'savePng', 'export'] as const) this.#buttons[action].disabled = rows.length === 0;
    this.#offer(tracks, choices);
    this.#showFacts(rows, choices);
    this.#showLegend(lines);
    this.#showTables(shown);
    if (choices.table) this.#values.replaceChildren(...valuesTable(rows, this.#labels));
    const last = rows.at(-1);
    const summary = last === undefined ? waiting : `${this.#labels.last} ${this.#at(last.loss, last.step)}`;
    this.chart.setAttribute('aria-label', `${chart}. ${summary}`);
    if (last === undefined) this.#readOut.textContent = waiting;
    else if (this.#readOut.textContent === waiting) this.#readOut.textContent = '';
  }

  /** Shows those controls that the rows have something for. */
  #offer(tracks: readonly Track[], { quantity }: Choices): void {
    const rows = tracks.flatMap((track) => track.rows);
    const own = tracks[0]?.rows ?? [];
    const held = rows.some(({ evaluationLoss }) => evaluationLoss !== undefined);
    this.#boxes.byLanguage.hidden = quantity !== 'loss' || languagesOf(own).length === 0;
    this.#boxes.byKind.hidden = quantity !== 'loss' || kindsOf(own).length === 0;
    this.#boxes.heldOut.hidden = !held || (quantity !== 'loss' && quantity !== 'bitsPerByte');
    const empty: Partial<Record<Quantity, boolean>> = {
      bitsPerByte: !rows.some(({ bitsPerByte }) => bitsPerByte !== undefined),
      evaluation: figuresOf(rows).length === 0,
    };
    for (const [i, one] of quantities.entries()) {
      const option = this.#quantity.options[i];
      if (option !== undefined) option.hidden = empty[one] === true && one !== quantity;
    }
  }

  #at(value: number | undefined, step: number): string {
    return fill(this.#labels.atStep, figure(value), count(step));
  }

  #showFacts(rows: readonly MetricRow[], { smoothing }: Choices): void {
    const l = this.#labels;
    const last = rows.at(-1);
    const lowest = best(rows);
    const held = rows.findLast(({ evaluationLoss }) => evaluationLoss !== undefined);
    const smoothed =
      smooth(
        rows.map(({ loss }) => loss),
        smoothing,
      ).at(-1) ?? undefined;
    const facts: readonly (readonly [string, string | undefined])[] = [
      [l.last, last && this.#at(last.loss, last.step)],
      [l.best, lowest && this.#at(lowest.loss, lowest.step)],
      [l.smoothed, last && figure(smoothed)],
      [l.evaluation, held && this.#at(held.evaluationLoss, held.step)],
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

  #showLegend(lines: readonly Line[]): void {
    this.#legend.replaceChildren(
      ...lines.map(({ label, paint, faint, dash, marked }) => {
        const kind = faint === true ? 'raw' : dash === undefined ? (marked === true ? 'marked' : '') : 'dashed';
        const swatch = element('span', { className: `swatch ${kind}`, 'aria-hidden': 'true' });
        swatch.style.color = paintColor(paint);
        return element('li', {}, swatch, label);
      }),
    );
    this.#legend.hidden = lines.length === 0;
  }

  #showTables({ run, tracks, samples }: Shown): void {
    const rows = tracks[0]?.rows ?? [];
    const measured = rows.filter(isMeasured).length;
    const read = rows.at(-1)?.sourceTokens;
    // While rows stream in, the shares of the data are told anew about every tenth of a second at most: with the rows themselves.
    const made = JSON.stringify([
      run?.sources,
      read,
      measured,
      samples.length,
      tracks.map(({ name, rows: { length } }) => [name, tracks.length > 1 ? length : 0]),
    ]);
    if (made === this.#made) return;
    this.#made = made;
    const l = this.#labels;
    const tables = [
      comparedTable(tracks, l),
      measuredTable(rows, l),
      answersTable(samples, l),
      sourcesTable(run?.sources ?? [], read, l),
    ];
    replaceSections(
      this.#tables,
      tables.filter((table) => table !== undefined),
    );
  }
}

/** Puts new sections in, but leaves those alone that say the same: they keep their scroll and selection. */
function replaceSections(at: HTMLElement, sections: readonly HTMLElement[]): void {
  const before = [...at.children];
  at.replaceChildren(...sections.map((next) => before.find((old) => old.isEqualNode(next)) ?? next));
}
