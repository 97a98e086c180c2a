/** Says things to a page as long as it is there: an answer may come when it has been closed. No editor in here, so that tests can call it. */
import type { WebviewPanel } from 'vscode';

/** What of a page's panel it takes to speak to it. */
export interface Spoken {
  readonly webview: Pick<WebviewPanel['webview'], 'postMessage'>;
  readonly onDidDispose: (listener: () => unknown) => unknown;
}

export function sender(panel: Spoken): (message: object) => void {
  let open = true;
  panel.onDidDispose(() => (open = false));
  return (message) => {
    if (open) void panel.webview.postMessage(message);
  };
}
