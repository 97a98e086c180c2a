/** The figures of a comparison as tables of text: what is shown, copied and read aloud is the same. No browser in here. */
import type { ComparisonResult, PreferenceOutcome, RaterResult } from '../../../server/src/protocol.ts';
import { count, percent } from '../figures.ts';
import type { Labels } from './_preferenceProtocol.ts';
import { outcomes, type PreferenceBar } from './_preferenceDrawing.ts';

export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface ShareLike {
  readonly count: number;
  readonly n: number;
  readonly share?: number;
  readonly interval?: readonly [low: number, high: number];
}

/** `7 · 58.3 % [33.3, 83.3]`. */
export function shareText({ count: n, share, interval }: ShareLike): string {
  if (share === undefined) return '–';
  return `${count(n)} · ${percent(share)}${boundsText(interval)}`;
}

/** `5/8 · 62.5 % [30.6, 86.3]`. */
const partText = ({ count: n, n: of, share, interval }: ShareLike): string =>
  share === undefined ? '–' : `${count(n)}/${count(of)} · ${percent(share)}${boundsText(interval)}`;

const boundsText = (interval: ShareLike['interval']): string =>
  interval === undefined ? '' : ` [${interval.map((bound) => (bound * 100).toFixed(1)).join(', ')}]`;

export function resultTable({ raters }: ComparisonResult, l: Labels): TextTable {
  const { who, verdicts, errors, pending } = l.columns;
  return {
    head: [who, verdicts, ...outcomes.map((kind) => l.outcomes[kind]), errors, pending],
    rows: raters.map((one) => [
      raterText(one, l),
      count(one.win.n),
      ...outcomes.map((kind) => shareText(one[kind])),
      count(one.errors),
      count(one.pending),
    ]),
  };
}

/** What may have swayed verdicts beside the answers' worth: order and length. */
export function biasTable({ raters }: ComparisonResult, l: Labels): TextTable {
  const { who, flips, reversed, first, longer } = l.columns;
  return {
    head: [who, flips, reversed, first, longer],
    rows: raters.map((one) => [
      raterText(one, l),
      one.flips === undefined ? '–' : partText(one.flips),
      one.reversed === undefined ? '–' : count(one.reversed),
      partText(one.first),
      partText(one.longer),
    ]),
  };
}

export const raterText = ({ rater }: Pick<RaterResult, 'rater'>, l: Labels): string =>
  `${rater.name} (${l.kinds[rater.kind]})`;

export function agreementTable({ agreement, fleiss }: ComparisonResult, l: Labels): TextTable {
  const kappa = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(3));
  return {
    head: [l.between, l.both, l.same, l.kappa, l.interval],
    rows: [
      ...agreement.map(({ between: [one, other], n, observed, kappa: value, interval }) => [
        `${raterText({ rater: one }, l)} – ${raterText({ rater: other }, l)}`,
        count(n),
        observed === undefined ? '–' : percent(observed),
        kappa(value),
        interval === undefined ? '–' : interval.map((bound) => bound.toFixed(3)).join(', '),
      ]),
      ...(fleiss === undefined ? [] : [[l.fleiss, count(fleiss.n), '–', kappa(fleiss.kappa), '–']]),
    ],
  };
}

export function languageTable({ languages, length, names }: ComparisonResult, l: Labels): TextTable {
  return {
    head: [l.side, l.scripts, l.other, l.drifted, l.length],
    rows: (['a', 'b'] as const).map((side) => {
      const { scripts, other, drifted } = languages[side];
      const parts = Object.entries(scripts).sort(([, x], [, y]) => y - x);
      return [
        `${side.toUpperCase()}: ${names[side]}`,
        parts.map(([script, n]) => `${l.script[script] ?? script} ${count(n)}`).join(', ') || '–',
        partText(other),
        partText(drifted),
        count(Math.round(length[side])),
      ];
    }),
  };
}

/** A bar for each who has given verdicts. */
export function barsOf({ raters }: ComparisonResult, l: Labels): readonly PreferenceBar[] {
  return raters.flatMap((one) => {
    if (one.win.n === 0) return [];
    const share = (kind: PreferenceOutcome) => {
      const { share: value = 0, interval = [value, value] } = one[kind];
      return { value, low: interval[0], high: interval[1] };
    };
    return {
      label: one.rater.name,
      note: `${l.kinds[one.rater.kind]} · n = ${count(one.win.n)}`,
      shares: { win: share('win'), tie: share('tie'), lose: share('lose') },
    };
  });
}
