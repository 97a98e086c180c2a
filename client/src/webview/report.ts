/** The script of a report page: its buttons speak to the extension. */
import './report.css';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const editor = acquireVsCodeApi();
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-action]') : null;
  const action = button?.getAttribute('data-action');
  if (action !== null && action !== undefined) editor.postMessage({ action });
});
