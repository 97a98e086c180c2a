/** Makes the pictures of the README, in light and in dark, of the sample as a person finds it after `npm start`. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { root } from '../../scripts/lib/places.mjs';
import { accept, pick, startWorkbench, type, type Workbench } from './harness.ts';

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
      const title = page.locator('.view-line', { hasText: '햄버거' }).first();
      await workbench.hover(title.locator('span span').first(), 1.4, '<0x');
      await picture('read');
      await page.keyboard.press('Escape');
    });

    it('merges vocabularies', async () => {
      await workbench.command(
        'Bllossom: Merge Vocabularies…',
        pick('tokenizers/base.model', '1/4'),
        pick('tokenizers/korean.model', '2/4'),
        pick('ranked', '3/4'),
        accept('4/4'),
      );
      await (await workbench.webview('table')).locator('td').first().waitFor();
      await picture('merge');
    });

    it('trains', async () => {
      const { page } = workbench;
      await workbench.openFile('english.run.json');
      const lenses = page.locator('.codelens-decoration');
      await lenses.filter({ hasText: /[MG]B of/ }).waitFor();
      await lenses.locator('a', { hasText: /^\W*Run\W*$/ }).click();
      const toast = page.locator('.notifications-toasts', { hasText: 'english' });
      await toast.waitFor({ timeout: 60_000 });
      await workbench.sideBar('Bllossom');
      await workbench.command('Bllossom: Show Loss Curve', pick('english'));
      const line = (await workbench.webview('.chart', 'english')).locator('p.line');
      await line.filter({ hasText: /step (1[5-9]|2)\d\d / }).waitFor({ timeout: 150_000 });
      await picture('curve');
      await line.filter({ hasText: 'done' }).waitFor({ timeout: 150_000 });
    });

    it('answers', async () => {
      const { page } = workbench;
      await workbench.openFile('reading.ko.md');
      const open = async () => {
        await page.locator('.view-line').nth(2).click();
        await page.keyboard.press('Control+Alt+B');
      };
      await workbench.ask(open, pick('runs/english/final', 'Choose the Model to Ask'), type('The children', 'Ask '));
      await page.locator('.review-widget').getByText('tok/s').waitFor({ timeout: 60_000 });
      await workbench.command('Notifications: Clear All Notifications');
      await picture('answer');
    });
  });
}
