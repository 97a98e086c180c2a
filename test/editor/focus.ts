/** Where the focus is in the editor's window, and pages (webviews), which get it late: they load anew whenever they are shown. */
import type { Frame, Page } from 'playwright-core';

const helpers = `
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const pages = () => [...document.querySelectorAll('iframe.webview')].filter((e) => e.checkVisibility({ visibilityProperty: true }));
  const loaded = (e) => {
    const within = e.contentDocument;
    const page = within?.getElementById('active-frame');
    return e.classList.contains('ready') && page?.contentDocument?.readyState === 'complete' && within.getElementById('pending-frame') === null;
  };
`;

/**
 * Waits until no page on screen is loading, and the focus that the editor hands on to a page has arrived. It does so 50 ms after
 * the page became the active one, by a message; a timer of its window that is set later and runs longer comes after that, and
 * a turn of the page's own events after the message. What opens thereafter is not closed by a page that takes the focus.
 */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(`(async () => {${helpers}
    const end = performance.now() + 20_000;
    while (!pages().every(loaded) && performance.now() < end) await wait(30);
    await wait(100);
    for (const { contentWindow } of pages())
      await Promise.race([new Promise((resolve) => contentWindow.setTimeout(resolve, 0)), wait(1000)]);
  })()`);
}

/** Waits until the focus is in the editor that is shown: in its text, or in its page, which has loaded. */
export async function focusInEditor(page: Page): Promise<void> {
  const where: string | null = await page.evaluate(`(async () => {${helpers}
    const end = performance.now() + 30_000;
    const there = () => {
      const at = document.activeElement;
      if (at?.matches('iframe.webview')) return loaded(at) && at.contentDocument.getElementById('active-frame').contentDocument.hasFocus();
      return at?.closest('.editor-group-container.active .editor-instance') != null;
    };
    while (!there() && performance.now() < end) await wait(30);
    return there() ? null : document.activeElement?.outerHTML.slice(0, 200) ?? 'nowhere';
  })()`);
  if (where !== null) throw new Error(`the focus is not in the editor that is shown, but at ${where}`);
  await settled(page);
}

/**
 * The page on screen with an element that matches the CSS selector and, where `text` is given, with this text: another page of
 * the same kind, which is about to be replaced, is told apart by what it is about.
 */
export async function findWebview(page: Page, selector: string, text = ''): Promise<Frame> {
  const fits = `(() => {
    const frame = window.frameElement;
    const shown = frame?.id === 'active-frame' && window.parent.frameElement?.checkVisibility({ visibilityProperty: true }) === true;
    return shown && document.querySelector(${JSON.stringify(selector)}) !== null && document.body.innerText.includes(${JSON.stringify(text)});
  })()`;
  const end = Date.now() + 60_000;
  let before: Frame | undefined;
  for (;;) {
    let found: Frame | undefined;
    for (const frame of page.frames()) {
      if (frame === page.mainFrame()) continue;
      // A frame may go while it is asked, or be another's.
      if ((await frame.evaluate(fits).catch(() => false)) === true) found = frame;
    }
    if (found !== undefined && found === before) return found;
    before = found;
    if (Date.now() > end) throw new Error(`no page on screen shows ${selector}${text === '' ? '' : ` and '${text}'`}`);
    await page.waitForTimeout(100);
  }
}

/** Waits until what is typed reaches a page. */
export async function focusIn(frame: Frame): Promise<void> {
  const end = Date.now() + 30_000;
  while ((await frame.evaluate('document.hasFocus()')) !== true) {
    if (Date.now() > end) throw new Error('the page does not get the focus');
    await frame.page().waitForTimeout(30);
  }
}
