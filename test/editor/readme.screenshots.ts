/** Makes the pictures of the README, in light and in dark, of the sample as a person finds it after `npm start`. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { root } from '../../scripts/lib/places.mjs';
import { startWorkbench, type Workbench } from './harness.ts';

const themes = { light: 'Default Light Modern', dark: 'Default Dark Modern' };

for (const [theme, name] of Object.entries(themes)) {
  describe(theme, () => {
    let workbench: Workbench;
    beforeAll(async () => {
      workbench = await startWorkbench({
        ...inject('ready'),
        settings: { 'workbench.colorTheme': name, 'window.autoDetectColorScheme': false },
        size: { width: 1200, height: 760 },
      });
      await mkdir(path.join(root, 'docs/images'), { recursive: true });
      await workbench.open();
    });
    afterAll(() => workbench.close());

    /** Once what fades in has come to rest. */
    const picture = async (what: string) => {
      await workbench.page.waitForTimeout(1000);
      await workbench.page.screenshot({ path: path.join(root, `docs/images/${what}-${theme}.png`) });
    };

    it('reads a Korean page', async () => {
      const { page } = workbench;
      await workbench.openFile('reading.ko.md');
      await page.locator('.statusbar-item', { hasText: /◇ .+ tok/ }).waitFor({ timeout: 60_000 });
      await page.locator('.view-overlays .cdr[class*="ced-"]').first().waitFor({ state: 'attached' });
      const box = await page
        .locator('.view-line', { hasText: '햄버거' })
        .first()
        .locator('span span')
        .first()
        .boundingBox();
      if (box === null) throw new Error('the page is not shown');
      await page.mouse.move(box.x + 1.4 * box.height, box.y + box.height / 2);
      await page.locator('.monaco-hover:visible', { hasText: '<0x' }).waitFor();
      await picture('read');
      await page.keyboard.press('Escape');
    });

    it('merges vocabularies', async () => {
      const { page } = workbench;
      await workbench.command('Bllossom: Merge Vocabularies…');
      for (const choice of ['tokenizers/base.model', 'tokenizers/korean.model', 'ranked']) await workbench.pick(choice);
      await page.locator('.quick-input-title', { hasText: '4/4' }).waitFor();
      await page.keyboard.press('Enter');
      await (await workbench.webview('table')).locator('td').first().waitFor();
      await picture('merge');
    });

    it('trains', async () => {
      const { page } = workbench;
      await workbench.openFile('english.run.json');
      await page.locator('.codelens-decoration a', { hasText: 'Run' }).first().click();
      const toast = page.locator('.notifications-toasts', { hasText: 'english' });
      await toast.waitFor({ timeout: 60_000 });
      await page.locator('.activitybar a[aria-label^="Bllossom"]').click();
      await workbench.command('Bllossom: Show Loss Curve');
      await workbench.pick('english');
      const line = (await workbench.webview('.chart')).locator('p.line');
      await line.filter({ hasText: /step (1[5-9]|2)\d\d / }).waitFor({ timeout: 150_000 });
      await picture('curve');
      await line.filter({ hasText: 'done' }).waitFor({ timeout: 150_000 });
    });

    it('answers', async () => {
      const { page } = workbench;
      await workbench.openFile('reading.ko.md');
      await page.locator('.view-line').nth(2).click();
      await page.keyboard.press('Control+Alt+B');
      await workbench.pick('runs/english/final');
      const box = page.locator('.quick-input-widget input[placeholder^="A question"]');
      await box.fill('The children');
      await box.press('Enter');
      await page.locator('.review-widget').getByText('tok/s').waitFor({ timeout: 60_000 });
      await workbench.command('Notifications: Clear All Notifications');
      await picture('answer');
    });
  });
}
