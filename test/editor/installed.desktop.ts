/** The tests of inside/ in the desktop editor: needs VS Code's download site, and a display (`xvfb-run -a` gives one). */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests, runVSCodeCommand } from '@vscode/test-electron';
import { inject, it } from 'vitest';
import { bundleTests, type InsideResult } from './insideLane.ts';

it('passes what passes in the browser', { timeout: 900_000 }, async () => {
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'bw-'));
  const at = (name: string) => path.join(temporary, name);
  try {
    const { vsix, sample } = inject('ready');
    await cp(sample, at('work'), { recursive: true });
    await bundleTests(at('inside'));
    const vscodeExecutablePath = await downloadAndUnzipVSCode({ cachePath: path.resolve('.workbench/vscode-test') });
    const folders = ['--extensions-dir', at('extensions'), '--user-data-dir', at('data')];
    await runVSCodeCommand([...folders, '--install-extension', vsix, '--force'], { reuseMachineInstall: true });
    await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: at('inside'),
      extensionTestsPath: at('inside/index.js'),
      launchArgs: [at('work'), ...folders, '--disable-workspace-trust', '--no-sandbox'],
      extensionTestsEnv: { BLLOSSOM_TEST_RESULTS: at('results.json') },
      reuseMachineInstall: true,
    });
  } finally {
    const text = await readFile(at('results.json'), 'utf8').catch(() => '[]');
    const failed = (JSON.parse(text) as InsideResult[]).filter(({ error }) => error !== undefined);
    for (const { title, error } of failed) process.stderr.write(`✗ ${title}\n${error ?? ''}\n`);
    await rm(temporary, { recursive: true, force: true });
  }
});
