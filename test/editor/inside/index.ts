/** Entry of the tests in the extension host: runs Mocha on the suites below and writes each test's outcome as JSON. */
import { writeFile } from 'node:fs/promises';
import Mocha from 'mocha';
import type { InsideResult } from '../insideLane.ts';

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 120_000, reporter: 'min' });
  // Where Mocha reads files itself, it emits this before each: it defines `describe` and `it`.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  // In this order: later suites use what earlier ones have made.
  await import('./counts.ts');
  await import('./lint.ts');
  await import('./vocabularies.ts');
  await import('./exploring.ts');
  await import('./runs.ts');
  await import('./answers.ts');
  const results: InsideResult[] = [];
  const failures = await new Promise<number>((resolve) => {
    mocha
      .run(resolve)
      .on('pass', (test) => results.push({ title: test.fullTitle(), milliseconds: test.duration ?? 0 }))
      .on('fail', (test, error: Error) => {
        const { duration } = test;
        results.push({ title: test.fullTitle(), milliseconds: duration ?? 0, error: error.stack ?? error.message });
      });
  });
  await writeFile(process.env['BLLOSSOM_TEST_RESULTS'] ?? 'results.json', JSON.stringify(results, null, 2));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
