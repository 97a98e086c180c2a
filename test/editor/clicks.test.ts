/** The way of a person with a mouse and a keyboard through the sample, with pictures in test/output to look at. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { judgeServer, type JudgeServer } from '../preference/judgeServer.ts';
import { accept, focusIn, pick, startWorkbench, type, type Workbench } from './harness.ts';

let workbench: Workbench;

beforeAll(async () => {
  workbench = await startWorkbench({ ...inject('ready') });
  await workbench.open();
});
// What a test has left open is no other's concern.
beforeEach(() => workbench.clear());
afterAll(() => workbench.close());

const status = () => workbench.page.locator('.statusbar-item', { hasText: /◇ .+ tok/ });

/** The tokens of the whole text, as the status bar shows them. */
async function shownTokens(): Promise<number> {
  await status().waitFor();
  return Number(/([\d,]+) tok/.exec(await status().innerText())?.[1]?.replaceAll(',', ''));
}

describe('a Korean page', () => {
  beforeEach(() => workbench.openFile('reading.ko.md'));

  it('shows its token count in the status bar', async () => {
    expect(await shownTokens()).toBeGreaterThan(100);
    await workbench.screenshot('1-count');
  });

  it('underlines syllables that fall to bytes, and tells their bytes where the pointer rests', async () => {
    const { page } = workbench;
    // The text itself carries no mark: underlines are drawn beneath it, a box for each character.
    const underline = '.view-overlays .cdr[class*="ced-"]';
    await page.locator(underline).first().waitFor({ state: 'attached' });
    const style = `getComputedStyle(document.querySelector('${underline}')).borderBottomStyle`;
    expect(await page.evaluate(style)).toBe('dotted');
    const title = page.locator('.view-line', { hasText: '햄버거를' }).first();
    // The title is `# 햄…`: two narrow characters, then the wide one, whose middle is 1.35 heights from the start.
    await workbench.hover(title.locator('span span').first(), 1.35, '<0xED> <0x96> <0x84>');
    await workbench.screenshot('2-hover');
    await page.keyboard.press('Escape');
  });

  it('counts less under the Korean tokenizer, chosen by a click on the count', async () => {
    const { page } = workbench;
    const before = await shownTokens();
    const open = async () => {
      await status().click();
      await page.locator('.quick-input-list .monaco-list-row', { hasText: 'korean' }).first().waitFor();
      await workbench.screenshot('3-tokenizers');
    };
    await workbench.ask(open, pick('korean'));
    await expect.poll(shownTokens).toBeLessThan(before);
    await workbench.screenshot('4-korean');
  });
});

describe('merging', () => {
  it('asks for base, addition, recipe and folder, and shows what came of it', async () => {
    await workbench.command(
      'Bllossom: Merge Vocabularies…',
      pick('tokenizers/base.model', '1/4'),
      pick('tokenizers/korean.model', '2/4'),
      pick('ranked', '3/4'),
      accept('4/4'),
    );
    const report = await workbench.webview('table', 'Merge');
    await report.locator('td', { hasText: '1,024' }).first().waitFor();
    await workbench.screenshot('5-merged');
  });
});

describe('a vocabulary', () => {
  it('is looked through with the keyboard alone', async () => {
    const { page } = workbench;
    await workbench.openFile('korean.model');
    const frame = await workbench.webview('.grid .row[data-come="true"]');
    const grid = frame.locator('.grid');
    const all = Number(await grid.getAttribute('aria-rowcount'));
    expect(all).toBeGreaterThan(1000);
    // The table has the focus from the start.
    await focusIn(frame);
    await page.keyboard.press('End');
    const active = async () => frame.locator(`#${await grid.getAttribute('aria-activedescendant')}`);
    await expect.poll(async () => (await active()).getAttribute('aria-rowindex')).toBe(String(all));
    await page.keyboard.press('/');
    await page.keyboard.type('다');
    await expect.poll(async () => Number(await grid.getAttribute('aria-rowcount'))).toBeLessThan(all / 2);
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await expect.poll(async () => (await active()).locator('.piece').innerText()).toContain('다');
    await workbench.screenshot('6-vocabulary');
  });
});

describe('a run', () => {
  /** The last step that the open curve's page has drawn, from its table. */
  const steps = async () => {
    const frame = await workbench.webview('.chart', 'long');
    const said = /([\d,]+)\D*$/.exec((await frame.locator('.chart').getAttribute('aria-label')) ?? '')?.[1] ?? '0';
    return Number(said.replaceAll(',', ''));
  };
  const showCurve = () => workbench.command('Bllossom: Show Loss Curve', pick('long'));
  const runs = () =>
    workbench.page.locator('.pane', { has: workbench.page.locator('.pane-header .title', { hasText: /^Runs$/ }) });
  let started = false;

  it('starts above its spec, and its curve streams in', async () => {
    const { page, folder } = workbench;
    const spec = await readFile(path.join(folder, 'english.run.json'), 'utf8');
    const long = spec.replace(/"steps": \d+/, '"steps": 500000').replace('runs/english', 'runs/long');
    await writeFile(path.join(folder, 'long.run.json'), long);
    await workbench.openFile('long.run.json');
    const lenses = page.locator('.codelens-decoration');
    // The line is written anew when the memory it takes is known.
    await lenses.filter({ hasText: /[MG]B of/ }).waitFor();
    await lenses.locator('a', { hasText: /^\W*Run\W*$/ }).click();
    await page.locator('.notifications-toasts', { hasText: 'long' }).waitFor();
    started = true;
    await showCurve();
    await expect.poll(steps).toBeGreaterThan(3);
    const before = await steps();
    await expect.poll(steps).toBeGreaterThan(before);
    await workbench.screenshot('7-curve');
  });

  it('goes on while the window is loaded anew, and the curve comes back', async ({ skip }) => {
    skip(!started, 'the run did not start');
    const { page } = workbench;
    await showCurve();
    await expect.poll(steps).toBeGreaterThan(0);
    const before = await steps();
    // A window gone before the browser has stored what was open has no memory of its tabs.
    await workbench.stored('bllossom.lossCurve', 'runs/long');
    await page.reload();
    await page.locator('.tab', { hasText: 'long', hasNotText: 'run.json' }).click();
    await expect.poll(steps).toBeGreaterThan(before);
    await workbench.screenshot('8-reloaded');
  });

  it('is listed, and stops from the list', async ({ skip }) => {
    skip(!started, 'the run did not start');
    await workbench.sideBar('Bllossom');
    const row = runs().locator('.monaco-list-row', { hasText: 'long' });
    await row.hover();
    await workbench.screenshot('9-runs');
    const stopped = row.filter({ hasText: 'stopped' });
    // The row is drawn anew with every step of the run, and its buttons with it.
    await vi.waitFor(
      async () => {
        if ((await stopped.count()) > 0) return;
        await row.hover({ timeout: 3000 });
        await row.locator('a[aria-label^="Stop Run"]').click({ delay: 120, timeout: 3000 });
        await stopped.waitFor({ timeout: 15_000 });
      },
      { timeout: 90_000 },
    );
  });
});

describe('a question', () => {
  it('is typed into a thread at the cursor, and the answer streams in below it', async () => {
    const { page } = workbench;
    await workbench.openFile('reading.ko.md');
    const open = async () => {
      await page.locator('.view-line').nth(2).click();
      await page.keyboard.press('Control+Alt+B');
    };
    await workbench.ask(open, pick('models/base', 'Choose the Model to Ask'), type('The sky is', 'Ask '));
    const thread = page.locator('.review-widget');
    await thread.getByText('tok/s').waitFor();
    expect((await thread.locator('.comment-body').nth(1).innerText()).length).toBeGreaterThan(20);
    expect(await shownTokens()).toBeGreaterThan(100);
    await workbench.screenshot('10-answer');
  });
});

/** Asks for a comparison of two sides, as a person does. */
const compare = (folder: string, prompts: number, a: string, b: string) =>
  workbench.command(
    'Bllossom: Compare Two Models by Preference…',
    pick('preference/prompts.jsonl', '1/5'),
    pick(a, '2/5'),
    pick(b, '3/5'),
    type(String(prompts), '4/5'),
    type(folder, '5/5'),
  );

describe('a comparison by preference', () => {
  let made = false;

  it('asks for prompts, both sides, how many and where, and shows what it has made', async () => {
    await compare('preference/clicks', 3, 'models/base', 'preference/answers-brief.jsonl');
    made = true;
    // Whoever is to judge blind sees no answer before.
    const result = await workbench.webview('.hidden-sides:not([hidden])', 'clicks');
    expect(await result.locator('body').innerText()).toContain('3 prompts.');
    expect(await result.locator('body').innerText()).not.toMatch(/answers-brief|models\/base/);
    await workbench.screenshot('11-compared');
  });

  it('is judged blind with the keyboard alone, and goes on where it stopped', async ({ skip }) => {
    skip(!made, 'there is no comparison');
    const { page, folder } = workbench;
    // The page of the comparison lies below the one of verdicts, and is shown again where that is closed.
    await workbench.command('Bllossom: Show Preference Result', pick('clicks', 'Show Preference Result'));
    await workbench.webview('.hidden-sides:not([hidden])', 'clicks');
    const judge = () =>
      workbench.command('Bllossom: Judge Blind…', pick('clicks', 'Judge Blind'), type('김하나', 'your name'));
    await judge();
    /** The page of verdicts, once it has come so far; its keys reach it then. */
    const at = async (progress: string): Promise<Frame> => {
      const frame = await workbench.webview('.choices', progress);
      await focusIn(frame);
      return frame;
    };
    const press = async (key: string, then: string) => {
      await page.keyboard.press(key);
      return at(then);
    };
    let frame = await at('1 of 3');
    expect(await frame.locator('body').innerHTML()).not.toMatch(/answers-brief|models\/base|"ab"|"ba"/);
    await workbench.screenshot('12-blind');
    await press('a', '2 of 3');
    frame = await press('u', '1 of 3');
    expect(await frame.locator('button[aria-pressed="true"]').innerText()).toBe('A is better (A)');
    await press('b', '2 of 3');
    await page.keyboard.press('?');
    await frame.locator('dialog[open]').waitFor();
    await page.keyboard.press('Escape');
    await frame.locator('dialog[open]').waitFor({ state: 'detached' });
    // Closed in the middle: it comes back at the second one, and the name is not asked again.
    await workbench.closeEditor();
    await workbench.command('Bllossom: Judge Blind…', pick('clicks', 'Judge Blind'));
    frame = await at('2 of 3');
    await press('n', '3 of 3');
    await page.keyboard.press('a');
    await frame.locator('.done').waitFor();
    await page.keyboard.press('Enter');
    const result = await workbench.webview('.drawing svg', 'clicks');
    await result.locator('td', { hasText: '33.3 %' }).first().waitFor();
    expect(await result.locator('.rows details').count()).toBe(3);
    await workbench.screenshot('13-preference');
    const file = path.join(folder, 'preference/clicks/verdicts/people-김하나.jsonl');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => 'undone' in (JSON.parse(line) as object))).toEqual([false, true, false, false, false]);
  });
});

describe('a judge behind an address', () => {
  const key = 'sk-of-the-clicks';
  let server: JudgeServer;
  /** Answers are held back until the test has seen that the work can be watched and stopped. */
  let go: () => void;

  beforeAll(async () => {
    const { folder } = workbench;
    const read = async (name: string) =>
      (await readFile(path.join(folder, 'preference', name), 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { readonly text: string }).text);
    const [wordy, brief] = [await read('answers-wordy.jsonl'), await read('answers-brief.jsonl')];
    const gate = new Promise<void>((open) => (go = open));
    server = await judgeServer(async ({ body }) => {
      await gate;
      const text = body.messages.at(-1)!.content;
      const at = (answers: readonly string[]) => Math.max(...answers.map((answer) => text.lastIndexOf(answer)));
      return { say: `짧은 쪽이 낫습니다. [[${at(brief) < at(wordy) ? 'A' : 'B'}]]` };
    });
  });
  afterAll(() => server.close());

  it('is asked by clicks alone: sides, address, key, what it costs, the work, and the bars', async () => {
    const { page, folder } = workbench;
    await compare('preference/judged', 4, 'preference/answers-wordy.jsonl', 'preference/answers-brief.jsonl');
    const open = async () => {
      const fresh = await workbench.webview('.hidden-sides:not([hidden])', 'judged');
      await fresh.locator('button', { hasText: 'Ask a Judge…' }).click();
    };
    await workbench.ask(
      open,
      pick('An OpenAI-compatible address…', 'Ask a Judge: who'),
      type(server.url, 'the address'),
      type('scripted-judge', 'the model at this address'),
    );
    await page.locator('.quick-input-title', { hasText: 'Key for 127.0.0.1' }).waitFor();
    expect(await page.locator('.quick-input-widget input.input').getAttribute('type')).toBe('password');
    await workbench.ask(() => Promise.resolve(), type(key, 'Key for 127.0.0.1'));

    // What would go out is told first, and nothing has gone.
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    const said = await dialog.innerText();
    for (const part of [
      'Have scripted-judge judge?',
      '4 prompts in both orders: 8 requests.',
      'tokens to read',
      server.url,
    ])
      expect(said).toContain(part);
    expect(said).not.toContain(key);
    expect(server.asked).toEqual([]);
    await workbench.screenshot('14-judge-cost');
    await dialog.getByRole('button', { name: 'Send' }).click();

    const toast = page.locator('.notifications-toasts', { hasText: 'scripted-judge judges' });
    await toast.waitFor();
    await toast.getByRole('button', { name: 'Cancel' }).waitFor();
    await workbench.screenshot('15-judging');
    go();
    const result = await workbench.webview('.drawing svg', 'judged');
    await result.locator('th', { hasText: 'scripted-judge' }).first().waitFor();
    expect(await result.locator('.lead').innerText()).toContain('A: answers-wordy. B: answers-brief.');
    const row = result.locator('tr', { has: result.locator('th', { hasText: 'scripted-judge' }) }).first();
    expect(await row.innerText()).toMatch(/100\.0 %/);
    expect(await result.locator('.drawing svg').textContent()).toContain('100');
    await workbench.screenshot('16-judged');

    expect(server.asked).toHaveLength(8);
    expect(new Set(server.asked.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${key}`]));
    const verdicts = await readFile(path.join(folder, 'preference/judged/verdicts/judge-scripted-judge.jsonl'), 'utf8');
    expect(verdicts.trimEnd().split('\n')).toHaveLength(8);
    expect(verdicts).not.toContain(key);
  });
});

describe('the Test Explorer', () => {
  it('shows the rows of a task before anything is scored, and scores one alone', async () => {
    const { page } = workbench;
    const row = (text: string) => page.locator('.test-explorer-tree .monaco-list-row', { hasText: text }).first();
    /** The tree is drawn anew as tasks are found, and a key may go by. */
    const open = (text: string, below: string) =>
      vi.waitFor(
        async () => {
          await row(text).click({ timeout: 5000 });
          await page.keyboard.press('ArrowRight');
          await row(below).waitFor({ timeout: 10_000 });
        },
        { timeout: 90_000 },
      );
    await workbench.command('Testing: Focus on Test Explorer View');
    await row('English sentiment with negation').waitFor();
    expect(await row('English sentiment with negation').innerText()).toContain('not evaluated yet');
    await open('English sentiment with negation', 'test · negative');
    await open('test · negative', 'I would not order this again');
    const first = row('I would not order this again');
    await workbench.screenshot('17-tests');
    const run = async () => {
      await first.hover();
      await first.locator('a[aria-label^="Run Test"]').click();
    };
    await workbench.ask(run, pick('models/base'));
    const state = first.locator('.computed-state');
    await expect.poll(() => state.getAttribute('class'), { timeout: 90_000 }).toMatch(/testing-(passed|failed)-icon/);
    // The others are as they were.
    expect(await page.locator('.test-explorer-tree .codicon-testing-unset-icon').count()).toBeGreaterThan(3);
    await workbench.screenshot('18-tested');
    await first.dblclick();
    await page.locator('.tab.active', { hasText: 'sentineg.jsonl' }).waitFor();
    await page.locator('.statusbar-item', { hasText: 'Ln 2, ' }).waitFor();

    // Rows that come into the file are there once it is asked for, and what was open stays open.
    expect(await row('test · negative').innerText()).toContain('24 rows');
    const file = path.join(workbench.folder, 'eval/english/sentineg.jsonl');
    const line = JSON.stringify({ sentence: 'It never once worked', label: 0 });
    await writeFile(file, `${(await readFile(file, 'utf8')).trimEnd()}\n${line}\n`);
    await workbench.command('Test: Refresh Tests');
    await row('25 rows').waitFor();
    await first.waitFor();
    await workbench.screenshot('19-refreshed');
  });
});
