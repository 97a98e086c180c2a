/** The page of a comparison by preference. */
import './preference.css';
import { editorApi, pageData } from './_dom.ts';
import { PreferencePage } from './_preferencePage.ts';
import type { PageData, ToPage } from './_preferenceProtocol.ts';

const at = document.getElementById('page') ?? document.body;
const page = new PreferencePage(at, pageData() as PageData, editorApi());
window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => page.hear(data));
page.ready();
