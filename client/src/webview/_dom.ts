/** Elements made in one expression. */
import { focusWithin } from './_focus.ts';

/** An element with properties and children; attributes with a hyphen (`aria-…`, `data-…`) and `role` are set as such. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Readonly<Record<string, unknown>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'role' || key.includes('-')) made.setAttribute(key, String(value));
    else Object.assign(made, { [key]: value });
  }
  made.append(...children);
  return made;
}

/**
 * Draws anew what is below `root`, and leaves the focus in the same element of what is drawn, where there is one that says the
 * same, and the page scrolled where it was: nothing moves that nobody asked to move.
 */
export function keepingPlace(root: HTMLElement, draw: () => void): void {
  const { activeElement } = document;
  const at: number[] = [];
  for (let now = activeElement; now !== null && now !== root; now = now.parentElement)
    at.unshift([...(now.parentElement?.children ?? [])].indexOf(now));
  const inside = activeElement !== null && activeElement !== root && root.contains(activeElement);
  const said = activeElement?.textContent;
  const { scrollX, scrollY } = window;
  draw();
  if (inside && !activeElement.isConnected) {
    let now: Element | undefined = root;
    for (const i of at) now = now?.children[i];
    if (now instanceof HTMLElement && now.tagName === activeElement.tagName && now.textContent === said)
      focusWithin(now, { preventScroll: true });
  }
  if (window.scrollY !== scrollY) window.scrollTo(scrollX, scrollY);
}

const invisible = /[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\u3000\ufe00-\ufe0f\ufeff]/;

/** A text in which nothing is invisible: spaces as `␣`, control and format characters by their number. */
export function visible(text: string): string {
  let seen = '';
  for (const character of text) {
    if (!invisible.test(character)) seen += character;
    else if (character === ' ') seen += '␣';
    else if (character === '\n') seen += '⏎';
    else if (character === '\t') seen += '⇥';
    else seen += `‹U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}›`;
  }
  return seen;
}

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

/** The way to the extension, and the state that it keeps for this page. */
export const editorApi = (): ReturnType<typeof acquireVsCodeApi> => acquireVsCodeApi();

/** What the page is born with. */
export const pageData = (): unknown => JSON.parse(document.getElementById('data')?.textContent ?? '{}');
