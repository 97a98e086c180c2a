/** The way of a person with a mouse and a keyboard through the sample, with pictures in test/output to look at. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { judgeServer, type JudgeServer } from '../preference/judgeServer.ts';
import { startWorkbench, type Workbench } from './harness.ts';

let workbench: Workbench;

beforeAll(async () => {
  workbench = await startWorkbench({ ...inject('ready') });
  await workbench.open({ files: ['reading.ko.md'] });
});
afterAll(() => workbench.close());

const status = () => workbench.page.locator('.statusbar-item', { hasText: /◇ .+ tok/ });

/** The tokens of the whole text, as the status bar shows them. */
async function shownTokens(): Promise<number> {
  await status().waitFor({ timeout: 60_000 });
  return Number(/([\d,]+) tok/.exec(await status().innerText())?.[1]?.replaceAll(',', ''));
}

describe('a Korean page', () => {
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
    // The title is `# 햄…`: two narrow characters, then the wide one.
    const box = await title.locator('span span').first().boundingBox();
    if (box === null) throw new Error('the title is not shown');
    const narrow = box.height * 0.45;
    await page.mouse.move(box.x + 3 * narrow, box.y + box.height / 2);
    const hover = page.locator('.monaco-hover:visible', { hasText: '<0xED> <0x96> <0x84>' });
    await hover.waitFor({ timeout: 20_000 });
    await workbench.screenshot('2-hover');
    await page.keyboard.press('Escape');
  });

  it('counts less under the Korean tokenizer, chosen by a click on the count', async () => {
    const { page } = workbench;
    const before = await shownTokens();
    await status().click();
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: 'korean' }).first();
    await row.waitFor();
    await page.waitForTimeout(500); // the list fades in
    await workbench.screenshot('3-tokenizers');
    await row.click();
    await expect.poll(shownTokens, { timeout: 20_000 }).toBeLessThan(before);
    await workbench.screenshot('4-korean');
  });
});

describe('merging', () => {
  it('asks for base, addition, recipe and folder, and shows what came of it', async () => {
    const { page } = workbench;
    await workbench.command('Bllossom: Merge Vocabularies…');
    await page.locator('.quick-input-title', { hasText: '1/4' }).waitFor();
    await workbench.pick('tokenizers/base.model');
    await page.locator('.quick-input-title', { hasText: '2/4' }).waitFor();
    await workbench.pick('tokenizers/korean.model');
    await page.locator('.quick-input-title', { hasText: '3/4' }).waitFor();
    await workbench.pick('ranked');
    await page.locator('.quick-input-title', { hasText: '4/4' }).waitFor();
    await page.keyboard.press('Enter');
    const report = await workbench.webview('table');
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
    const frame = await workbench.webview('.chart');
    const said = /([\d,]+)\D*$/.exec((await frame.locator('.chart').getAttribute('aria-label')) ?? '')?.[1] ?? '0';
    return Number(said.replaceAll(',', ''));
  };

  it('starts above its spec, and its curve streams in', async () => {
    const { page, folder } = workbench;
    const spec = await readFile(path.join(folder, 'english.run.json'), 'utf8');
    const long = spec.replace(/"steps": \d+/, '"steps": 500000').replace('runs/english', 'runs/long');
    await writeFile(path.join(folder, 'long.run.json'), long);
    await workbench.openFile('long.run.json');
    await page.locator('.codelens-decoration a', { hasText: 'Run' }).first().click();
    await page.locator('.notifications-toasts', { hasText: 'long' }).waitFor({ timeout: 60_000 });
    await workbench.command('Bllossom: Show Loss Curve');
    await workbench.pick('long');
    await expect.poll(steps, { timeout: 90_000 }).toBeGreaterThan(3);
    const before = await steps();
    await expect.poll(steps, { timeout: 60_000 }).toBeGreaterThan(before);
    await workbench.screenshot('7-curve');
  });

  it('goes on while the window is loaded anew, and the curve comes back', async () => {
    const { page } = workbench;
    const before = await steps();
    // The browser's storage is written every few seconds; a window gone before that has no memory of its tabs.
    await page.waitForTimeout(7000);
    await page.reload();
    await page.locator('.tab', { hasText: 'long', hasNotText: 'run.json' }).click();
    await expect.poll(steps, { timeout: 90_000 }).toBeGreaterThan(before);
    await workbench.screenshot('8-reloaded');
  });

  it('is listed, and stops from the list', async () => {
    const { page } = workbench;
    await page.locator('.activitybar a[aria-label^="Bllossom"]').click();
    const row = page.locator('.pane', { hasText: 'Runs' }).locator('.monaco-list-row', { hasText: 'long' });
    await row.hover();
    await workbench.screenshot('9-runs');
    await row.locator('a[aria-label^="Stop Run"]').click({ delay: 120 });
    await row.filter({ hasText: 'stopped' }).waitFor({ timeout: 60_000 });
  });
});

describe('a question', () => {
  it('is typed into a thread at the cursor, and the answer streams in below it', async () => {
    const { page } = workbench;
    await workbench.openFile('reading.ko.md');
    await page.locator('.view-line').nth(2).click();
    await page.keyboard.press('Control+Alt+B');
    await workbench.pick('models/base');
    const box = page.locator('.quick-input-widget input[placeholder^="A question"]');
    await box.fill('The sky is');
    await box.press('Enter');
    const thread = page.locator('.review-widget');
    await thread.getByText('tok/s').waitFor({ timeout: 60_000 });
    expect((await thread.locator('.comment-body').nth(1).innerText()).length).toBeGreaterThan(20);
    expect(await shownTokens()).toBeGreaterThan(100);
    await workbench.screenshot('10-answer');
  });
});

describe('a comparison by preference', () => {
  it('asks for prompts, both sides, how many and where, and shows what it has made', async () => {
    const { page } = workbench;
    const step = (n: number) => page.locator('.quick-input-title', { hasText: `${n}/5` }).waitFor();
    await workbench.command('Bllossom: Compare Two Models by Preference…');
    await step(1);
    await workbench.pick('preference/prompts.jsonl');
    await step(2);
    await workbench.pick('models/base');
    await step(3);
    await workbench.pick('preference/answers-brief.jsonl');
    await step(4);
    const box = page.locator('.quick-input-widget input.input');
    await box.fill('3');
    await box.press('Enter');
    await step(5);
    await box.fill('preference/clicks');
    await box.press('Enter');
    // Whoever is to judge blind sees no answer before.
    const result = await workbench.webview('.hidden-sides:not([hidden])');
    expect(await result.locator('body').innerText()).toContain('3 prompts.');
    expect(await result.locator('body').innerText()).not.toMatch(/answers-brief|models\/base/);
    await workbench.screenshot('11-compared');
  });

  it('is judged blind with the keyboard alone, and goes on where it stopped', async () => {
    const { page, folder } = workbench;
    await workbench.command('Bllossom: Judge Blind…');
    await workbench.pick('clicks');
    const name = page.locator('.quick-input-widget input.input');
    await page.locator('.quick-input-title', { hasText: 'your name' }).waitFor();
    await name.fill('김하나');
    await name.press('Enter');
    const progress = async () => (await workbench.webview('.choices')).locator('.progress').innerText();
    const press = async (key: string, then: string) => {
      await page.keyboard.press(key);
      await expect.poll(progress, { timeout: 20_000 }).toBe(then);
    };
    await expect.poll(progress, { timeout: 20_000 }).toBe('1 of 3');
    const frame = await workbench.webview('.choices');
    expect(await frame.locator('body').innerHTML()).not.toMatch(/answers-brief|models\/base|"ab"|"ba"/);
    await workbench.screenshot('12-blind');
    await press('a', '2 of 3');
    await press('u', '1 of 3');
    expect(await frame.locator('button[aria-pressed="true"]').innerText()).toBe('A is better (A)');
    await press('b', '2 of 3');
    await page.keyboard.press('?');
    await frame.locator('dialog[open]').waitFor();
    await page.keyboard.press('Escape');
    await frame.locator('dialog[open]').waitFor({ state: 'detached' });
    // Closed in the middle: it comes back at the second one, and the name is not asked again.
    await workbench.command('View: Close Editor');
    await workbench.command('Bllossom: Judge Blind…');
    await workbench.pick('clicks');
    await expect.poll(progress, { timeout: 20_000 }).toBe('2 of 3');
    await press('n', '3 of 3');
    await page.keyboard.press('a');
    const done = (await workbench.webview('.choices')).locator('.done');
    await done.waitFor();
    await page.keyboard.press('Enter');
    const result = await workbench.webview('.drawing svg');
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
    const box = page.locator('.quick-input-widget input.input');
    const title = (text: string) => page.locator('.quick-input-title', { hasText: text }).waitFor();
    await workbench.command('Bllossom: Compare Two Models by Preference…');
    await title('1/5');
    await workbench.pick('preference/prompts.jsonl');
    await title('2/5');
    await workbench.pick('preference/answers-wordy.jsonl');
    await title('3/5');
    await workbench.pick('preference/answers-brief.jsonl');
    await title('4/5');
    await box.fill('4');
    await box.press('Enter');
    await title('5/5');
    await box.fill('preference/judged');
    await box.press('Enter');
    const fresh = await workbench.webview('.hidden-sides:not([hidden])');
    await fresh.locator('button', { hasText: 'Ask a Judge…' }).click();
    await title('Ask a Judge: who');
    await workbench.pick('An OpenAI-compatible address…');
    await title('the address');
    await box.fill(server.url);
    await box.press('Enter');
    await title('the model at this address');
    await box.fill('scripted-judge');
    await box.press('Enter');
    await title('Key for 127.0.0.1');
    expect(await box.getAttribute('type')).toBe('password');
    await box.fill(key);
    await box.press('Enter');

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
    const result = await workbench.webview('.drawing svg');
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
    const open = async (text: string) => {
      await row(text).click();
      await page.keyboard.press('ArrowRight');
    };
    await workbench.command('Testing: Focus on Test Explorer View');
    await row('English sentiment with negation').waitFor({ timeout: 60_000 });
    expect(await row('English sentiment with negation').innerText()).toContain('not evaluated yet');
    await open('English sentiment with negation');
    await row('test · negative').waitFor({ timeout: 60_000 });
    await open('test · negative');
    const first = row('I would not order this again');
    await first.waitFor();
    await workbench.screenshot('17-tests');
    await first.hover();
    await first.locator('a[aria-label^="Run Test"]').click();
    await workbench.pick('models/base');
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
