/** For tests: as much of a browser's document as pages are built with, without layout. */
import { vi } from 'vitest';

export class FakeElement extends EventTarget {
  readonly tagName: string;
  readonly style: Record<string, string> = {};
  readonly classList = { add: () => undefined, remove: () => undefined, toggle: () => undefined };
  readonly #attributes = new Map<string, string>();
  children: FakeElement[] = [];
  value = '';
  hidden = false;
  #text = '';

  constructor(name: string) {
    super();
    this.tagName = name.toUpperCase();
  }

  get options(): readonly FakeElement[] {
    return this.children;
  }
  get textContent(): string {
    return this.#text + this.children.map((child) => child.textContent).join('');
  }
  set textContent(text: string) {
    this.children = [];
    this.#text = text;
  }
  append(...parts: readonly (FakeElement | string)[]): void {
    for (const part of parts) {
      const child = typeof part === 'string' ? new FakeElement('#text') : part;
      if (typeof part === 'string') child.textContent = part;
      this.children.push(child);
    }
  }
  replaceChildren(...parts: readonly (FakeElement | string)[]): void {
    this.textContent = '';
    this.append(...parts);
  }
  setAttribute(name: string, value: string): void {
    this.#attributes.set(name, value);
  }
  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }
  querySelector(): null {
    return null;
  }
  scrollIntoView(): void {
    // There is no layout.
  }
  getBoundingClientRect() {
    return { top: 0 };
  }
  /** All below it, and itself. */
  *all(): Generator<FakeElement> {
    yield this;
    for (const child of this.children) yield* child.all();
  }
}

class FakeInput extends FakeElement {}
class FakeSelect extends FakeElement {}

/** Puts the document of an empty page in place of the browser's; `vi.unstubAllGlobals` takes it away again. */
export function fakePage(): void {
  const kinds: Readonly<Record<string, typeof FakeElement>> = { input: FakeInput, select: FakeSelect };
  const createElement = (name: string) => new (kinds[name] ?? FakeElement)(name);
  vi.stubGlobal('document', { activeElement: null, createElement, documentElement: createElement('html') });
  vi.stubGlobal('window', Object.assign(new EventTarget(), { scrollY: 0, scrollTo: () => undefined }));
  vi.stubGlobal('HTMLInputElement', FakeInput);
  vi.stubGlobal('HTMLSelectElement', FakeSelect);
}
