/** The page of two tokenizers on one text: asks the extension for the lines on screen, and shows them. */
import './compareTokenizers.css';
import { ComparePage } from './_comparePage.ts';
import type { PageData, ToPage } from './_compareProtocol.ts';
import { editorApi, pageData } from './_dom.ts';

const data = pageData() as PageData;
const editor = editorApi();
// What a window reload hands to the extension.
editor.setState({ left: data.left, right: data.right });
const page = new ComparePage(document.getElementById('page') ?? document.body, data.labels, editor);
window.addEventListener('message', ({ data: message }: MessageEvent<ToPage>) => page.hear(message));
page.say({ type: 'ready' });
