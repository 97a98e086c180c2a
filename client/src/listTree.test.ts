/** A tree that comes into sight asks again: what was made meanwhile may not have been told, least of all where there was nothing. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

class Emitter<T> {
  readonly #listeners: ((value: T) => void)[] = [];
  readonly event = (listener: (value: T) => void) => {
    this.#listeners.push(listener);
    return { dispose: () => undefined };
  };
  fire(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
}
const visibility = new Emitter<{ readonly visible: boolean }>();
vi.mock('vscode', () => ({
  EventEmitter: Emitter,
  TreeItem: class {
    readonly label: string;
    constructor(label: string) {
      this.label = label;
    }
  },
  window: { createTreeView: () => ({ visible: true, onDidChangeVisibility: visibility.event }) },
}));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([[['a']], [[]]])(
  'asks again when it is shown again, and not twice when it is shown first: %j',
  async (first) => {
    const { ListTree } = await import('./listTree.ts');
    const { TreeItem } = await import('vscode');
    const fetch = vi.fn(() => Promise.resolve(first.map((name) => ({ name }))));
    const options = { view: 'v', fetch, toItem: ({ name }: { name: string }) => new TreeItem(name), staleOn: [] };
    const tree = new ListTree({ ...options, onFailure: () => undefined });
    visibility.fire({ visible: true });
    await tree.getChildren();
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(1);
    visibility.fire({ visible: false });
    visibility.fire({ visible: true });
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(2);
  },
);
