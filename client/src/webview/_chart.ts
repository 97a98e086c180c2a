/** The chart: raw loss under its smoothed curve, by language where asked, in the theme's colours; read with the arrow keys. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { MetricRow } from '../../../server/src/protocol.ts';
import { duration, figure, short } from '../figures.ts';
import type { Choices } from './_choices.ts';
import { languagesOf, positions, smooth } from './_curve.ts';
import type { Labels } from './_curveProtocol.ts';

/** Theme colours of the curves by language, in turn. */
const languageColors = ['green', 'orange', 'purple', 'red', 'yellow'] as const;

export const color = (name: string, otherwise: string): string =>
  getComputedStyle(document.body).getPropertyValue(`--vscode-${name}`).trim() || otherwise;

/** Colour of the smoothed curve, and of the language number `i`. */
export const lossColor = (): string => color('charts-blue', '#3794ff');
export const languageColor = (i: number): string =>
  color(`charts-${languageColors[i % languageColors.length] ?? 'green'}`, '#89d185');

interface Line {
  readonly label: string;
  readonly values: (number | null)[];
  readonly series: uPlot.Series;
}

export class CurveChart {
  readonly #at: HTMLElement;
  readonly #labels: Labels;
  readonly #readOut: (text: string) => void;
  #plot: uPlot | undefined;
  /** What the plot was built for; another one needs another plot. */
  #built = '';
  #zoomed = false;
  #lines: readonly Line[] = [];
  #rows: readonly MetricRow[] = [];
  #cursor = -1;

  constructor(at: HTMLElement, labels: Labels, readOut: (text: string) => void) {
    this.#at = at;
    this.#labels = labels;
    this.#readOut = readOut;
    at.addEventListener('keydown', (event) => this.#key(event));
  }

  show(rows: readonly MetricRow[], choices: Choices): void {
    this.#rows = rows;
    const languages = choices.byLanguage ? languagesOf(rows) : [];
    const evaluated = rows.some(({ evaluationLoss }) => evaluationLoss !== undefined);
    const key = JSON.stringify([choices.axis, choices.scale, languages, evaluated]);
    this.#lines = this.#linesOf(rows, choices, languages, evaluated);
    const data = [positions(rows, choices.axis), ...this.#lines.map(({ values }) => values)] as uPlot.AlignedData;
    if (this.#plot === undefined || key !== this.#built) {
      this.#plot?.destroy();
      this.#built = key;
      this.#zoomed = false;
      this.#plot = new uPlot(this.#options(choices), data, this.#at);
      return;
    }
    this.#plot.setData(data, !this.#zoomed);
    if (this.#zoomed) this.#plot.redraw();
  }

  /** Forgets the plot, so that the next `show` paints in the colours of now. */
  repaint(): void {
    this.#built = '';
  }

  resize(): void {
    this.#plot?.setSize(this.#size());
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(240, this.#at.clientWidth), height: Math.max(180, this.#at.clientHeight) };
  }

  #linesOf(
    rows: readonly MetricRow[],
    { smoothing }: Choices,
    languages: readonly string[],
    evaluated: boolean,
  ): readonly Line[] {
    const raw = rows.map(({ loss }) => (Number.isFinite(loss) ? loss : null));
    const blue = lossColor();
    return [
      {
        label: this.#labels.loss,
        values: raw,
        series: { stroke: blue, width: 1, alpha: 0.35, points: { show: (plot) => plot.data[0].length < 2 } },
      },
      {
        label: this.#labels.smoothed,
        values: smooth(raw, smoothing),
        series: { stroke: blue, width: 2, points: { show: false } },
      },
      ...languages.map((language, i) => ({
        label: language,
        values: smooth(
          rows.map(({ lossByLanguage }) => lossByLanguage?.[language] ?? null),
          smoothing,
        ),
        series: { stroke: languageColor(i), width: 1.5, dash: [6, 3], spanGaps: true, points: { show: false } },
      })),
      ...(evaluated
        ? [
            {
              label: this.#labels.evaluation,
              values: rows.map(({ evaluationLoss }) => evaluationLoss ?? null),
              series: {
                stroke: color('charts-red', '#f14c4c'),
                width: 1.5,
                spanGaps: true,
                points: { show: true, size: 6 },
              },
            },
          ]
        : []),
    ];
  }

  #options(choices: Choices): uPlot.Options {
    const foreground = color('descriptionForeground', '#888');
    const grid = { stroke: color('editorWidget-border', '#8883'), width: 1 };
    const font = `${color('font-size', '12px')} ${color('font-family', 'sans-serif')}`;
    const axis = { stroke: foreground, grid, ticks: grid, font, labelFont: font };
    const xWord = { step: this.#labels.step, tokens: this.#labels.tokens, time: this.#labels.time }[choices.axis];
    const xText = (value: number): string =>
      choices.axis === 'time' ? duration(value) : choices.axis === 'tokens' ? short(value) : String(value);
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { y: false, points: { size: 6 } },
      scales: {
        x: { time: false, range: (_, low, high) => (low === high ? [low - 1, high + 1] : [low, high]) },
        y: {
          // uPlot declares its enum without exporting its values: 1 is linear, 3 logarithmic.
          // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
          distr: choices.scale === 'log' ? 3 : 1,
          range: (_, low, high) => verticalRange(low, high, choices.scale),
        },
      },
      axes: [
        {
          ...axis,
          label: xWord,
          space: 70,
          values: (_, splits) => splits.map((v) => (Number.isInteger(v) || choices.axis === 'time' ? xText(v) : '')),
        },
        {
          ...axis,
          label: this.#labels.loss,
          size: 62,
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map((v) => tick(v)),
        },
      ],
      series: [{}, ...this.#lines.map(({ label, series }) => ({ label, ...series }))],
      hooks: {
        setCursor: [(plot) => this.#tell(plot.cursor.idx ?? -1)],
        setSelect: [(plot) => (this.#zoomed = plot.select.width > 0)],
        setScale: [
          (plot, name) => {
            const xs = plot.data[0];
            const { min, max } = plot.scales['x'] ?? {};
            if (name === 'x' && min === xs[0] && max === xs[xs.length - 1]) this.#zoomed = false;
          },
        ],
      },
    };
  }

  /** Tells the values of the row under the cursor. */
  #tell(index: number): void {
    const row = this.#rows[index];
    this.#cursor = row === undefined ? this.#cursor : index;
    if (row === undefined) {
      this.#readOut('');
      return;
    }
    const values = this.#lines
      .map(({ label, values }) => [label, values[index]] as const)
      .flatMap(([label, value]) => (value === null || value === undefined ? [] : [`${label} ${figure(value)}`]));
    this.#readOut([`${this.#labels.step} ${row.step}`, ...values].join(' · '));
  }

  #key(event: KeyboardEvent): void {
    const plot = this.#plot;
    const last = this.#rows.length - 1;
    if (plot === undefined || last < 0) return;
    const page = Math.max(1, Math.round(last / 10));
    const at = this.#cursor < 0 ? last : this.#cursor;
    const to = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      PageUp: at - page,
      PageDown: at + page,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = Math.min(last, Math.max(0, to));
    const x = plot.data[0][index] ?? 0;
    const y = plot.data[2]?.[index] ?? plot.data[1]?.[index] ?? 0;
    plot.setCursor({ left: plot.valToPos(x, 'x'), top: plot.valToPos(y, 'y') });
    // Two rows may share a pixel: the one asked for is told.
    this.#tell(index);
  }
}

function verticalRange(low: number | null, high: number | null, scale: Choices['scale']): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0.1, 10];
  if (scale === 'log') return low > 0 ? [low / 1.1, high * 1.1] : [1e-6, Math.max(high, 1e-5)];
  const room = high === low ? Math.max(0.1, Math.abs(high) * 0.1) : (high - low) * 0.06;
  return [low - room, high + room];
}

const tick = (value: number): string => (value === 0 ? '0' : String(Number(value.toPrecision(3))));
