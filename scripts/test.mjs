// `npm test`: everything that says whether the project is sound, with one line of counts at the end.
// `node scripts/test.mjs [--full] [--only PART,…] [--bail]`; format, lint, types and package count as one test each.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { output, root } from './lib/places.mjs';
import { main, run, seconds, step, StepError } from './lib/steps.mjs';
import { packageExtension } from './package.mjs';
import { setup } from './setup.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ title: string, work: () => Promise<Counts>, onDemand?: boolean }} Part */

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    bail: { type: 'boolean', default: false },
  },
});
const bin = (/** @type {string} */ name) => path.join(root, 'node_modules/.bin', name);
const editorConfig = ['--config', 'test/editor/vitest.config.ts'];

let packagedNow = false;
const packaged = () => (packagedNow ? '1' : '0');

/** In this order: the quick ones first; what is packaged is then what the command line's and the editor's tests run.
 *  @type {Readonly<Record<string, Part>>} */
const parts = {
  format: { title: 'format', work: () => check('prettier', ['--check', '--log-level=warn', '.'], 'npm run format') },
  lint: { title: 'lint', work: () => check('eslint', ['.', '--max-warnings=0'], 'npx eslint . --fix') },
  types: { title: 'types', work: checkTypes },
  package: { title: 'build and package', work: checkPackage },
  unit: { title: 'unit, command line and language server', work: () => vitest('unit', []) },
  editor: {
    title: 'in the real editor',
    work: () => vitest('editor', editorConfig, { BLLOSSOM_PACKAGED: packaged() }),
  },
  desktop: {
    title: 'in the desktop editor (fetches VS Code)',
    work: () => vitest('desktop', editorConfig, { BLLOSSOM_EDITOR_LANE: 'desktop' }),
    onDemand: true,
  },
  screenshots: {
    title: 'screenshots for the README',
    work: () => vitest('screenshots', editorConfig, { BLLOSSOM_EDITOR_LANE: 'screenshots' }),
    onDemand: true,
  },
};

await main(async () => {
  const start = performance.now();
  const names = values.only?.split(',') ?? Object.keys(parts).filter((name) => parts[name]?.onDemand !== true);
  const chosen = names.map((name) => {
    const part = parts[name];
    if (part === undefined)
      throw new StepError(`there is no part '${name}'`, `parts are ${Object.keys(parts).join(', ')}`);
    return part;
  });
  await setup({ tests: true });
  await mkdir(output, { recursive: true });
  /** @type {Counts} */
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const part of chosen) {
    const counts = await step(part.title, part.work);
    for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) sum[key] += counts[key];
    if (values.bail && counts.failed > 0) break;
  }
  process.stdout.write(
    `\nin ${seconds(performance.now() - start)}${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}\n`,
  );
  process.stdout.write(`${sum.passed} passed, ${sum.failed} failed\n`);
  process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
});

/** @param {unknown} error @returns {Counts} */
function failure(error) {
  process.stderr.write(`  ✗ ${error instanceof StepError ? error.message : String(error)}\n`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/** @param {string} tool @param {readonly string[]} args @param {string} remedy @returns {Promise<Counts>} */
async function check(tool, args, remedy) {
  try {
    await run(bin(tool), args, { cwd: root, remedy });
    return { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    return failure(error);
  }
}

/** The webviews run in a browser, so they have types of their own. */
async function checkTypes() {
  const projects = ['.', 'client/src/webview'].filter((folder) => existsSync(path.join(root, folder, 'tsconfig.json')));
  for (const project of projects) {
    const counts = await check('tsc', ['-p', project], `npx tsc -p ${project}`);
    if (counts.failed > 0) return counts;
  }
  return { passed: 1, failed: 0, skipped: 0 };
}

/** @returns {Promise<Counts>} */
async function checkPackage() {
  try {
    await packageExtension();
    packagedNow = true;
    return { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    return failure(error);
  }
}

/**
 * @param {string} name
 * @param {readonly string[]} args
 * @param {Record<string, string>} [more] environment
 * @returns {Promise<Counts>}
 */
async function vitest(name, args, more = {}) {
  const file = path.join(output, `${name}.json`);
  await rm(file, { force: true });
  // Vite warns of a loader that it may make the default one day.
  const quiet = { VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true' };
  const env = { ...process.env, ...quiet, ...more, ...(values.full ? { BLLOSSOM_TESTS: 'full' } : {}) };
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  await run(bin('vitest'), ['run', ...args, ...reporters], { cwd: root, env, show: true, allowFailure: true });
  if (!existsSync(file)) return failure(new Error(`${name}: the test runner ended without results`));
  const report = JSON.parse(await readFile(file, 'utf8'));
  // A file that cannot be loaded has no tests to count; it is one failure.
  const broken = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ { status, assertionResults }) =>
      status === 'failed' && assertionResults.length === 0,
  ).length;
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken, skipped: report.numPendingTests };
}
