/** A tree of one level (or two) whose items are fetched from the server when the view asks, and again when told. */
import * as vscode from 'vscode';
import type { Problem } from '../../server/src/protocol.ts';
import { debounce } from './debounce.ts';
import { engineWords, problemLine } from './problemLines.ts';

export interface ListTreeOptions<T> {
  readonly view: string;
  /** Fetches the items, in their order. */
  fetch(): Promise<readonly T[]>;
  toItem(item: T): vscode.TreeItem;
  children?(item: T): readonly vscode.TreeItem[];
  /** Events after which the list is fetched anew. */
  readonly staleOn: readonly vscode.Event<unknown>[];
  /** Told of a fetch that failed; the last list stays then. */
  onFailure(error: unknown): void;
}

/**
 * Only what has changed is drawn anew, by the items' ids: a row that is drawn anew loses a press of a button in it that is
 * under way, so a row's own text had better not change often.
 */
export class ListTree<T extends object> implements vscode.TreeDataProvider<T | vscode.TreeItem>, vscode.Disposable {
  readonly view: vscode.TreeView<T | vscode.TreeItem>;
  readonly #options: ListTreeOptions<T>;
  readonly #changed = new vscode.EventEmitter<T | vscode.TreeItem | (T | vscode.TreeItem)[] | undefined>();
  readonly #refreshSoon = debounce(150, () => void this.#refresh());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #listening: readonly vscode.Disposable[];
  #items: readonly T[] = [];
  /** What the tree knows an item by: the object it was given first, by the item's id. */
  #elements = new Map<string, T>();
  /** The rows as drawn, by the same ids. */
  readonly #drawn = new Map<string, { item: vscode.TreeItem; children: readonly vscode.TreeItem[] | undefined }>();
  /** True once the view has asked for its rows, as it does when it is first shown. */
  #asked = false;
  /** True where the items were given, and are to be shown without asking. */
  #given = false;

  constructor(options: ListTreeOptions<T>) {
    this.#options = options;
    this.view = vscode.window.createTreeView(options.view, { treeDataProvider: this, showCollapseAll: false });
    this.#listening = [
      ...options.staleOn.map((event) => event(() => this.refresh())),
      // Not all that changes on disk is told: editors lose sight of folders that are made while they watch.
      this.view.onDidChangeVisibility(({ visible }) => {
        if (visible && this.#asked) this.refresh();
      }),
    ];
  }

  /** What the tree last showed. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** Fetches anew, once for many calls in a row. */
  refresh(): void {
    this.#refreshSoon();
  }

  /** Shows these items at once, without fetching. */
  show(items: readonly T[]): void {
    this.#items = items;
    const ids = items.map((item) => this.#idOf(item));
    const known = [...this.#elements.keys()];
    if (!this.view.visible || ids.length !== known.length || ids.some((id, i) => id !== known[i])) {
      this.#given = true;
      this.#changed.fire(undefined);
      return;
    }
    const changed = items.flatMap((item, i) => this.#redraw(ids[i] ?? '', item));
    if (changed.length > 0) this.#changed.fire(changed);
  }

  getTreeItem(element: T | vscode.TreeItem): vscode.TreeItem {
    if (element instanceof vscode.TreeItem) return element;
    const id = this.#idOf(element);
    const item = this.#options.toItem(this.#newest(id) ?? element);
    this.#drawn.set(id, { item, children: this.#drawn.get(id)?.children });
    return item;
  }

  async getChildren(element?: T | vscode.TreeItem): Promise<(T | vscode.TreeItem)[]> {
    if (element instanceof vscode.TreeItem) return [];
    if (element !== undefined) {
      const id = this.#idOf(element);
      const children = this.#options.children?.(this.#newest(id) ?? element) ?? [];
      const drawn = this.#drawn.get(id);
      if (drawn !== undefined) drawn.children = children;
      return [...children];
    }
    this.#asked = true;
    if (!this.#given) await this.#fetch();
    this.#given = false;
    this.#elements = new Map(this.#items.map((item) => [this.#idOf(item), item]));
    for (const id of this.#drawn.keys()) if (!this.#elements.has(id)) this.#drawn.delete(id);
    return [...this.#items];
  }

  dispose(): void {
    for (const listener of this.#listening) listener.dispose();
    this.#refreshSoon.cancel();
    this.view.dispose();
    this.#changed.dispose();
  }

  /** What is not seen is fetched when it is. */
  async #refresh(): Promise<void> {
    if (!this.view.visible) this.#changed.fire(undefined);
    else if (await this.#fetch()) this.show(this.#items);
  }

  async #fetch(): Promise<boolean> {
    try {
      this.#items = await this.#options.fetch();
      return true;
    } catch (error) {
      this.#options.onFailure(error);
      return false;
    }
  }

  /** What of an item looks otherwise than it was drawn: the row with all below it, or single rows below it. */
  #redraw(id: string, item: T): (T | vscode.TreeItem)[] {
    const drawn = this.#drawn.get(id);
    const element = this.#elements.get(id);
    if (drawn === undefined || element === undefined) return [];
    if (looks(drawn.item) !== looks(this.#options.toItem(item))) return [element];
    if (drawn.children === undefined) return [];
    const now = this.#options.children?.(item) ?? [];
    if (labels(now) !== labels(drawn.children)) return [element];
    return drawn.children.filter((child, i) => {
      const next = now[i];
      if (next === undefined || looks(next) === looks(child)) return false;
      Object.assign(child, next);
      return true;
    });
  }

  #idOf(item: T): string {
    const { id, label } = this.#options.toItem(item);
    return id ?? (typeof label === 'string' ? label : '');
  }

  #newest(id: string): T | undefined {
    return this.#items.find((item) => this.#idOf(item) === id);
  }
}

const labels = (items: readonly vscode.TreeItem[]): string => JSON.stringify(items.map(({ label }) => label));

/** All that is seen of a row. */
const looks = ({ label, description, contextValue, iconPath, tooltip }: vscode.TreeItem): string =>
  JSON.stringify([label, description, contextValue, iconPath, tooltip]);

/** What cannot be read is told in its row. */
export function markBroken(item: vscode.TreeItem, problem: Problem): void {
  item.description = engineWords(problem.what);
  item.tooltip = problemLine(problem);
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.contextValue = 'broken';
}

/** An item of the second level: a name and a value. */
export function factItem(name: string, value: string): vscode.TreeItem {
  const item = new vscode.TreeItem(name);
  item.description = value;
  item.tooltip = `${name}: ${value}`;
  item.contextValue = 'fact';
  return item;
}
