/** What came of a comparison, in lines for people. */
import { plural } from '../base/plural.ts';
import type {
  ComparisonData,
  ComparisonResult,
  LanguageResult,
  RaterResult,
  Share,
  Side,
} from '../preference/types.ts';

export function resultLines(result: ComparisonResult): string[] {
  const { names, prompts, missing, raters, agreement, fleiss, languages, length } = result;
  const side = (one: Side): string => {
    const gap = missing[one] === 0 ? '' : `, ${missing[one]} missing`;
    return `${one.toUpperCase()}  ${names[one]}  (${plural(prompts - missing[one], 'answer')}${gap}, ${Math.round(length[one])} characters on average${languageOf(languages[one])})`;
  };
  return [
    side('a'),
    side('b'),
    ...raters.flatMap(raterLines),
    ...agreement.map(({ between: [one, other], n, kappa, observed, interval }) => {
      const figure =
        kappa === undefined
          ? 'no kappa'
          : `kappa ${kappa.toFixed(2)}${interval === undefined ? '' : ` [${interval.map((end) => end.toFixed(2)).join(', ')}]`}`;
      return `${one.name} and ${other.name}: ${figure}${observed === undefined ? '' : `, the same for ${percent(observed)}`} (${plural(n, 'prompt')})`;
    }),
    ...(fleiss?.kappa === undefined
      ? []
      : [`all ${fleiss.raters} people: Fleiss' kappa ${fleiss.kappa.toFixed(2)} (${plural(fleiss.n, 'prompt')})`]),
  ];
}

export interface JudgeFailures {
  readonly judge: string;
  /** Questions that stayed without a verdict. */
  readonly questions: number;
  /** The most frequent reason, and of how many questions it is. */
  readonly most: string;
  readonly times: number;
}

/** Why questions to judges failed, of each judge with failures. */
export function failuresOf({ verdicts }: Pick<ComparisonData, 'verdicts'>): JudgeFailures[] {
  return verdicts.flatMap(({ rater, lines }) => {
    const last = new Map(lines.map((line) => [`${line.order} ${line.id}`, line]));
    const by = lines.at(-1)?.by;
    const errors = [...last.values()].flatMap((line) =>
      line.error === undefined || line.by !== by ? [] : [line.error],
    );
    if (rater.kind !== 'judge' || errors.length === 0) return [];
    const counts = new Map<string, number>();
    for (const error of errors) counts.set(error, (counts.get(error) ?? 0) + 1);
    const [[most, times]] = [...counts].sort(([, a], [, b]) => b - a) as [[string, number]];
    return [{ judge: rater.name, questions: errors.length, most, times }];
  });
}

/** The same in lines for people. */
export const failureLines = (data: Pick<ComparisonData, 'verdicts'>): string[] =>
  failuresOf(data).map(
    ({ judge, questions, most, times }) =>
      `judge ${judge}: ${plural(questions, 'question')} failed, most often (${times}): ${most}`,
  );

function raterLines({ rater, win, tie, lose, pending, errors, flips, reversed, first, longer }: RaterResult): string[] {
  const open = [
    ...(pending === 0 ? [] : [`${pending} to judge`]),
    ...(errors === 0 ? [] : [plural(errors, 'error')]),
  ].join(', ');
  return [
    `${rater.kind} ${rater.name} (${plural(win.n, 'prompt')}${open === '' ? '' : `, ${open}`})`,
    `  A wins ${figure(win)}  tie ${figure(tie)}  B wins ${figure(lose)}`,
    `  ${[
      ...(flips === undefined
        ? []
        : [`flipped by the order ${figure(flips)}${reversed === 0 ? '' : `, ${reversed} to the other side`}`]),
      `for the first shown ${figure(first)}`,
      `for the longer ${figure(longer)}`,
    ].join('  ')}`,
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const figure = ({ share, interval }: Share): string =>
  share === undefined
    ? '–'
    : `${percent(share)}${interval === undefined ? '' : ` [${interval.map((end) => (100 * end).toFixed(1)).join(', ')}]`}`;

function languageOf({ n, other, drifted }: LanguageResult): string {
  if (n === 0 || other.count + drifted.count === 0) return '';
  return `, ${other.count} in another language, ${drifted.count} gone over into one`;
}
