/** The page of blind verdicts: a prompt, two answers without names, and a verdict by one key; then the next one. */
import { commandOf } from './_annotateKeys.ts';
import type { AnnotateState, Choice, FromPage, Item, Labels, PageData, Step, ToPage } from './_annotateProtocol.ts';
import { fill } from '../plural.ts';
import { type editorApi, element } from './_dom.ts';
import { focusWithin } from './_focus.ts';

const choices: readonly { readonly choice: Choice; readonly key: string }[] = [
  { choice: 'left', key: 'A' },
  { choice: 'right', key: 'B' },
  { choice: 'neither', key: 'N' },
];

export class AnnotatePage {
  readonly #labels: Labels;
  readonly #editor: ReturnType<typeof editorApi>;
  readonly #progress = element('output', { className: 'progress', 'aria-live': 'polite' });
  readonly #meter = element('progress', { max: 1, value: 0 });
  readonly #problem = element('p', { className: 'problem', role: 'alert', hidden: true });
  readonly #prompt = element('div', { className: 'text', tabIndex: 0, role: 'region' });
  readonly #input = element('div', { className: 'text input', tabIndex: 0, role: 'region', hidden: true });
  readonly #answers: Readonly<Record<'left' | 'right', HTMLElement>>;
  readonly #work: HTMLElement;
  readonly #done: HTMLElement;
  readonly #lead = element('p', { className: 'lead', role: 'status' });
  readonly #buttons: Readonly<Record<Choice, HTMLButtonElement>>;
  readonly #undo: readonly HTMLButtonElement[];
  readonly #help: HTMLDialogElement;
  readonly #results: HTMLButtonElement;
  #item: Item | undefined;
  #canUndo = false;
  /** From a verdict until the next item is there: what is pressed meanwhile would be meant for another one. */
  #waiting = true;

  constructor(at: HTMLElement, { labels, annotator }: PageData, editor: ReturnType<typeof editorApi>) {
    this.#labels = labels;
    this.#editor = editor;
    const button = (textContent: string, onclick: () => void, more: Readonly<Record<string, unknown>> = {}) =>
      element('button', { type: 'button', textContent, onclick, ...more });
    const answer = (place: 'left' | 'right') =>
      element('div', { className: 'text', tabIndex: 0, role: 'region', 'aria-label': labels.answers[place] });
    this.#prompt.setAttribute('aria-label', labels.prompt);
    this.#input.setAttribute('aria-label', labels.input);
    this.#answers = { left: answer('left'), right: answer('right') };
    const choose = ({ choice, key }: (typeof choices)[number]) => [
      choice,
      button(labels.choices[choice], () => this.#choose(choice), {
        className: 'choice',
        'aria-keyshortcuts': key,
        'aria-pressed': false,
      }),
    ];
    this.#buttons = Object.fromEntries(choices.map(choose)) as Record<Choice, HTMLButtonElement>;
    const undo = () => button(labels.undo, () => this.#takeBack(), { 'aria-keyshortcuts': 'U' });
    const [undoHere, undoAtEnd] = [undo(), undo()];
    this.#undo = [undoHere, undoAtEnd];
    this.#help = this.#makeHelp();
    this.#results = button(labels.results, () => this.#say({ type: 'results' }), { className: 'primary' });
    const column = (place: 'left' | 'right') =>
      element('section', {}, element('h2', { textContent: labels.answers[place] }), this.#answers[place]);
    this.#work = element(
      'div',
      { className: 'work' },
      element(
        'section',
        { className: 'asked' },
        element('h2', { textContent: labels.prompt }),
        this.#prompt,
        this.#input,
      ),
      element('div', { className: 'answers' }, column('left'), column('right')),
      element(
        'div',
        { className: 'choices', role: 'toolbar', 'aria-label': labels.title },
        ...choices.map(({ choice }) => this.#buttons[choice]),
        element('span', { className: 'gap' }),
        undoHere,
        button(labels.help, () => this.#showHelp(), { 'aria-keyshortcuts': 'Shift+?' }),
      ),
    );
    this.#done = element(
      'section',
      { className: 'done', hidden: true, tabIndex: -1 },
      this.#lead,
      element('p', { textContent: labels.doneNote }),
      element('p', { className: 'actions' }, this.#results, ' ', undoAtEnd),
    );
    at.append(
      element(
        'header',
        {},
        element('h1', { textContent: labels.title }),
        element('span', { className: 'where' }, this.#meter, this.#progress),
      ),
      element(
        'p',
        { className: 'note' },
        `${fill(labels.annotator, annotator)} · `,
        button(labels.rename, () => this.#say({ type: 'rename' }), { className: 'link' }),
        ` · ${labels.blind}`,
      ),
      this.#problem,
      this.#work,
      this.#done,
      this.#help,
    );
    this.#meter.setAttribute('aria-hidden', 'true');
    this.#work.hidden = true;
    this.#progress.textContent = labels.waiting;
    document.addEventListener('keydown', (event) => this.#press(event));
  }

  hear(message: ToPage): void {
    this.#waiting = false;
    switch (message.type) {
      case 'step':
        this.#problem.hidden = true;
        this.#show(message.step);
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

  #show({ item, done, total, canUndo }: Step): void {
    const l = this.#labels;
    this.#item = item;
    this.#canUndo = canUndo;
    for (const button of this.#undo) button.disabled = !canUndo;
    this.#done.hidden = item !== undefined;
    this.#work.hidden = item === undefined;
    this.#meter.max = Math.max(1, total);
    this.#meter.value = done;
    this.#progress.textContent = fill(l.progress, item === undefined ? done : done + 1, total);
    if (item === undefined) {
      this.#lead.textContent = total === 0 ? l.nothing : l.done;
      focusWithin(this.#results);
      return;
    }
    put(this.#prompt, item.prompt, item.language);
    this.#input.hidden = item.input === undefined;
    put(this.#input, item.input ?? '', item.language);
    for (const place of ['left', 'right'] as const) {
      const text = item[place];
      this.#answers[place].textContent = text === '' ? l.empty : text;
      this.#answers[place].classList.toggle('empty', text === '');
    }
    for (const { choice } of choices) {
      const chosen = item.pressed === choice;
      this.#buttons[choice].setAttribute('aria-pressed', String(chosen));
      this.#buttons[choice].title = chosen ? l.chosen : '';
    }
    window.scrollTo(0, 0);
    // Whoever listens to the page hears the new prompt, and Tab goes on to the answers.
    if (!this.#help.open) focusWithin(this.#prompt, { preventScroll: true });
  }

  #press(event: KeyboardEvent): void {
    if (this.#help.open) return;
    const command = commandOf(event);
    if (command === undefined) return;
    event.preventDefault();
    if (command === 'help') this.#showHelp();
    else if (command === 'undo') this.#takeBack();
    else this.#choose(command.choose);
  }

  #choose(choice: Choice): void {
    if (this.#waiting || this.#item === undefined) return;
    this.#waiting = true;
    this.#say({ type: 'choose', index: this.#item.index, choice });
  }

  #takeBack(): void {
    if (this.#waiting || !this.#canUndo) return;
    this.#waiting = true;
    this.#say({ type: 'undo' });
  }

  #makeHelp(): HTMLDialogElement {
    const { helpTitle, keys, close } = this.#labels;
    const dialog = element(
      'dialog',
      { 'aria-label': helpTitle },
      element('h2', { textContent: helpTitle }),
      element(
        'dl',
        {},
        ...keys.flatMap(([key, what]) => [
          element('dt', {}, element('kbd', { textContent: key })),
          element('dd', { textContent: what }),
        ]),
      ),
      element('button', { type: 'button', textContent: close, onclick: () => dialog.close() }),
    );
    return dialog;
  }

  #showHelp(): void {
    this.#help.showModal();
  }

  #say(message: FromPage): void {
    this.#editor.postMessage(message);
  }

  #tell(): void {
    const state: AnnotateState = {
      ...(this.#item === undefined ? {} : { item: this.#item }),
      done: !this.#done.hidden,
      progress: this.#progress.textContent,
      ...(this.#problem.hidden ? {} : { problem: this.#problem.textContent }),
    };
    this.#say({ type: 'state', state });
  }
}

/** A text in its language, for fonts and for those who have it read to them. */
function put(at: HTMLElement, text: string, language: string | undefined): void {
  at.textContent = text;
  if (language === undefined) at.removeAttribute('lang');
  else at.lang = language;
}
