/** The page of all results beside the published ones. */
import './results.css';
import { editorApi, pageData } from './_dom.ts';
import { ResultsPage } from './_resultsPage.ts';
import type { PageData, ToPage } from './_resultsProtocol.ts';

const page = new ResultsPage(
  document.getElementById('page') ?? document.body,
  (pageData() as PageData).labels,
  editorApi(),
);
window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => page.hear(data));
page.say({ type: 'ready' });
