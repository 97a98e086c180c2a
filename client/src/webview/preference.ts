/** The page of a comparison by preference. */
import './preference.css';
import { editorApi, pageData } from './_dom.ts';
import { PreferencePage } from './_preferencePage.ts';
import type { PageData, ToPage } from './_preferenceProtocol.ts';

const data = pageData() as PageData;
const editor = editorApi();
// What a window reload hands to the extension.
editor.setState({ directory: data.directory });
const page = new PreferencePage(document.getElementById('page') ?? document.body, data.labels, editor);
window.addEventListener('message', ({ data: message }: MessageEvent<ToPage>) => page.hear(message));
page.ready();
