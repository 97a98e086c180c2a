/**
 * A real editor for tests: code-server with the packaged extension, on copies of everything in a temporary folder, as on a
 * machine without the repository; driven through Chromium. Everything started here is ended by `close`.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Frame, type Locator, type Page } from 'playwright-core';
import { expect, vi } from 'vitest';
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
import { findWebview, focusInEditor } from './focus.ts';
import { type Answer, ask, chooseByTyping, dismiss, hasRow, openPalette, runCommand } from './quickInput.ts';

export { focusIn } from './focus.ts';
export { accept, type Answer, pick, type } from './quickInput.ts';

export interface Workbench {
  readonly page: Page;
  /** The workspace folder: a copy of the sample. */
  readonly folder: string;
  /** Where the extension is installed. */
  readonly extensions: string;
  readonly origin: string;
  /** Opens a window on the workspace; files are relative to it. */
  open(options?: { files?: readonly string[]; payload?: readonly (readonly [string, string])[] }): Promise<void>;
  /** Runs a command from the palette by its title, and answers the boxes that it opens. */
  command(title: string, ...answers: readonly Answer[]): Promise<void>;
  /** Answers the boxes that something else opens: a key, a button. */
  ask(open: () => Promise<void>, ...answers: readonly Answer[]): Promise<void>;
  /** Waits for a box with this row. */
  box(row: string): Promise<void>;
  /** Opens the palette, with a text written there, and waits for a row that starts so. */
  palette(typed: string, row: string): Promise<void>;
  /** Opens a file of the workspace by its name, as Ctrl+P does; it has the focus then. */
  openFile(name: string): Promise<void>;
  /** Closes the editor that is shown; the one below it has come back and has the focus then. */
  closeEditor(): Promise<void>;
  /** Closes what a test may have left open: boxes, messages, editors. A window that does not answer is loaded anew. */
  clear(): Promise<void>;
  /** The page on screen with an element that matches the selector (and with this text), once there is one. */
  webview(selector: string, text?: string): Promise<Frame>;
  /** Rests the pointer on an element, `right` times its height from its left edge, until this is told there. */
  hover(element: Locator, right: number, text: string): Promise<void>;
  /** Shows a view container, by the start of its name. */
  sideBar(name: string): Promise<void>;
  /** Waits until the browser has stored a state of the window that speaks of all of this; it does so every few seconds. */
  stored(...texts: readonly string[]): Promise<void>;
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
    page.setDefaultTimeout(60_000);
    const origin = `http://${host}:${port}`;
    const open: Workbench['open'] = async ({ files = [], payload = [] } = {}) => {
      const absolute = files.map((file) => path.join(at('work'), file));
      await page.goto(windowAddress(origin, at('work'), { files: absolute, payload }));
      await page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    };
    return {
      page,
      folder: at('work'),
      extensions: folders.extensions,
      origin,
      open,
      command: (title, ...answers) => runCommand(page, title, answers),
      ask: (opening, ...answers) => ask(page, opening, answers),
      box: (row) => expect.poll(() => hasRow(page, (part) => part === row)).toBe(true),
      palette: (typed, row) => openPalette(page, typed, row),
      openFile: (name) => openFile(page, name),
      closeEditor: () => closeEditor(page),
      clear: async () => {
        try {
          await clear(page);
        } catch {
          await open();
          await clear(page);
        }
      },
      hover: (element, right, text) => hover(page, element, right, text),
      sideBar: (name) => showSideBar(page, name),
      stored: (...texts) => stored(page, texts),
      webview: (selector, text) => findWebview(page, selector, text),
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

async function openFile(page: Page, name: string): Promise<void> {
  await chooseByTyping(page, 'Control+P', name, name);
  await page.locator('.tab.active', { hasText: name }).waitFor();
  await focusInEditor(page);
}

const tabs = (page: Page): Promise<number> => page.locator('.editor-group-container .tab').count();

async function closeEditor(page: Page): Promise<void> {
  const before = await tabs(page);
  await runCommand(page, 'View: Close Editor', []);
  await expect.poll(() => tabs(page), { timeout: 30_000 }).toBe(before - 1);
  if (before > 1) await focusInEditor(page);
}

async function clear(page: Page): Promise<void> {
  const dialog = page.locator('.monaco-dialog-box');
  if ((await dialog.count()) > 0) {
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  }
  await dismiss(page);
  // Settings are shown above the window.
  const above = page.locator('.monaco-modal-editor-block');
  await vi.waitFor(
    async () => {
      if (!(await above.isVisible())) return;
      await page.keyboard.press('Escape');
      await above.waitFor({ state: 'hidden', timeout: 3000 });
    },
    { timeout: 30_000 },
  );
  // Nothing is told by hovering.
  await page.mouse.move(1, 1);
  if ((await page.locator('.notifications-toasts.visible').count()) > 0)
    await runCommand(page, 'Notifications: Clear All Notifications', []);
  if ((await tabs(page)) > 0) {
    await runCommand(page, 'View: Close All Editors', []);
    await expect.poll(() => tabs(page), { timeout: 30_000 }).toBe(0);
  }
}

/** What is to be told may not be known yet when the pointer comes, and is not asked for again while it rests. */
async function hover(page: Page, element: Locator, right: number, text: string): Promise<void> {
  const told = page.locator('.monaco-hover:visible', { hasText: text });
  await vi.waitFor(
    async () => {
      await page.mouse.move(1, 1);
      const box = await element.boundingBox({ timeout: 5000 });
      if (box === null) throw new Error('what the pointer is to rest on is not shown');
      await page.mouse.move(box.x + right * box.height, box.y + box.height / 2);
      await told.first().waitFor({ timeout: 5000 });
    },
    { timeout: 60_000 },
  );
}

async function showSideBar(page: Page, name: string): Promise<void> {
  const title = page.locator('.part.sidebar > .title', { hasText: name });
  await vi.waitFor(
    async () => {
      // A click on the icon of what is shown hides it.
      if (await title.isVisible()) return;
      await page.locator(`.activitybar a[aria-label^="${name}"]`).click({ timeout: 10_000 });
      await title.waitFor({ timeout: 10_000 });
    },
    { timeout: 60_000 },
  );
}

async function stored(page: Page, texts: readonly string[]): Promise<void> {
  const values = (): Promise<string[]> =>
    page.evaluate(`(async () => {
      const result = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: reject }));
      const values = [];
      for (const { name } of await indexedDB.databases()) {
        if (!name.startsWith('vscode-web-state-db-')) continue;
        const db = await result(indexedDB.open(name));
        if (db.objectStoreNames.contains('ItemTable')) values.push(...(await result(db.transaction('ItemTable').objectStore('ItemTable').getAll())));
        db.close();
      }
      return values.map(String);
    })()`);
  const holds = async () => (await values()).some((value) => texts.every((text) => value.includes(text)));
  await expect.poll(holds, { timeout: 90_000 }).toBe(true);
}
