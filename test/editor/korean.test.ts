/** An editor whose display language is Korean: everything of ours is, and nothing English is left over. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { output } from '../../scripts/lib/places.mjs';
import { pick, type, type Answer, type Workbench } from './harness.ts';
import { faults, textsOf } from './korean/leftovers.ts';
import { startKorean } from './korean/workspace.ts';

let workbench: Workbench;
const collected: Record<string, { faults: string[]; texts: string[] }> = {};

beforeAll(async () => {
  workbench = await startKorean(inject('ready'));
  await workbench.open();
});
// What a test has left open is no other's concern.
beforeEach(() => workbench.clear());
afterAll(async () => {
  mkdirSync(output, { recursive: true });
  writeFileSync(path.join(output, 'korean.json'), JSON.stringify(collected, undefined, 1));
  await workbench.close();
});

const status = () => workbench.page.locator('.statusbar-item', { hasText: /◇ .+ 토큰/ });

/** Looks at what is on screen: in both schemes where pictures are wanted. */
async function look(name: string, at: Page | Frame, selector: string, leaveOut?: string): Promise<void> {
  const { page } = workbench;
  const texts = await textsOf(at, selector, leaveOut);
  collected[name] = { faults: faults(texts), texts };
  if (process.env['BLLOSSOM_PICTURES'] !== undefined) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(700);
      await workbench.screenshot(`ko-${name}-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }
  expect(texts.length, name).toBeGreaterThan(0);
  expect.soft(collected[name].faults, name).toEqual([]);
}

const command = (title: string, ...answers: readonly Answer[]) => workbench.command(`Bllossom: ${title}`, ...answers);

/** A page of its own, all others closed: looked at, and left for the next. */
async function page(name: string, selector: string, open: () => Promise<void>, leaveOut?: string): Promise<Frame> {
  await workbench.clear();
  await open();
  const frame = await workbench.webview(selector);
  await look(name, frame, 'body', leaveOut);
  return frame;
}

const titled =
  (title: string, ...picks: readonly string[]) =>
  () =>
    command(title, ...picks.map((text) => pick(text)));

/** A syllable put together in the search box: it is searched for when it is whole, and its Enter leads nowhere. */
async function composes(frame: Frame): Promise<void> {
  const session = await workbench.page.context().newCDPSession(workbench.page);
  const compose = (text: string) =>
    session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  const rows = async () => Number(await frame.locator('.grid').getAttribute('aria-rowcount'));
  const all = await rows();
  const box = frame.locator('input[type="search"]');
  await box.click();
  for (const text of ['ㄷ', '다']) await compose(text);
  await expect.poll(() => box.inputValue()).toBe('다');
  await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', windowsVirtualKeyCode: 229, key: 'Enter', code: 'Enter' }); // prettier-ignore
  await workbench.page.waitForTimeout(500); // longer than the box waits for further letters
  expect(await rows()).toBe(all);
  expect(await frame.evaluate('document.activeElement.type')).toBe('search');
  await session.send('Input.insertText', { text: '다' });
  await expect.poll(rows).toBeLessThan(all / 2);
  await session.detach();
}

describe('in Korean', () => {
  it('are the count, its explanation and the tokenizers to choose from', async () => {
    const { page } = workbench;
    await workbench.openFile('reading.ko.md');
    await status().waitFor();
    await workbench.hover(status(), 1, '조각');
    await look('status', page, '.monaco-hover, .statusbar-item[id*="bllossom"]');
    await page.mouse.move(1, 1);
    await status().click();
    await workbench.box('korean');
    await look('tokenizers', page, '.quick-input-title, .quick-input-list .monaco-list-row');
  });

  it('are commands', async () => {
    const { page } = workbench;
    await workbench.palette('Bllossom', 'Bllossom: ');
    // Below each stands its English title, so that it is found by that too.
    await look(
      'palette',
      page,
      '.quick-input-list .quick-input-list-rows',
      '.quick-input-list-label-meta, .quick-input-list-entry-keybinding, .monaco-keybinding',
    );
  });

  it('is the hover over a token', async () => {
    const { page } = workbench;
    await workbench.openFile('reading.ko.md');
    const title = page.locator('.view-line', { hasText: '햄버거를' }).first();
    await workbench.hover(title.locator('span span').first(), 1.35, '<0xED>');
    await look('hover', page, '.monaco-hover', '[aria-label="Copy"]');
  });

  it('are what the linter finds, what can be done about it, and faults of run specs', async () => {
    const { page } = workbench;
    await workbench.openFile('rows.jsonl');
    await workbench.openFile('faults.run.json');
    await workbench.openFile('costly.prompt');
    await workbench.command('Problems: Focus on Problems View');
    const problems = page.locator('.markers-panel .monaco-list-row');
    // Beside ours stand the editor's own, that ask a language model.
    const ours = '.monaco-list-row.action:not([aria-label^="Fix"], [aria-label^="Explain"])';
    // The list shows as many as find room; the last file's are underlined besides.
    await problems.filter({ hasText: 'bllossom' }).first().waitFor();
    await page
      .locator('.squiggly-warning, .squiggly-info, .squiggly-error, .squiggly-hint')
      .first()
      .waitFor({ state: 'attached' });
    // The editor's own JSON service tells faults as well, without a source.
    await look(
      'problems',
      page,
      '.markers-panel .monaco-list-row:has(.marker-source) .marker-message-line',
      '.marker-source, .marker-line, .marker-code',
    );
    // What can be done is offered for what is known when the key is pressed.
    const offered = page.locator(`.action-widget ${ours}`).first();
    await vi.waitFor(
      async () => {
        await page.keyboard.press('Escape');
        await page.locator('.view-line', { hasText: '글' }).first().click({ timeout: 5000 });
        await page.keyboard.press('Control+.');
        await offered.waitFor({ timeout: 5000 });
      },
      { timeout: 60_000 },
    );
    await look('fixes', page, `.action-widget ${ours} .title`);
    await page.keyboard.press('Escape');
    await workbench.command('View: Toggle Panel Visibility');
  });

  it('are settings', async () => {
    const { page } = workbench;
    await workbench.command('Preferences: Open Settings (UI)');
    const search = page.locator('.settings-editor').locator('.suggest-input-container, .search-container');
    await search.locator('.monaco-editor.focused, textarea:focus').first().waitFor();
    await page.keyboard.type('@ext:bllossom-workbench.bllossom-workbench ');
    // The list is the editor's own settings until it was searched.
    const described = page.locator('.setting-item-description');
    await described.filter({ hasText: '토큰' }).first().waitFor();
    await expect.poll(async () => (await described.allInnerTexts()).every((text) => /\p{Script=Hangul}/u.test(text))).toBe(true); // prettier-ignore
    await look('settings', page, '.setting-item-description, .setting-item-enumDescription', 'code');
  });

  it('is a message', async () => {
    const { page } = workbench;
    await command('실행 중지');
    await page.locator('.notifications-toasts .notification-list-item-message').first().waitFor();
    await look('message', page, '.notifications-toasts .notification-list-item-message');
    await workbench.command('Notifications: Clear All Notifications');
  });

  it('are the views', async () => {
    const { page } = workbench;
    await workbench.sideBar('Bllossom');
    await page.locator('.pane', { hasText: '실행' }).locator('.monaco-list-row', { hasText: 'first' }).waitFor();
    await look(
      'views',
      page,
      '.part.sidebar .pane-header .title, .part.sidebar .pane-body .monaco-icon-label-container',
    );
  });

  it('is the page of all results, and of one evaluation', async () => {
    const results = await page('results', 'table.results', titled('평가 결과'));
    await results
      .locator('a, button', { hasText: /^first$/ })
      .first()
      .click();
    const frame = await workbench.webview('section.rows tbody tr');
    await look('evaluation', frame, 'body', 'table.list tbody');
  });

  it('is the page of a run, and of a dry run', async () => {
    await page('curve', '.chart canvas', titled('손실 곡선 보기', 'first'), 'table .answer');
    await page('dryRun', 'table', async () => {
      await workbench.openFile('first.run.json');
      await command('시험 실행…');
    });
  });

  it('are the pages of vocabularies', async () => {
    const vocabulary = await page(
      'vocabulary',
      '.grid .row[data-come="true"]',
      titled('어휘 열기', 'merged'),
      '.grid .piece',
    );
    await composes(vocabulary);
    await page('merge', 'table', async () => {
      await workbench.openFile('merge-report.json');
      await command('병합 보고서 열기');
    });
    await page(
      'compare',
      '.lines [role="row"]',
      async () => {
        await workbench.openFile('reading.ko.md');
        await titled('토크나이저 비교…', 'tokenizers/base.model', 'korean')();
      },
      '.lines [role="rowgroup"]',
    );
  });

  it('are the pages of preference', async () => {
    await page('preference', '.drawing svg', titled('선호 비교 결과 보기', 'pairs'), '.asked, .text, .said');
    await page(
      'annotate',
      '.choices',
      async () => {
        await command('블라인드 판정…', pick('pairs'), type('김하나', '이름'));
      },
      '.prompt, .input, .text, .answer, article, pre',
    );
  });
});
