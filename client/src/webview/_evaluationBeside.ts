/** Another evaluation of the same task beside this one: on how many rows each is right, and whether that is more than chance. */
import type { CompareEvaluations, EvaluationRows, SampleKind } from '../../../server/src/protocol.ts';
import { count, figure } from '../figures.ts';
import { signed } from './_evaluationCells.ts';
import { fill } from '../plural.ts';
import { element } from './_dom.ts';
import type { Labels, Other } from './_evaluationProtocol.ts';

type Values = NonNullable<Extract<CompareEvaluations.Answer, { readonly comparable: true }>['values']>;

/** What both reach, and how far apart they are. */
function valuesLine({ value, here, there, interval }: Values, l: Labels): string {
  const reached = fill(l.besideValues, l.values[value], figure(here), figure(there));
  if (interval === undefined) return reached;
  return `${reached} · ${fill(l.besideInterval, signed(here - there), signed(interval[0]), signed(interval[1]))}`;
}

export interface BesideListener {
  /** Another evaluation, or none. */
  onOther(path: string | undefined): void;
  onChoose(beside: EvaluationRows.Beside): void;
}

export class BesidePart {
  readonly element: HTMLElement;
  readonly #labels: Labels;
  readonly #listener: BesideListener;
  readonly #select = element('select');
  readonly #said = element('div', { 'aria-live': 'polite' });
  /** The answer that is shown. */
  #shown = '';

  constructor(labels: Labels, listener: BesideListener) {
    this.#labels = labels;
    this.#listener = listener;
    this.#select.setAttribute('aria-label', labels.besideChoose);
    this.#select.addEventListener('change', () =>
      listener.onOther(this.#select.value === '' ? undefined : this.#select.value),
    );
    this.element = element(
      'section',
      {},
      element('h2', { textContent: labels.beside }),
      element('p', { className: 'controls' }, this.#select),
      this.#said,
    );
  }

  get text(): string {
    return this.#said.textContent;
  }

  /** The evaluations that have rows of the task; what is told of the one before goes. */
  offer(others: readonly Other[], task: string, chosen: string | undefined): void {
    this.list(others, task, chosen);
    this.#shown = '';
    this.#said.replaceChildren();
  }

  /** As `offer`, of the same task and evaluation beside: what is told stays. */
  list(others: readonly Other[], task: string, chosen: string | undefined): void {
    const l = this.#labels;
    const possible = others.filter(({ samples }) => samples.includes(task));
    this.#select.replaceChildren(
      element('option', { value: '', textContent: possible.length === 0 ? l.besideNobody : l.besideChoose }),
      ...possible.map(({ path, name }) => element('option', { value: path, textContent: name })),
    );
    this.#select.disabled = possible.length === 0;
    this.#select.value = chosen ?? '';
  }

  show(answer: CompareEvaluations.Answer, name: string, kind: SampleKind): void {
    const l = this.#labels;
    const shown = JSON.stringify([answer, name]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (!answer.comparable) {
      const [here, there] = answer.shots ?? [];
      const why = fill(
        l.notComparable[answer.why],
        answer.why === 'shots' ? (here ?? '') : answer.id === undefined ? '' : count(answer.id + 1),
        there ?? '',
      );
      this.#said.replaceChildren(element('p', { className: 'problem', textContent: why }));
      return;
    }
    const { rows, here, there, p, values, ...counts } = answer;
    const texts = kind === 'text';
    const names = texts ? { ...l.besideTexts, neither: '' } : l.besideOutcomes;
    const outcomes = (['onlyThis', 'onlyOther', 'both', 'neither'] as const).filter((outcome) => names[outcome] !== '');
    const row = (outcome: (typeof outcomes)[number]) =>
      element(
        'tr',
        {},
        element(
          'th',
          { scope: 'row' },
          element('button', {
            ...{ type: 'button', className: 'link', textContent: fill(names[outcome], name) },
            onclick: () => this.#listener.onChoose(outcome),
          }),
        ),
        element('td', { className: 'figure', textContent: count(counts[outcome]) }),
      );
    this.#said.replaceChildren(
      element(
        'p',
        {},
        here === rows && there === rows
          ? fill(l.besideSummary, count(rows))
          : fill(l.besideCommon, count(rows), count(here), count(there)),
      ),
      element('table', { 'aria-label': l.beside }, element('tbody', {}, ...outcomes.map(row))),
      ...(values === undefined ? [] : [element('p', { textContent: valuesLine(values, l) })]),
      element('p', {
        textContent: fill(texts ? l.besideSign : l.besideTest, p < 0.0001 ? p.toExponential(2) : p.toFixed(4)),
      }),
    );
  }
}
