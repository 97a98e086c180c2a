/** The page of one evaluation. */
import './evaluation.css';
import { editorApi, pageData } from './_dom.ts';
import { EvaluationPage } from './_evaluationPage.ts';
import type { PageData, ToPage } from './_evaluationProtocol.ts';

const { path, labels } = pageData() as PageData;
const page = new EvaluationPage(document.getElementById('page') ?? document.body, path, labels, editorApi());
window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => page.hear(data));
page.say({ type: 'ready' });
