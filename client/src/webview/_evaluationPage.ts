/** An evaluation's page: what was measured of a task and how, what its rows say together, the rows themselves, and another model beside. */
import { debounce } from '../debounce.ts';
import type { EvaluationDetail, EvaluationInfo } from '../../../server/src/protocol.ts';
import { fill } from '../plural.ts';
import { type editorApi, element } from './_dom.ts';
import { BesidePart } from './_evaluationBeside.ts';
import { calibrationTable, type Choice, confusionTable, groupsTable } from './_evaluationFigures.ts';
import type { FromPage, Labels, ToPage } from './_evaluationProtocol.ts';
import { alone, everything, isSameTask, type Kept, keptOf } from './_evaluationKept.ts';
import { factsLine, metricsOf } from './_evaluationFacts.ts';
import { pageRows, pagesOf, RowsPart } from './_evaluationRows.ts';
import { without } from './_without.ts';

type Evaluation = Extract<ToPage, { type: 'evaluation' }>;

export class EvaluationPage {
  readonly #labels: Labels;
  readonly #editor: ReturnType<typeof editorApi>;
  readonly #path: string;
  readonly #title = element('h1');
  readonly #about = element('p', { className: 'note' });
  readonly #task = element('select');
  readonly #metrics = element('p', { className: 'metrics' });
  readonly #facts = element('p', { className: 'note' });
  readonly #problem = element('p', { className: 'problem', role: 'alert', hidden: true });
  readonly #figures = element('div', { className: 'figures' });
  readonly #rows: RowsPart;
  readonly #beside: BesidePart;
  #evaluation: Evaluation | undefined;
  #detail: EvaluationDetail.Answer | undefined;
  /** The task shown. */
  #shown: string;
  #other: string | undefined;
  #request = 0;
  #page = 0;
  /** What was shown of the task before the page was hidden or its file changed, until its rows are there again. */
  #before: Kept | undefined;
  /** Where the page was scrolled to, until there is so much of it again. */
  #top: number | undefined;

  constructor(at: HTMLElement, path: string, labels: Labels, editor: ReturnType<typeof editorApi>) {
    this.#labels = labels;
    this.#editor = editor;
    this.#path = path;
    const kept = keptOf(editor.getState());
    this.#shown = kept.task;
    this.#other = kept.other;
    this.#before = kept;
    this.#task.addEventListener('change', () => this.#show(this.#task.value));
    this.#rows = new RowsPart(labels, {
      onQuery: () => this.#ask(0),
      onPage: (page) => this.#turn(page),
      onToggle: () => this.#keep(),
      onWhole: (from) => {
        const asked = { request: this.#request, task: this.#shown, query: this.#rows.query, ...this.#otherPart() };
        this.say({ type: 'whole', ...asked, from });
      },
      onOpen: (file, line) => this.say({ type: 'open', file, line }),
    });
    this.#beside = new BesidePart(labels, {
      onOther: (path) => {
        this.#other = path;
        this.#compare();
        const query = without(this.#rows.query, 'beside');
        this.#rows.choose(path === undefined ? alone(query) : query);
      },
      onChoose: (beside) => this.#choose({ beside }),
    });
    const button = (textContent: string, onclick: () => void) =>
      element('button', { type: 'button', textContent, onclick });
    at.append(
      this.#title,
      this.#about,
      element(
        'div',
        { className: 'controls' },
        element('label', {}, `${labels.task} `, this.#task),
        element(
          'span',
          { className: 'buttons' },
          button(labels.openResults, () => this.say({ type: 'openResults' })),
          button(labels.openFile, () => this.say({ type: 'openFile' })),
        ),
      ),
      this.#metrics,
      this.#facts,
      this.#problem,
      this.#figures,
      this.#rows.element,
    );
    this.#rows.element.hidden = true;
    window.addEventListener(
      'scroll',
      debounce(100, () => this.#keep()),
    );
    for (const own of ['wheel', 'keydown', 'pointerdown'])
      window.addEventListener(own, () => (this.#top = undefined), { passive: true });
    window.addEventListener('keydown', (event) => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      const find = (event.ctrlKey || event.metaKey) && event.key === 'f';
      if (!find && (event.key !== '/' || typing)) return;
      event.preventDefault();
      this.#rows.focus();
    });
  }

  say(message: FromPage): void {
    this.#editor.postMessage(message);
  }

  hear(message: ToPage): void {
    switch (message.type) {
      case 'evaluation': {
        const before = this.#evaluation;
        this.#evaluation = message;
        this.#showEvaluation(message, before?.evaluation);
        return;
      }
      case 'show':
        if (this.#evaluation === undefined) {
          // What was kept is of the task that was shown.
          if (message.task !== this.#shown) this.#before = undefined;
          this.#shown = message.task;
        } else this.#show(message.task);
        return;
      case 'detail':
        if (message.task === this.#shown) this.#showDetail(message.detail);
        return;
      case 'rows':
        if (message.request !== this.#request) return;
        // The file has changed since: all is read anew.
        if (this.#detail !== undefined && message.answer.stamp !== this.#detail.stamp) {
          this.say({ type: 'detail', task: this.#shown });
          return;
        }
        // Fewer rows than there were: the last of them.
        if (message.answer.rows.length === 0 && message.answer.total > 0 && this.#page > 0) {
          this.#ask(pagesOf(message.answer.total) - 1);
          return;
        }
        this.#rows.show(this.#page, message.answer.total, message.answer.rows, this.#otherName);
        this.#scrollBack();
        this.#keep();
        this.#tell();
        return;
      case 'whole':
        if (message.request !== this.#request) return;
        this.#rows.whole(message.row);
        this.#scrollBack();
        return;
      case 'compared':
        if (message.task !== this.#shown || message.other !== this.#other) return;
        this.#beside.show(message.answer, this.#otherName, this.#detail?.kind ?? 'choice');
        this.#tell();
        return;
      case 'problem':
        this.#problem.hidden = false;
        this.#problem.textContent = message.text;
        if (this.#detail === undefined) this.#figures.replaceChildren();
        this.#tell();
        return;
      default:
        message satisfies never;
    }
  }

  get #otherName(): string {
    return this.#evaluation?.others.find(({ path }) => path === this.#other)?.name ?? '';
  }

  #otherPart(): { readonly other?: string } {
    return this.#other === undefined ? {} : { other: this.#other };
  }

  get #kept(): Kept {
    const top = Math.round(this.#top ?? window.scrollY);
    return { task: this.#shown, ...this.#otherPart(), ...this.#rows.kept, top };
  }

  /** While the rows of the task are still to come, what was shown before is kept. */
  #keep(): void {
    const before = this.#before ?? { ...keptOf(undefined), task: this.#shown, ...this.#otherPart() };
    this.#editor.setState({ path: this.#path, ...(this.#detail === undefined ? before : this.#kept) });
  }

  #scrollBack(): void {
    if (this.#top === undefined) return;
    window.scrollTo(0, this.#top);
    if (Math.abs(window.scrollY - this.#top) < 2) this.#top = undefined;
  }

  /** Another page of rows, from its first one. */
  #turn(page: number): void {
    this.#ask(page);
    if (this.#rows.element.getBoundingClientRect().top < 0) this.#rows.element.scrollIntoView({ block: 'start' });
  }

  /** `before`: what was known of the evaluation, where it is read again. What is looked at stays as it is as far as it holds. */
  #showEvaluation({ evaluation, model, at, titles, others }: Evaluation, before: EvaluationInfo | undefined): void {
    const tasks = Object.keys(evaluation.results);
    this.#title.textContent = evaluation.name;
    this.#about.textContent = [fill(this.#labels.model, model), at].filter((part) => part !== '').join(' · ');
    this.#task.replaceChildren(
      ...tasks.map((task) =>
        element('option', {
          value: task,
          textContent: titles[task] === undefined ? task : `${titles[task]} (${task})`,
        }),
      ),
    );
    const shown = this.#shown;
    const kept = tasks.includes(shown) && (this.#before ?? (this.#detail === undefined ? undefined : this.#kept));
    if (before === undefined || this.#detail === undefined || !isSameTask(before, evaluation, shown)) {
      this.#show(tasks.includes(shown) ? shown : (tasks[0] ?? ''), kept === false ? undefined : kept);
      return;
    }
    this.#task.value = shown;
    this.#problem.hidden = true;
    const gone = !others.some(({ path, samples }) => path === this.#other && samples.includes(shown));
    if (this.#other !== undefined && gone) {
      this.#other = undefined;
      this.#compare();
      this.#rows.choose(alone(this.#rows.query));
    } else {
      this.#beside.list(others, shown, this.#other);
      if (this.#other !== undefined) this.#compare();
    }
    this.say({ type: 'detail', task: shown });
  }

  /** `kept`: how the task was shown before. */
  #show(task: string, kept?: Kept): void {
    const { evaluation, others } = this.#evaluation ?? {};
    if (evaluation === undefined) return;
    const l = this.#labels;
    this.#shown = task;
    this.#detail = undefined;
    this.#before = kept;
    this.#task.value = task;
    this.#keep();
    this.#problem.hidden = true;
    this.#figures.replaceChildren();
    this.#rows.element.hidden = true;
    if (!(others ?? []).some(({ path, samples }) => path === this.#other && samples.includes(task)))
      this.#other = undefined;
    this.#metrics.replaceChildren(...metricsOf(evaluation, task));
    this.#facts.textContent = factsLine(evaluation, task, 0, l);
    if (evaluation.samples?.includes(task) === true) {
      this.#figures.replaceChildren(element('p', { className: 'note', textContent: l.reading }));
      this.say({ type: 'detail', task });
    } else this.#figures.replaceChildren(element('p', { className: 'note', textContent: l.noSamples }));
    this.#tell();
  }

  #showDetail(detail: EvaluationDetail.Answer): void {
    if (this.#detail?.stamp === detail.stamp) {
      this.#tell();
      return;
    }
    const before = this.#before ?? (this.#detail === undefined ? undefined : this.#kept);
    this.#before = undefined;
    this.#detail = detail;
    this.#problem.hidden = true;
    const l = this.#labels;
    const { evaluation, others = [] } = this.#evaluation ?? {};
    if (evaluation !== undefined) this.#facts.textContent = factsLine(evaluation, this.#shown, detail.unread, l);
    const listener = {
      onChoose: (choice: Choice) => this.#choose(choice),
      onCopy: (text: string) => this.say({ type: 'copy', text }),
    };
    const tables = [confusionTable, groupsTable, calibrationTable].map((table) => table(detail, l, listener));
    this.#figures.replaceChildren(...tables.filter((table) => table !== undefined), this.#beside.element);
    this.#beside.offer(others, this.#shown, this.#other);
    this.#rows.element.hidden = false;
    const query = before === undefined || this.#other !== undefined ? before?.query : alone(before.query);
    this.#rows.offer(detail, before === undefined || query === undefined ? undefined : { ...before, query });
    this.#top = before?.top;
    this.#compare();
    this.#ask(before?.page ?? 0);
  }

  /** A click in a figure leaves its rows alone, and goes to them. */
  #choose(choice: Choice): void {
    const { sort, descending, search } = this.#rows.query;
    this.#rows.choose({ ...everything, sort, descending, search, ...choice });
    this.#rows.element.scrollIntoView({ block: 'start' });
    this.#rows.focus();
  }

  #compare(): void {
    if (this.#other === undefined) this.#beside.offer(this.#evaluation?.others ?? [], this.#shown, undefined);
    else this.say({ type: 'compare', task: this.#shown, other: this.#other });
  }

  #ask(page: number): void {
    const request = ++this.#request;
    this.#page = page;
    const { query } = this.#rows;
    const from = page * pageRows;
    this.say({ type: 'rows', request, task: this.#shown, query, from, count: pageRows, ...this.#otherPart() });
  }

  #tell(): void {
    this.say({
      type: 'state',
      state: {
        title: this.#title.textContent,
        task: this.#shown,
        metrics: this.#metrics.textContent,
        confusion: this.#detail?.confusion ?? [],
        total: this.#rows.total,
        rows: this.#rows.shown.map(({ id }) => id),
        beside: this.#beside.text,
        ...(this.#problem.hidden ? {} : { problem: this.#problem.textContent }),
      },
    });
  }
}
