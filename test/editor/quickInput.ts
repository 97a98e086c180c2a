/**
 * The boxes of the editor (palette, lists, questions) as a person meets them. The widget is one for all of them, its rows are recycled,
 * it fades out for a while after it was answered, and it closes where something else takes the focus: so an answer is given only to
 * the box that was meant, to a row that says what was asked for, and a command whose box went away is begun again.
 */
import type { Page } from 'playwright-core';
import { settled } from './focus.ts';

/** What is done in a box: a row chosen, a text written, or what it proposes taken. `title` is a part of the title of the box meant. */
export type Answer = { readonly title?: string } & (
  { readonly pick: string } | { readonly type: string } | { readonly accept: true }
);
// prettier-ignore

const titled = (title: string | undefined) => (title === undefined ? {} : { title });
/** Chooses the row of which a part (its label, its description, the line below) is this text. */
export const pick = (text: string, title?: string): Answer => ({ pick: text, ...titled(title) });
export const type = (text: string, title?: string): Answer => ({ type: text, ...titled(title) });
export const accept = (title?: string): Answer => ({ accept: true, ...titled(title) });

interface Box {
  readonly title: string;
  readonly value: string;
  readonly rows: readonly { readonly index: string; readonly parts: readonly string[] }[];
}

const widget = '.quick-input-widget:not(.quick-input-widget-closing)';
const input = `${widget} input.input`;
/** A box or a row that has not come by then is looked for by beginning again. */
const patience = 20_000;
const attempts = 5;

/** The box that is open, and not one that fades out. */
export const boxOf = (page: Page): Promise<Box | null> =>
  page.evaluate(`(() => {
    const shown = (e) => e.getClientRects().length > 0;
    const box = [...document.querySelectorAll('${widget}')].find(shown);
    if (box === undefined) return null;
    const all = (at, selector) => [...at.querySelectorAll(selector)].filter(shown);
    const text = (e) => e.textContent.replace(/\\s+/g, ' ').trim();
    return {
      title: all(box, '.quick-input-title').map(text).join(' '),
      value: box.querySelector('input.input')?.value ?? '',
      rows: all(box, '.quick-input-list .monaco-list-row').map((row) => ({
        index: row.dataset.index,
        parts: all(row, '.label-name, .label-description').map(text),
      })),
    };
  })()`);

/** Opens a box and answers it and those that follow; once more from the beginning where one of them went away. */
export async function ask(page: Page, open: () => Promise<void>, answers: readonly Answer[]): Promise<void> {
  const lost: string[] = [];
  while (lost.length < attempts) {
    await open();
    const why = await answerAll(page, answers);
    if (why === undefined) return;
    lost.push(why);
  }
  throw new Error(`a box was not answered in ${attempts} attempts:\n${lost.join('\n')}`);
}

/** Runs a command from the palette by its title. */
export const runCommand = (page: Page, title: string, answers: readonly Answer[]): Promise<void> =>
  ask(page, () => chooseByTyping(page, 'F1', `>${title}`, title), answers);

/**
 * Types into the box that a key opens, and takes the row. The list keeps what was there when it opened: a file just written, or a
 * command of an extension that is still being read, needs another try; so does a key that a closing page took.
 */
export async function chooseByTyping(page: Page, key: string, typed: string, row: string): Promise<void> {
  const lost: string[] = [];
  while (lost.length < 2 * attempts) {
    const why = (await write(page, key, typed))
      ? await give(page, { pick: row }, (box) => box.title === '' && box.value === typed, 5000)
      : 'it did not open';
    if (why === undefined) return;
    lost.push(why);
  }
  throw new Error(`'${row}' could not be chosen by ${key} and '${typed}':\n${lost.join('\n')}`);
}

/** Opens the palette with a text written there, and waits for a row that starts so. */
export async function openPalette(page: Page, typed: string, row: string): Promise<void> {
  for (let i = 0; i < 2 * attempts; i++)
    if (
      (await write(page, 'F1', `>${typed}`)) &&
      (await until(5000, () => hasRow(page, (part) => part.startsWith(row))))
    )
      return;
  throw new Error(`the palette does not show '${row}'`);
}

export const hasRow = async (page: Page, fits: (part: string) => boolean): Promise<boolean> =>
  (await boxOf(page))?.rows.some(({ parts }) => parts.some(fits)) === true;

/** Opens the box of a key, and writes into it; false where it has not come, or has gone. */
async function write(page: Page, key: string, typed: string): Promise<boolean> {
  await dismiss(page);
  await settled(page);
  await page.keyboard.press(key);
  const prefix = typed.startsWith('>') ? '>' : '';
  const opened = await until(5000, async () => {
    const box = await boxOf(page);
    return box?.title === '' && box.value.startsWith(prefix);
  });
  return opened && (await done(page.locator(input).fill(typed, { timeout: 5000 })));
}

/** Closes whatever box is open. */
export async function dismiss(page: Page): Promise<void> {
  const closed = await until(patience, async () => {
    if ((await boxOf(page)) === null) return true;
    await done(page.locator(input).press('Escape', { timeout: 1000 }));
    return (await boxOf(page)) === null;
  });
  if (!closed) throw new Error(`the box '${(await boxOf(page))?.title ?? ''}' does not close`);
}

/** Undefined once all are answered; else why not. */
async function answerAll(page: Page, answers: readonly Answer[]): Promise<string | undefined> {
  // The palette, which was open a moment ago, is none of them.
  const asks =
    ({ title = '' }: Answer) =>
    (box: Box) =>
      !box.value.startsWith('>') && box.title.includes(title);
  for (let i = 0; i < answers.length; i++) {
    // What was answered in a former attempt may not be asked again.
    const later = (box: Box) => answers.findLastIndex((one) => one.title !== undefined && asks(one)(box)) > i;
    const why = await give(page, answers[i]!, asks(answers[i]!), patience, later);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Gives an answer to the box that `mine` knows, once it has come. Undefined where it took it; else what was seen instead. */
async function give(
  page: Page,
  answer: Answer,
  mine: (box: Box) => boolean,
  wait: number,
  over: (box: Box) => boolean = () => false,
): Promise<string | undefined> {
  let seen: Box | undefined;
  const end = Date.now() + wait;
  while (Date.now() < end) {
    const box = await boxOf(page);
    if (box !== null && over(box)) return undefined;
    if (box !== null && mine(box)) {
      seen = box;
      if (await act(page, answer, box)) {
        // Another one may follow at once, in the same widget.
        const { title } = box;
        const left = await until(3000, async () => {
          const now = await boxOf(page);
          return now === null || !mine(now) || now.title !== title;
        });
        if (left) return undefined;
      }
    } else if (seen !== undefined) return `'${seen.title}' went away before ${say(answer)}`;
    await page.waitForTimeout(30);
  }
  const rows = seen?.rows.map(({ parts }) => parts.join(' · ')).join(' | ') ?? '';
  return seen === undefined ? `no box came for ${say(answer)}` : `'${seen.title}' did not take ${say(answer)}: ${rows}`;
}

async function act(page: Page, answer: Answer, { rows }: Box): Promise<boolean> {
  if ('pick' in answer) {
    const row = rows.find(({ parts }) => parts.includes(answer.pick));
    if (row === undefined) return false;
    const at = page.locator(`${widget} .quick-input-list .monaco-list-row[data-index="${row.index}"]`, {
      hasText: answer.pick,
    });
    return done(at.click({ timeout: 3000 }));
  }
  const at = page.locator(input);
  if ('type' in answer && !(await done(at.fill(answer.type, { timeout: 3000 })))) return false;
  return done(at.press('Enter', { timeout: 3000 }));
}

const say = (answer: Answer): string =>
  'pick' in answer ? `'${answer.pick}' was chosen` : 'type' in answer ? `'${answer.type}' was written` : 'Enter';

/** Whether what is tried on an element that may go away came about. */
const done = (tried: Promise<void>): Promise<boolean> =>
  tried.then(
    () => true,
    () => false,
  );

async function until(milliseconds: number, holds: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + milliseconds;
  for (;;) {
    if (await holds()) return true;
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
