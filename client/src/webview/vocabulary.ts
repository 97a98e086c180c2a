/** The page of a vocabulary: asks the extension for what is on screen, and shows it. */
import './vocabulary.css';
import { VocabularyPage } from './_vocabularyPage.ts';
import { editorApi, pageData } from './_dom.ts';
import type { PageData, ToPage } from './_vocabularyProtocol.ts';

const page = new VocabularyPage(
  document.getElementById('page') ?? document.body,
  (pageData() as PageData).labels,
  editorApi(),
);
window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => page.hear(data));
page.say({ type: 'ready' });
