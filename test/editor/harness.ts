/**
 * A real editor for tests: code-server with the packaged extension, on copies of everything in a temporary folder, as on a
 * machine without the repository; driven through Chromium. Everything started here is ended by `close`.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Frame, type Page } from 'playwright-core';
import {
  endEngines,
  freePort,
  installExtension,
  quietSettings,
  startEditor,
  windowAddress,
  writeSettings,
} from '../../scripts/lib/editor.mjs';
import { output } from '../../scripts/lib/places.mjs';

export interface Workbench {
  readonly page: Page;
  /** The workspace folder: a copy of the sample. */
  readonly folder: string;
  /** Where the extension is installed. */
  readonly extensions: string;
  readonly origin: string;
  /** Opens a window on the workspace; files are relative to it. */
  open(options?: { files?: readonly string[]; payload?: readonly (readonly [string, string])[] }): Promise<void>;
  /** Runs a command from the palette by its title. */
  command(title: string): Promise<void>;
  /** Opens a file of the workspace by its name, as Ctrl+P does. */
  openFile(name: string): Promise<void>;
  /** Chooses from the list that is open: the first row with this text. */
  pick(text: string): Promise<void>;
  /** The webview page with an element that matches the selector, once there is one. */
  webview(selector: string): Promise<Frame>;
  /** Writes test/output/NAME.png. */
  screenshot(name: string): Promise<string>;
  close(): Promise<void>;
}

export interface WorkbenchOptions {
  readonly vsix: string;
  readonly sample: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments of the editor. */
  readonly more?: readonly string[];
  readonly size?: { readonly width: number; readonly height: number };
  /** Put into the temporary folder before the editor starts. */
  prepare?(temporary: string): Promise<void>;
}

const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function startWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  // Short, since the engine's sockets stand under it and a socket's path has 107 bytes at most.
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'bw-'));
  const at = (name: string) => path.join(temporary, name);
  const undo: (() => Promise<unknown>)[] = [() => rm(temporary, { recursive: true, force: true, maxRetries: 5 })];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    for (const name of ['home', 'tmp']) await mkdir(at(name));
    await cp(options.sample, at('work'), { recursive: true });
    await options.prepare?.(temporary);
    const env = { ...process.env, HOME: at('home'), TMPDIR: at('tmp'), XDG_RUNTIME_DIR: at('tmp'), ...options.env };
    const folders = { userData: at('data'), extensions: at('extensions') };
    await writeSettings(folders, { ...quietSettings, ...options.settings });
    await cp(options.vsix, at('extension.vsix'));
    await installExtension(folders, at('extension.vsix'), env);

    const host = '127.0.0.1';
    const port = await freePort(host, 9000 + (process.pid % 900));
    const editor = await startEditor({ folders, host, port, env, cwd: at('home'), more: [...(options.more ?? [])] });
    undo.push(() => endEngines(folders.extensions));
    undo.push(() => editor.stop());
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: chromiumFlags });
    undo.push(() => browser.close());
    const page = await browser.newPage({ viewport: options.size ?? { width: 1280, height: 800 } });
    const origin = `http://${host}:${port}`;
    return {
      page,
      folder: at('work'),
      extensions: folders.extensions,
      origin,
      open: async ({ files = [], payload = [] } = {}) => {
        const absolute = files.map((file) => path.join(at('work'), file));
        await page.goto(windowAddress(origin, at('work'), { files: absolute, payload }));
        await page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
      },
      command: (title) => runCommand(page, title),
      openFile: (name) => openFile(page, name),
      pick: (text) => pickRow(page, text),
      webview: (selector) => findWebview(page, selector),
      screenshot: async (name) => {
        const file = path.join(output, `${name}.png`);
        await mkdir(output, { recursive: true });
        await page.screenshot({ path: file });
        return file;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const runCommand = (page: Page, title: string) => chooseByTyping(page, 'F1', `>${title}`, title);

async function openFile(page: Page, name: string): Promise<void> {
  await chooseByTyping(page, 'Control+P', name, name);
  await page.locator('.tab.active', { hasText: name }).waitFor();
}

/** Types into the box that a key opens, and takes the row. The list keeps what was there when it opened: a file just
 *  written, or a command of an extension that is still being read, needs another try; so does a key that a closing page took. */
async function chooseByTyping(page: Page, key: string, typed: string, row: string): Promise<void> {
  for (let tries = 5; ; tries--) {
    await page.keyboard.press(key);
    try {
      await page.locator('.quick-input-widget input.input').fill(typed, { timeout: 3000 });
      await pickRow(page, row, 3000);
      return;
    } catch (error) {
      if (tries === 0) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

async function pickRow(page: Page, text: string, timeout = 30_000): Promise<void> {
  await page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click({ timeout });
}

/** A webview is a frame within a frame, and its place in the page says nothing of whose it is. */
async function findWebview(page: Page, selector: string): Promise<Frame> {
  const end = Date.now() + 60_000;
  for (;;) {
    for (const frame of page.frames()) {
      if (frame === page.mainFrame()) continue;
      // A frame may go while it is asked.
      const found = await frame
        .locator(selector)
        .count()
        .catch(() => 0);
      if (found > 0) return frame;
    }
    if (Date.now() > end) throw new Error(`no webview shows ${selector}`);
    await page.waitForTimeout(200);
  }
}
