/** The chart: lines in the theme's colours over steps, tokens or time; read with the arrow keys, and saved as a picture. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { duration, figure, short } from '../figures.ts';
import type { Choices } from './_choices.ts';
import type { Labels } from './_curveProtocol.ts';
import { joined, type Line, type Paint } from './_lines.ts';

/** uPlot's scales: linear, logarithmic. */
const distribution = (log: boolean): uPlot.Scale.Distr =>
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- an ambient enum: its values are not there at run time
  log ? 3 : 1;

const otherwise: Readonly<Record<Paint, string>> = {
  blue: '#3794ff',
  red: '#f14c4c',
  green: '#89d185',
  orange: '#d18616',
  purple: '#b180d7',
  yellow: '#cca700',
  foreground: '#888888',
};

export const color = (name: string, fallback: string): string =>
  getComputedStyle(document.body).getPropertyValue(`--vscode-${name}`).trim() || fallback;

export const paintColor = (paint: Paint): string => color(`charts-${paint}`, otherwise[paint]);

export class CurveChart {
  readonly #at: HTMLElement;
  readonly #labels: Labels;
  readonly #readOut: (text: string) => void;
  #plot: uPlot | undefined;
  /** What the plot was built for; another one needs another plot. */
  #built = '';
  #zoomed = false;
  #choices: Choices | undefined;
  #lines: readonly Line[] = [];
  #data: ReturnType<typeof joined> = [[]];
  #cursor = -1;

  constructor(at: HTMLElement, labels: Labels, readOut: (text: string) => void) {
    this.#at = at;
    this.#labels = labels;
    this.#readOut = readOut;
    at.addEventListener('keydown', (event) => this.#key(event));
  }

  show(lines: readonly Line[], choices: Choices): void {
    this.#choices = choices;
    this.#lines = lines;
    this.#data = joined(lines);
    const looks = lines.map(({ label, paint, dash }) => [label, paint, dash]);
    const key = JSON.stringify([choices.axis, choices.quantity, choices.logX, choices.logY, looks]);
    const data = this.#data as uPlot.AlignedData;
    if (this.#plot === undefined || key !== this.#built) {
      this.#plot?.destroy();
      this.#built = key;
      this.#zoomed = false;
      this.#cursor = -1;
      this.#plot = new uPlot(this.#options(choices), data, this.#at);
      return;
    }
    this.#plot.setData(data, !this.#zoomed);
    if (this.#zoomed) this.#plot.redraw();
  }

  /** The canvas as it is painted now; undefined before the first rows. */
  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot?.ctx.canvas;
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

  #options(choices: Choices): uPlot.Options {
    const foreground = color('descriptionForeground', '#888');
    const grid = { stroke: color('editorWidget-border', '#8883'), width: 1 };
    const font = `${color('font-size', '12px')} ${color('font-family', 'sans-serif')}`;
    const axis = { stroke: foreground, grid, ticks: grid, font, labelFont: font };
    const { axis: along, logX, logY, quantity } = choices;
    const xText = (value: number): string =>
      along === 'time'
        ? duration(value, document.documentElement.lang)
        : along === 'tokens'
          ? short(value)
          : String(value);
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { y: false, points: { size: 6 } },
      scales: {
        x: {
          time: false,
          distr: distribution(logX),
          range: (_, low, high) => (low === high ? (logX ? [low / 2, high * 2] : [low - 1, high + 1]) : [low, high]),
        },
        y: {
          distr: distribution(logY),
          range: (_, low, high) => verticalRange(low, high, logY),
        },
      },
      axes: [
        {
          ...axis,
          label: this.#labels[along],
          space: 70,
          ...(logX ? { filter: (_: uPlot, splits: number[]) => splits.map((v) => (oneTwoFive(v) ? v : null)) } : {}),
          values: (_, splits) =>
            splits.map((v) =>
              (v as number | null) !== null && (Number.isInteger(v) || along === 'time') ? xText(v) : '',
            ),
        },
        {
          ...axis,
          label: this.#labels.quantities[quantity],
          size: 62,
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map((v) => tick(v)),
        },
      ],
      series: [
        {},
        ...this.#lines.map((line): uPlot.Series => ({
          label: line.label,
          stroke: paintColor(line.paint),
          width: line.width,
          ...(line.faint === true ? { alpha: 0.35 } : {}),
          ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
          spanGaps: line.faint !== true,
          points: line.marked === true ? { show: true, size: 6 } : { show: (plot) => plot.data[0].length < 2 },
        })),
      ],
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

  /** Tells the values at a place of the horizontal axis; of a line that has none there, the last before it. */
  #tell(index: number): void {
    const [xs, ...columns] = this.#data;
    const x = xs[index];
    this.#cursor = x === undefined ? this.#cursor : index;
    if (x === undefined || this.#choices === undefined) {
      this.#readOut('');
      return;
    }
    const values = this.#lines.flatMap(({ label, marked }, i) => {
      const column = columns[i] ?? [];
      let at = index;
      if (marked !== true) while (at > 0 && column[at] === undefined) at--;
      const value = column[at];
      return value === null || value === undefined ? [] : [`${label} ${figure(value)}`];
    });
    const { axis } = this.#choices;
    const place =
      axis === 'time' ? duration(x, document.documentElement.lang) : axis === 'tokens' ? short(x) : String(x);
    this.#readOut([`${this.#labels[axis]} ${place}`, ...values].join(' · '));
  }

  #key(event: KeyboardEvent): void {
    const plot = this.#plot;
    const [xs, ...columns] = this.#data;
    const last = xs.length - 1;
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
    const y = columns.map((column) => column[index]).find((value) => typeof value === 'number') ?? 0;
    plot.setCursor({ left: plot.valToPos(xs[index] ?? 0, 'x'), top: plot.valToPos(y, 'y') });
    // Two rows may share a pixel: the one asked for is told.
    this.#tell(index);
  }
}

function verticalRange(low: number | null, high: number | null, log: boolean): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0.1, 10];
  if (log) return low > 0 ? [low / 1.1, high * 1.1] : [1e-6, Math.max(high, 1e-5)];
  const room = high === low ? Math.max(Math.abs(high) * 0.1, 1e-6) : (high - low) * 0.06;
  return [low - room, high + room];
}

/** 1, 2, 5, 10, 20 …: places of a logarithmic axis that get a number. */
const oneTwoFive = (value: number): boolean =>
  [1, 2, 5].some((n) => Math.abs(value / 10 ** Math.floor(Math.log10(value) + 1e-9) - n) < 1e-6);

const tick = (value: number): string => (value === 0 ? '0' : String(Number(value.toPrecision(3))));
