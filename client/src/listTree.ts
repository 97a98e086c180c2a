/** A tree of one level (or two) whose items are fetched from the server when the view asks, and again when told. */
import * as vscode from 'vscode';
import { debounce } from './debounce.ts';

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

export class ListTree<T extends object> implements vscode.TreeDataProvider<T | vscode.TreeItem>, vscode.Disposable {
  readonly view: vscode.TreeView<T | vscode.TreeItem>;
  readonly #options: ListTreeOptions<T>;
  readonly #changed = new vscode.EventEmitter<T | vscode.TreeItem | undefined>();
  readonly #refreshSoon = debounce(150, () => this.#changed.fire(undefined));
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #listening: readonly vscode.Disposable[];
  #items: readonly T[] = [];
  /** True where the items were given, and are to be shown without asking. */
  #given = false;

  constructor(options: ListTreeOptions<T>) {
    this.#options = options;
    this.view = vscode.window.createTreeView(options.view, { treeDataProvider: this, showCollapseAll: false });
    this.#listening = options.staleOn.map((event) => event(() => this.refresh()));
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
    this.#given = true;
    this.#changed.fire(undefined);
  }

  getTreeItem(element: T | vscode.TreeItem): vscode.TreeItem {
    return element instanceof vscode.TreeItem ? element : this.#options.toItem(element);
  }

  async getChildren(element?: T | vscode.TreeItem): Promise<(T | vscode.TreeItem)[]> {
    if (element instanceof vscode.TreeItem) return [];
    if (element !== undefined) return [...(this.#options.children?.(element) ?? [])];
    if (!this.#given) {
      try {
        this.#items = await this.#options.fetch();
      } catch (error) {
        this.#options.onFailure(error);
      }
    }
    this.#given = false;
    return [...this.#items];
  }

  dispose(): void {
    for (const listener of this.#listening) listener.dispose();
    this.#refreshSoon.cancel();
    this.view.dispose();
    this.#changed.dispose();
  }
}

/** An item of the second level: a name and a value. */
export function factItem(name: string, value: string): vscode.TreeItem {
  const item = new vscode.TreeItem(name);
  item.description = value;
  item.tooltip = `${name}: ${value}`;
  item.contextValue = 'fact';
  return item;
}
