/** As much of the editor's API as the features that draw counts need, for `extensionHost.bench.ts`; it does nothing. */
export class Range {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };

  constructor(startLine: number, startCharacter: number, endLine: number, endCharacter: number) {
    this.start = { line: startLine, character: startCharacter };
    this.end = { line: endLine, character: endCharacter };
  }
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class MarkdownString {
  value = '';

  appendText(text: string): this {
    this.value += text;
    return this;
  }

  appendMarkdown(text: string): this {
    this.value += text;
    return this;
  }
}

export class EventEmitter<T> {
  readonly #listeners: ((event: T) => void)[] = [];
  readonly event = (listener: (event: T) => void) => {
    this.#listeners.push(listener);
    return nothing;
  };

  fire(event: T): void {
    for (const listener of this.#listeners) listener(event);
  }

  dispose(): void {
    this.#listeners.length = 0;
  }
}

const nothing = { dispose: () => undefined };
const never = () => nothing;

export const DecorationRangeBehavior = { ClosedClosed: 1 };
export const OverviewRulerLane = { Right: 4 };
export const StatusBarAlignment = { Right: 2 };
export const l10n = { t: (text: string, ...values: readonly unknown[]) => `${text} ${values.join(' ')}` };
export const commands = { registerCommand: never };
export const window = {
  activeTextEditor: undefined as unknown,
  visibleTextEditors: [] as unknown[],
  createStatusBarItem: () => ({ show: () => undefined, hide: () => undefined }),
  createTextEditorDecorationType: (options: unknown) => ({ options, dispose: () => undefined }),
  onDidChangeActiveTextEditor: never,
  onDidChangeTextEditorSelection: never,
  onDidChangeVisibleTextEditors: never,
  onDidChangeTextEditorVisibleRanges: never,
};
export const workspace = {
  getConfiguration: () => ({ get: () => true }),
  onDidChangeConfiguration: never,
  onDidCloseTextDocument: never,
};
