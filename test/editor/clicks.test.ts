/** The way of a person with a mouse and a keyboard through the sample, with pictures in test/output to look at. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
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
