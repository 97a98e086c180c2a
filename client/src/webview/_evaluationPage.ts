/** An evaluation's page: what was measured of a task and how, what its rows say together, the rows themselves, and another model beside. */
import type { EvaluationDetail } from '../../../server/src/protocol.ts';
import { count, figure } from '../figures.ts';
import { type editorApi, element, fill } from './_dom.ts';
import { BesidePart } from './_evaluationBeside.ts';
import { calibrationTable, type Choice, confusionTable, groupsTable } from './_evaluationFigures.ts';
import type { FromPage, Labels, ToPage } from './_evaluationProtocol.ts';
import { everything, pageRows, RowsPart } from './_evaluationRows.ts';
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
  /** The task shown; what a reload of the window brings back. */
  #shown = '';
  #other: string | undefined;
  #request = 0;
  #page = 0;

  constructor(at: HTMLElement, path: string, labels: Labels, editor: ReturnType<typeof editorApi>) {
    this.#labels = labels;
    this.#editor = editor;
    this.#path = path;
    const kept = editor.getState() as { readonly task?: string; readonly other?: string } | undefined;
    this.#shown = kept?.task ?? '';
    this.#other = kept?.other;
    this.#task.addEventListener('change', () => this.#show(this.#task.value));
    this.#rows = new RowsPart(labels, {
      onQuery: () => this.#ask(0),
      onPage: (page) => this.#ask(page),
      onWhole: (from) => {
        const asked = { request: this.#request, task: this.#shown, query: this.#rows.query, ...this.#otherPart() };
        this.say({ type: 'whole', ...asked, from });
      },
      onOpen: (file, line) => this.say({ type: 'open', file, line }),
    });
    this.#beside = new BesidePart(labels, {
      onOther: (path) => {
        this.#other = path;
        this.#keep();
        this.#compare();
        const query = without(this.#rows.query, 'beside');
        this.#rows.choose(path === undefined && query.sort === 'difference' ? { ...query, sort: 'row' } : query);
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
      case 'evaluation':
        this.#evaluation = message;
        this.#showEvaluation(message);
        return;
      case 'show':
        if (this.#evaluation === undefined) this.#shown = message.task;
        else this.#show(message.task);
        return;
      case 'detail':
        if (message.task === this.#shown) this.#showDetail(message.detail);
        return;
      case 'rows':
        if (message.request !== this.#request) return;
        // The file has changed since: all is read anew.
        if (this.#detail !== undefined && message.answer.stamp !== this.#detail.stamp) {
          this.#show(this.#shown);
          return;
        }
        this.#rows.show(this.#page, message.answer.total, message.answer.rows, this.#otherName);
        this.#tell();
        return;
      case 'whole':
        if (message.request === this.#request) this.#rows.whole(message.row);
        return;
      case 'compared':
        if (message.task !== this.#shown || message.other !== this.#other) return;
        this.#beside.show(message.answer, this.#otherName, this.#detail?.kind ?? 'choice');
        this.#tell();
        return;
      case 'problem':
        this.#problem.hidden = false;
        this.#problem.textContent = message.text;
        this.#facts.classList.remove('reading');
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

  #keep(): void {
    this.#editor.setState({ path: this.#path, task: this.#shown, ...this.#otherPart() });
  }

  #showEvaluation({ evaluation, model, at, titles, others }: Evaluation): void {
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
    if (!others.some(({ path }) => path === this.#other)) this.#other = undefined;
    this.#show(tasks.includes(this.#shown) ? this.#shown : (tasks[0] ?? ''));
  }

  #show(task: string): void {
    const { evaluation, others } = this.#evaluation ?? {};
    if (evaluation === undefined) return;
    const l = this.#labels;
    this.#shown = task;
    this.#detail = undefined;
    this.#task.value = task;
    this.#keep();
    this.#problem.hidden = true;
    this.#figures.replaceChildren();
    this.#rows.element.hidden = true;
    if (!(others ?? []).some(({ path, samples }) => path === this.#other && samples.includes(task)))
      this.#other = undefined;
    const { n, ...metrics } = evaluation.results[task] ?? {};
    // Standard errors stand beside the figures in the harness's form.
    const figures = Object.entries(metrics).filter(([name]) => !name.includes('_stderr'));
    const parts = figures.map(([name, value]) => {
      const interval = evaluation.intervals?.[task]?.[name];
      const ends = interval === undefined ? '' : ` [${figure(interval[0])}, ${figure(interval[1])}]`;
      return element('span', {}, element('b', { textContent: name }), ` ${figure(value)}${ends}`);
    });
    this.#metrics.replaceChildren(...parts);
    const { split, shots, rows = n, available, truncated } = evaluation.conditions?.[task] ?? {};
    const facts = [
      ...(split === undefined ? [] : [fill(l.split, split)]),
      ...(shots === undefined ? [] : [fill(l.shots, shots)]),
      ...(rows === undefined
        ? []
        : [
            available === undefined || available === rows
              ? fill(l.rowsAll, count(rows))
              : fill(l.rowsOf, count(rows), count(available)),
          ]),
      ...(truncated === undefined || truncated === 0 ? [] : [fill(l.truncated, count(truncated))]),
    ];
    this.#facts.textContent = facts.join(' · ');
    if (evaluation.samples?.includes(task) === true) {
      this.#figures.replaceChildren(element('p', { className: 'note', textContent: l.reading }));
      this.say({ type: 'detail', task });
    } else this.#figures.replaceChildren(element('p', { className: 'note', textContent: l.noSamples }));
    this.#tell();
  }

  #showDetail(detail: EvaluationDetail.Answer): void {
    this.#detail = detail;
    const l = this.#labels;
    const listener = {
      onChoose: (choice: Choice) => this.#choose(choice),
      onCopy: (text: string) => this.say({ type: 'copy', text }),
    };
    const tables = [confusionTable, groupsTable, calibrationTable].map((table) => table(detail, l, listener));
    if (detail.unread > 0) this.#facts.textContent += ` · ${fill(l.unread, count(detail.unread))}`;
    this.#figures.replaceChildren(...tables.filter((table) => table !== undefined), this.#beside.element);
    this.#beside.offer(this.#evaluation?.others ?? [], this.#shown, this.#other);
    this.#rows.element.hidden = false;
    this.#rows.offer(detail);
    this.#compare();
    this.#ask(0);
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
