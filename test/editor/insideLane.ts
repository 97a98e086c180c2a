/** Runs the Mocha tests of inside/ in the editor's own extension host, and brings their results out as data. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { output, root } from '../../scripts/lib/places.mjs';
import { startWorkbench } from './harness.ts';

export interface InsideResult {
  readonly title: string;
  readonly milliseconds: number;
  /** Absent where the test passed. */
  readonly error?: string;
}

export async function runInside(ready: { readonly vsix: string; readonly sample: string }): Promise<InsideResult[]> {
  const built = await mkdtemp(path.join(os.tmpdir(), 'bw-inside-'));
  const resultsFile = path.join(built, 'results.json');
  try {
    await bundleTests(built);
    const workbench = await startWorkbench({
      ...ready,
      more: ['--vscode-option', 'enable-smoke-test-driver'],
      env: { BLLOSSOM_TEST_RESULTS: resultsFile },
      prepare: (temporary) => cp(built, path.join(temporary, 'inside'), { recursive: true }),
    });
    const log: string[] = [];
    try {
      const { page } = workbench;
      const ended = new Promise<void>((resolve) => {
        void page.exposeFunction('codeAutomationExit', () => resolve());
      });
      await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
        log.push(`${type}: ${args.map(String).join(' ')}`);
      });
      const inside = `vscode-remote://${new URL(workbench.origin).host}${path.dirname(workbench.folder)}/inside`;
      await workbench.open({
        payload: [
          ['extensionDevelopmentPath', inside],
          ['extensionTestsPath', `${inside}/index.js`],
          ['skipWelcome', 'true'],
        ],
      });
      const limit = 300_000;
      const late = Symbol();
      const timer = new Promise<typeof late>((resolve) => setTimeout(resolve, limit, late).unref());
      if ((await Promise.race([ended, timer])) === late) {
        const picture = await workbench.screenshot('inside-hung');
        throw new Error(
          `the tests in the extension host did not end in ${limit / 1000} s; see ${picture}\n${log.join('\n')}`,
        );
      }
      const text = await readFile(resultsFile, 'utf8').catch(() => {
        throw new Error(`the tests in the extension host left no results\n${log.join('\n')}`);
      });
      await mkdir(output, { recursive: true });
      await writeFile(path.join(output, 'inside.json'), text);
      return JSON.parse(text) as InsideResult[];
    } finally {
      await workbench.close();
    }
  } finally {
    await rm(built, { recursive: true, force: true });
  }
}

/** An extension of its own, that holds nothing but the tests: the one under test stays the installed one. */
export async function bundleTests(folder: string): Promise<void> {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['test/editor/inside/index.ts'],
    outfile: path.join(folder, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
    logLevel: 'error',
  });
  const manifest = {
    name: 'inside',
    publisher: 'bllossom-workbench-tests',
    version: '0.0.0',
    engines: { vscode: '*' },
  };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
}
