/** The page of a comparison by preference: bars, figures, findings, and every prompt with its answers and verdicts. */
import { debounce } from '../debounce.ts';
import { count } from '../figures.ts';
import type { HiddenPreference, PreferenceReport } from '../../../server/src/protocol.ts';
import { fill } from '../plural.ts';
import { type editorApi, element, keepingPlace } from './_dom.ts';
import { PreferenceList } from './_preferenceList.ts';
import type { FromPage, Labels, PageData, ToPage } from './_preferenceProtocol.ts';
import { findingsOf, keptFilters, tabbed } from './_preferenceRows.ts';
import { type PreferenceChart, preferenceDrawing } from './_preferenceDrawing.ts';
import { agreementTable, barsOf, biasTable, languageTable, resultTable, type TextTable } from './_preferenceTables.ts';

export class PreferencePage {
  readonly #labels: Labels;
  readonly #editor: ReturnType<typeof editorApi>;
  readonly #title = element('h1');
  readonly #lead = element('p', { className: 'lead' });
  readonly #problem = element('p', { className: 'problem', role: 'alert', hidden: true });
  readonly #hidden = element('p', { className: 'hidden-sides', role: 'status', hidden: true });
  readonly #resume: HTMLElement;
  readonly #showAnyway: HTMLElement;
  readonly #saves: readonly HTMLButtonElement[];
  readonly #saveSvg: HTMLButtonElement;
  readonly #figures = element('div');
  readonly #list: PreferenceList;
  readonly #directory: string;
  #report: PreferenceReport | undefined;
  /** Where the page was scrolled to before it was hidden, until its rows are there. */
  #top: number | undefined;

  constructor(at: HTMLElement, { labels, directory }: PageData, editor: ReturnType<typeof editorApi>) {
    this.#labels = labels;
    this.#editor = editor;
    this.#directory = directory;
    const kept = keptFilters(editor.getState());
    this.#top = kept.top;
    this.#list = new PreferenceList(
      labels,
      {
        open: (side, line) => this.#say({ type: 'open', side, line }),
        filtered: () => {
          this.#keep();
          this.#tell();
        },
        toggled: () => this.#keep(),
      },
      kept,
    );
    this.#keep();
    window.addEventListener(
      'scroll',
      debounce(100, () => this.#keep()),
    );
    const act = (
      label: string,
      type: 'annotate' | 'judge' | 'resume' | 'showAnyway' | 'saveCsv' | 'saveJson' | 'saveSvg',
    ) => button(label, () => this.#say({ type }));
    this.#saveSvg = act(labels.saveSvg, 'saveSvg');
    this.#saves = [act(labels.saveCsv, 'saveCsv'), act(labels.saveJson, 'saveJson'), this.#saveSvg];
    this.#resume = act(labels.resume, 'resume');
    this.#showAnyway = act(labels.showAnyway, 'showAnyway');
    this.#title.textContent = labels.waiting;
    at.append(
      element('header', {}, this.#title, this.#lead, this.#hidden, this.#problem),
      element(
        'p',
        { className: 'actions' },
        this.#resume,
        act(labels.annotate, 'annotate'),
        act(labels.judge, 'judge'),
        this.#showAnyway,
        ...this.#saves,
      ),
      this.#figures,
      this.#list.element,
    );
    for (const part of [this.#resume, this.#showAnyway]) part.hidden = true;
    this.#list.element.hidden = true;
  }

  hear(message: ToPage): void {
    switch (message.type) {
      case 'report':
        this.#problem.hidden = true;
        this.#show(message.report);
        break;
      case 'hidden':
        this.#problem.hidden = true;
        this.#hide(message.hidden);
        break;
      case 'problem':
        this.#problem.hidden = false;
        this.#problem.textContent = message.text;
        break;
      default:
        message satisfies never;
    }
    this.#tell();
  }

  ready(): void {
    this.#say({ type: 'ready' });
  }

  /** What another tab over the page and a reload of the window leave as it is. */
  #keep(): void {
    this.#editor.setState({ directory: this.#directory, ...this.#list.kept, top: this.#top ?? window.scrollY });
  }

  /** Nothing of which side is which: what there is to do, and why. */
  #hide({ hidden, info, person }: HiddenPreference): void {
    this.#report = undefined;
    const l = this.#labels;
    this.#title.textContent = info.name;
    this.#lead.textContent = fill(l.hiddenLead, count(info.prompts));
    this.#hidden.hidden = false;
    this.#hidden.textContent = fill(
      l.hidden[hidden],
      ...(person === undefined ? [] : [count(person.done), count(person.total), person.name]),
    );
    this.#resume.hidden = info.makeable === 0;
    this.#showAnyway.hidden = false;
    for (const save of this.#saves) save.hidden = true;
    this.#figures.replaceChildren(...this.#missing(info));
    this.#list.element.hidden = true;
  }

  /** That answers are missing, where they are. */
  #missing({ prompts, answered, makeable }: PreferenceReport['info']): readonly HTMLElement[] {
    const l = this.#labels;
    const missing = Math.max(prompts - answered.a, prompts - answered.b);
    if (missing === 0) return [];
    return [element('p', { textContent: fill(makeable === 0 ? l.lacking : l.unanswered, count(missing)) })];
  }

  #show(report: PreferenceReport): void {
    this.#report = report;
    const l = this.#labels;
    const { info, result } = report;
    this.#title.textContent = info.name;
    this.#lead.textContent = fill(l.lead, info.a, info.b, count(info.prompts));
    this.#resume.hidden = info.makeable === 0;
    for (const part of [this.#hidden, this.#showAnyway]) part.hidden = true;
    for (const save of this.#saves) save.hidden = false;
    this.#saveSvg.disabled = result.raters.length === 0;
    keepingPlace(this.#figures, () => this.#figures.replaceChildren(...this.#made(report)));
    this.#list.element.hidden = false;
    this.#list.show(report);
    if (this.#top !== undefined) window.scrollTo(0, this.#top);
    this.#top = undefined;
  }

  /** All that stands above the prompts. */
  #made(report: PreferenceReport): readonly HTMLElement[] {
    const l = this.#labels;
    const { info, result } = report;
    const findings = findingsOf(report);
    return [
      ...this.#missing(info),
      ...this.#result(report),
      ...(result.agreement.length === 0 ? [] : this.#section(l.agreement, agreementTable(result, l))),
      ...this.#section(l.languages, languageTable(result, l)),
      element('h3', { textContent: l.findings }),
      findings.length === 0
        ? element('p', { textContent: l.noFindings })
        : element(
            'ul',
            { className: 'findings' },
            ...findings.map(({ row, side, answer }) =>
              element(
                'li',
                {},
                button(
                  fill(
                    l.finding[answer.finding?.kind ?? 'other'],
                    report.rows[row]?.id ?? '',
                    info[side],
                    answer.script ?? '',
                  ),
                  () => this.#list.jump(row, side),
                  'link',
                ),
              ),
            ),
          ),
    ];
  }

  #chart({ info, result }: PreferenceReport): PreferenceChart {
    const { win, tie, lose } = this.#labels.outcomes;
    return {
      title: fill(this.#labels.chart, info.a, info.b),
      bars: barsOf(result, this.#labels),
      words: { win: fill(win, info.a), tie, lose: fill(lose, info.b) },
    };
  }

  #result(report: PreferenceReport): readonly HTMLElement[] {
    const l = this.#labels;
    const heading = element('h2', { textContent: l.result });
    if (report.result.raters.length === 0) return [heading, element('p', { textContent: l.noVerdicts })];
    const chart = this.#chart(report);
    const drawing = element('div', { className: 'drawing', role: 'img', 'aria-label': chart.title });
    // Made of this page's own words and figures; all text in it is escaped.
    const parsed = new DOMParser().parseFromString(preferenceDrawing(chart), 'image/svg+xml');
    drawing.append(document.importNode(parsed.documentElement, true));
    return [
      heading,
      drawing,
      ...this.#table(l.result, this.#resultTable()),
      element('p', { className: 'note', textContent: l.intervalNote }),
      ...this.#section(l.biases, biasTable(report.result, l)),
      element('p', { className: 'note', textContent: l.biasNote }),
    ];
  }

  /** With the sides' names in its head. */
  #resultTable(): TextTable {
    if (this.#report === undefined) return { head: [], rows: [] };
    const { info, result } = this.#report;
    const { head, rows } = resultTable(result, this.#labels);
    return { head: head.map((text, i) => fill(text, i === 2 ? info.a : info.b)), rows };
  }

  #section(title: string, table: TextTable): readonly HTMLElement[] {
    return [element('h2', { textContent: title }), ...this.#table(title, table)];
  }

  #table(title: string, table: TextTable): readonly HTMLElement[] {
    const { head, rows } = table;
    const isFigure = (i: number) => i > 0 && rows.every((row) => /^[-–−\d]/.test(row[i] ?? ''));
    const of = (i: number) => ({ className: isFigure(i) ? 'figure' : '' });
    const cell = (textContent: string, i: number) =>
      i === 0 ? element('th', { scope: 'row', textContent }) : element('td', { ...of(i), textContent });
    return [
      element(
        'div',
        { className: 'wide', tabIndex: 0, role: 'group', 'aria-label': title },
        element(
          'table',
          { 'aria-label': title },
          element(
            'thead',
            {},
            element('tr', {}, ...head.map((textContent, i) => element('th', { scope: 'col', ...of(i), textContent }))),
          ),
          element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell)))),
        ),
      ),
      element(
        'p',
        { className: 'actions small' },
        button(this.#labels.copyTable, () => this.#say({ type: 'copyText', text: tabbed([head, ...rows]) })),
      ),
    ];
  }

  #say(message: FromPage): void {
    this.#editor.postMessage(message);
  }

  #tell(): void {
    const { head, rows } = this.#resultTable();
    this.#say({
      type: 'state',
      state: {
        result: tabbed([head, ...rows]),
        rows: this.#report === undefined ? 0 : this.#list.shown,
        ...(this.#hidden.hidden ? {} : { hidden: this.#hidden.textContent }),
        findings: this.#report === undefined ? 0 : findingsOf(this.#report).length,
        ...(this.#problem.hidden ? {} : { problem: this.#problem.textContent }),
      },
    });
  }
}

const button = (textContent: string, onclick: () => void, className = '') =>
  element('button', { type: 'button', textContent, onclick, className });
