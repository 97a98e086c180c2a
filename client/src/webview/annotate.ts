/** The page of blind verdicts. */
import './annotate.css';
import { AnnotatePage } from './_annotatePage.ts';
import type { PageData, ToPage } from './_annotateProtocol.ts';
import { editorApi, pageData } from './_dom.ts';

const data = pageData() as PageData;
const editor = editorApi();
// What a window reload hands to the extension.
editor.setState({ directory: data.directory, annotator: data.annotator });
const page = new AnnotatePage(document.getElementById('page') ?? document.body, data, editor);
window.addEventListener('message', ({ data: message }: MessageEvent<ToPage>) => page.hear(message));
page.ready();
