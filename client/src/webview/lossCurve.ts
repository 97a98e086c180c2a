/** The page of a run's loss curve: what the extension tells it goes into the view, what the user presses goes back. */
import './lossCurve.css';
import { appendRows } from './_curve.ts';
import type { FromPage, PageData, RunView, ToPage } from './_curveProtocol.ts';
import { defaultChoices, readChoices } from './_choices.ts';
import type { Choices } from './_choices.ts';
import { CurveChart } from './_chart.ts';
import { CurvePage } from './_page.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const editor = acquireVsCodeApi();
const { directory, labels } = JSON.parse(document.getElementById('data')?.textContent ?? '{}') as PageData;
const say = (type: FromPage['type']) => editor.postMessage({ type });

let choices: Choices = readChoices(editor.getState()) ?? defaultChoices;
let run: RunView | undefined;
let rows: Parameters<typeof appendRows>[0] = [];

const page = new CurvePage(document.getElementById('page') ?? document.body, labels, choices, {
  say,
  choose: (chosen) => {
    choices = chosen;
    keep();
    draw();
  },
});
const chart = new CurveChart(page.chart, labels, (text) => page.readOut(text));

/** The state that a window reload hands to the extension, which then follows the same run again. */
const keep = () => editor.setState({ directory, ...choices });

let due = false;
/** Draws once a frame, however many rows come. */
function draw(): void {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    page.show(run, rows, choices);
    chart.show(rows, choices);
  });
}

window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  switch (data.type) {
    case 'reset':
      run = data.run;
      rows = data.rows;
      break;
    case 'rows':
      rows = appendRows(rows, data.rows);
      break;
    case 'run':
      run = data.run;
      break;
    case 'problem':
      page.problem(data.text);
      return;
    default:
      data satisfies never;
      return;
  }
  page.problem(run?.problem);
  draw();
});
// A new theme changes the body's class; the canvas has to be painted in the new colours.
new MutationObserver(() => {
  chart.repaint();
  draw();
}).observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
new ResizeObserver(() => chart.resize()).observe(page.chart);

keep();
draw();
say('ready');
