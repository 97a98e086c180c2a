/** The page of a run: what the extension tells it goes into the view, what the user presses goes back. */
import './lossCurve.css';
import type { MetricRow, RunSample } from '../../../server/src/protocol.ts';
import { appendRows } from './_curve.ts';
import type { FromPage, PageData, RunView, ToPage } from './_curveProtocol.ts';
import { defaultChoices, readChoices } from './_choices.ts';
import type { Choices } from './_choices.ts';
import { CurveChart } from './_chart.ts';
import { editorApi, pageData } from './_dom.ts';
import { type Line, linesOf, type Track } from './_lines.ts';
import { type Action, CurvePage } from './_page.ts';
import { chartPng } from './_png.ts';

const editor = editorApi();
const { directory, labels } = pageData() as PageData;
const say = (message: FromPage) => editor.postMessage(message);

let choices: Choices = readChoices(editor.getState()) ?? defaultChoices;
/** The run and those beside it, by their directories. */
const runs = new Map<string, { readonly run: RunView; readonly rows: readonly MetricRow[] }>();
let samples: readonly RunSample[] = [];
let lines: readonly Line[] = [];

const page = new CurvePage(document.getElementById('page') ?? document.body, labels, choices, {
  do: act,
  choose: (part) => {
    choices = { ...choices, ...part };
    keep();
    draw();
  },
});
const chart = new CurveChart(page.chart, labels, (text) => page.readOut(text));

function act(action: Action): void {
  switch (action) {
    case 'compare':
      say({ type: 'compare', compared: choices.compared });
      return;
    case 'savePng': {
      const title = `${runs.get(directory)?.run.name ?? ''} · ${labels.quantities[choices.quantity]}`;
      if (chart.canvas !== undefined) say({ type: 'savePng', base64: chartPng(chart.canvas, title, lines) });
      return;
    }
    case 'copyCsv':
    case 'export':
    case 'stop':
    case 'resume':
    case 'log':
      say({ type: action });
      return;
    default:
      action satisfies never;
  }
}

/** The state that a window reload hands to the extension, which then follows the same run again. */
const keep = () => editor.setState({ directory, ...choices });

let due = false;
/** Draws once a frame, however many rows come. */
function draw(): void {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    const shown = [directory, ...choices.compared].flatMap((one) => runs.get(one) ?? []);
    const tracks: readonly Track[] = shown.map(({ run: { name }, rows }) => ({ name, rows }));
    const own = runs.has(directory) ? tracks : [{ name: '', rows: [] }, ...tracks];
    lines = linesOf(own, choices, labels);
    page.show({ run: runs.get(directory)?.run, tracks: own, lines, samples }, choices);
    chart.show(lines, choices);
  });
}

window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  switch (data.type) {
    case 'reset':
      runs.set(data.run.directory, data);
      break;
    case 'rows': {
      const known = runs.get(data.directory);
      if (known !== undefined) runs.set(data.directory, { ...known, rows: appendRows(known.rows, data.rows) });
      break;
    }
    case 'run':
      runs.set(data.run.directory, { rows: runs.get(data.run.directory)?.rows ?? [], run: data.run });
      break;
    case 'samples':
      samples = data.samples;
      break;
    case 'compared':
      choices = { ...choices, compared: data.directories };
      keep();
      break;
    case 'problem':
      page.problem(data.text);
      return;
    default:
      data satisfies never;
      return;
  }
  page.problem(runs.get(directory)?.run.problem);
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
say({ type: 'ready', compared: choices.compared });
