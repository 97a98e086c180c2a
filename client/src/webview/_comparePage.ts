/** The page of two tokenizers on one text: what each costs, the lines side by side, and the token that was chosen. */
import { count, percent } from '../figures.ts';
import { fill } from '../plural.ts';
import { type editorApi, element } from './_dom.ts';
import { LineList, pageLines } from './_lineList.ts';
import { change } from './_segments.ts';
import type { Comparison, FromPage, Labels, Side, SideName, ToPage } from './_compareProtocol.ts';

export class ComparePage {
  readonly #labels: Labels;
  readonly #editor: ReturnType<typeof editorApi>;
  readonly #title = element('h1');
  readonly #summary = element('p', { className: 'summary', 'aria-live': 'polite' });
  readonly #table = element('table');
  readonly #problem = element('p', { className: 'problem', role: 'alert', hidden: true });
  readonly #detail = element('output', { className: 'detail', 'aria-live': 'polite' });
  readonly #names: Readonly<Record<SideName, HTMLButtonElement>>;
  readonly #list: LineList;
  #comparison: Comparison | undefined;
  #request = 0;
  /** Pages asked for, by request; a new comparison makes them void. */
  readonly #asked = new Map<number, number>();

  constructor(at: HTMLElement, labels: Labels, editor: ReturnType<typeof editorApi>) {
    this.#labels = labels;
    this.#editor = editor;
    const button = (textContent: string, onclick: () => void) =>
      element('button', { type: 'button', textContent, onclick });
    const name = (side: SideName) =>
      element('button', {
        type: 'button',
        className: 'name',
        title: labels.choose,
        onclick: () => this.say({ type: 'choose', side }),
      });
    this.#names = { left: name('left'), right: name('right') };
    this.#list = new LineList(labels, {
      onDue: (page) => this.#ask(page),
      onDetail: (text) => {
        if (this.#detail.textContent === text) return;
        this.#detail.textContent = text;
        this.#tell();
      },
    });
    this.#table.setAttribute('aria-label', labels.title);
    this.#title.textContent = labels.waiting;
    at.append(
      element('header', {}, this.#title, this.#summary, this.#problem),
      element(
        'div',
        { className: 'figures' },
        this.#table,
        element(
          'span',
          { className: 'buttons' },
          button(labels.swap, () => this.say({ type: 'swap' })),
          button(labels.copyTable, () => this.say({ type: 'copyText', text: this.#text() })),
        ),
      ),
      element(
        'div',
        { className: 'line heads' },
        element('div', { className: 'number' }),
        this.#names.left,
        this.#names.right,
        element('div', { className: 'counts', textContent: labels.tokens }),
      ),
      this.#list.element,
      this.#detail,
      element('p', { className: 'note', textContent: labels.keys }),
    );
  }

  say(message: FromPage): void {
    this.#editor.postMessage(message);
  }

  hear(message: ToPage): void {
    switch (message.type) {
      case 'comparison':
        this.#show(message.comparison);
        return;
      case 'lines': {
        const page = this.#asked.get(message.request);
        this.#asked.delete(message.request);
        if (page === undefined) return;
        this.#list.store.add(
          page,
          message.left.flatMap((left, i) => {
            const right = message.right[i];
            return right === undefined ? [] : [{ left, right }];
          }),
        );
        this.#list.draw();
        this.#tell();
        return;
      }
      case 'stale': {
        const page = this.#asked.get(message.request);
        this.#asked.delete(message.request);
        if (page !== undefined) this.#list.store.lost(page);
        return;
      }
      case 'problem':
        this.#problem.hidden = false;
        this.#problem.textContent = message.text;
        this.#tell();
        return;
      default:
        message satisfies never;
    }
  }

  #show(comparison: Comparison): void {
    const before = this.#comparison;
    this.#comparison = comparison;
    const { left, right, name } = comparison;
    this.#problem.hidden = true;
    this.#title.textContent = name;
    this.#summary.textContent = fill(
      this.#labels.summary,
      count(left.tokens),
      count(right.tokens),
      change(left.tokens, right.tokens),
    );
    for (const side of ['left', 'right'] as const) {
      const { tokenizer } = comparison[side];
      this.#names[side].textContent = `${tokenizer.name} ▾`;
      this.#names[side].setAttribute('aria-label', `${tokenizer.name}: ${this.#labels.choose}`);
    }
    this.#showTable();
    this.#asked.clear();
    const same =
      before?.name === name &&
      before.left.tokenizer.path === left.tokenizer.path &&
      before.right.tokenizer.path === right.tokenizer.path;
    this.#list.reset(comparison, same);
    this.#editor.setState({ left: left.tokenizer.path, right: right.tokenizer.path });
    this.#tell();
  }

  #rows(): readonly (readonly string[])[] {
    if (this.#comparison === undefined) return [];
    const { left, right, characters } = this.#comparison;
    const l = this.#labels;
    const share = (part: number, whole: number) => (whole === 0 ? '–' : percent(part / whole));
    const each = ({ tokens }: Side) => (characters === 0 ? '–' : (tokens / characters).toFixed(3));
    return [
      [l.tokens, count(left.tokens), count(right.tokens), change(left.tokens, right.tokens)],
      [l.perCharacter, each(left), each(right), ''],
      [l.byteTokens, share(left.byteTokens, left.tokens), share(right.byteTokens, right.tokens), ''],
      [l.pieces, count(left.tokenizer.size), count(right.tokenizer.size), ''],
    ];
  }

  #heads(): readonly string[] {
    const { left, right } = this.#comparison ?? {};
    return ['', left?.tokenizer.name ?? '', right?.tokenizer.name ?? '', this.#labels.change];
  }

  #showTable(): void {
    this.#table.replaceChildren(
      element(
        'thead',
        {},
        element('tr', {}, ...this.#heads().map((text) => element('th', { scope: 'col', textContent: text }))),
      ),
      element(
        'tbody',
        {},
        ...this.#rows().map(([head = '', ...cells]) =>
          element(
            'tr',
            {},
            element('th', { scope: 'row', textContent: head }),
            ...cells.map((text) => element('td', { className: 'figure', textContent: text })),
          ),
        ),
      ),
    );
  }

  #text(): string {
    return [this.#heads(), ...this.#rows()].map((row) => row.join('\t')).join('\n');
  }

  #ask(page: number): void {
    const request = ++this.#request;
    this.#asked.set(request, page);
    this.say({ type: 'ask', request, from: page * pageLines, to: (page + 1) * pageLines });
  }

  #tell(): void {
    const lines = this.#list.onScreen.map(({ left, right }) => ({
      text: left.text,
      left: left.tokens,
      right: right.tokens,
    }));
    this.say({
      type: 'state',
      state: {
        ...(this.#comparison === undefined ? {} : { comparison: this.#comparison }),
        lines,
        summary: this.#summary.textContent,
        detail: this.#detail.textContent,
        ...(this.#problem.hidden ? {} : { problem: this.#problem.textContent }),
      },
    });
  }
}
