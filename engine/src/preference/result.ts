/** What came of a comparison: every figure of result.json, from what stands in the directory. */
import { Random } from '../base/random.ts';
import { finish, type Steps } from '../base/steps.ts';
import { engineVersion } from '../version.ts';
import { languageOfAnswer } from './language.ts';
import { standing } from './people.ts';
import { bootstrapShares, cohenKappa, fleissKappa, kappaInterval, shareOf } from './statistics.ts';
import type {
  Agreement,
  Choice,
  ComparisonData,
  ComparisonResult,
  LanguageResult,
  Order,
  Rater,
  RaterResult,
  Side,
  VerdictLine,
} from './types.ts';

/** What one rater said of one prompt, all verdicts taken together. */
export interface Outcome {
  /** Absent where a verdict is still missing, or failed. */
  readonly choice?: Choice;
  /** Verdicts by order, as they count. */
  readonly verdicts: Partial<Record<Order, VerdictLine>>;
  readonly error?: string;
  /** Of a judge asked in both orders: the orders gave different verdicts. */
  readonly flipped: boolean;
}

const classes: readonly Choice[] = ['a', 'tie', 'b'];

/** By prompt, for prompts that a verdict or an error stands for. */
export function outcomes(rater: Rater, lines: readonly VerdictLine[]): ReadonlyMap<string, Outcome> {
  const found = new Map<string, Outcome>();
  if (rater.kind === 'person') {
    for (const [id, line] of standing(lines))
      found.set(id, { choice: line.verdict!, verdicts: { [line.order]: line }, flipped: false });
    return found;
  }
  const last = new Map<string, Partial<Record<Order, VerdictLine>>>();
  // A judge that was asked again under other settings, and stopped on the way, is not the two judges taken together.
  const by = lines.at(-1)?.by;
  for (const line of lines) if (line.by === by) last.set(line.id, { ...last.get(line.id), [line.order]: line });
  for (const [id, verdicts] of last) {
    const { ab, ba } = verdicts;
    const error = ab?.error ?? ba?.error;
    const both = ab?.verdict !== undefined && ba?.verdict !== undefined;
    const flipped = both && ab.verdict !== ba.verdict;
    found.set(id, {
      ...(both ? { choice: flipped ? 'tie' : ab.verdict } : {}),
      ...(both || error === undefined ? {} : { error }),
      verdicts,
      flipped,
    });
  }
  return found;
}

/** Prompts with an answer of each side, in the set's order. */
export const judgeable = ({ prompts, answers }: ComparisonData): readonly string[] =>
  prompts
    .map(({ id }) => id)
    .filter((id) =>
      (['a', 'b'] as const).every((side) => {
        const answer = answers[side].get(id);
        return answer !== undefined && answer.error === undefined;
      }),
    );

/** At once; `resultSteps` for those who must answer others in between. */
export const comparisonResult = (data: ComparisonData): ComparisonResult => finish(resultSteps(data));

export function* resultSteps(data: ComparisonData): Steps<ComparisonResult> {
  const { comparison, prompts, answers } = data;
  const ids = judgeable(data);
  const raters: RaterResult[] = [];
  const found: { rater: Rater; outcomes: ReadonlyMap<string, Outcome> }[] = [];
  for (const { rater, lines } of data.verdicts) {
    const all = outcomes(rater, lines);
    found.push({ rater, outcomes: all });
    raters.push(yield* raterResult(data, rater, ids, all));
  }
  const agreement: Agreement[] = [];
  for (const [i, one] of found.entries())
    for (const other of found.slice(i + 1)) agreement.push(yield* agreementOf(one, other, ids, comparison.seed));
  const people = found.filter(({ rater }) => rater.kind === 'person');
  const sides = <T>(of: (side: Side) => T): Record<Side, T> => ({ a: of('a'), b: of('b') });
  return {
    version: 1,
    names: comparison.names,
    prompts: prompts.length,
    missing: sides(
      (side) => prompts.filter(({ id }) => (answers[side].get(id) ?? { error: '' }).error !== undefined).length,
    ),
    raters,
    agreement,
    ...(people.length < 3 ? {} : { fleiss: fleissOf(people, ids) }),
    languages: sides((side) => languageResult(data, side)),
    length: sides((side) => {
      const texts = [...answers[side].values()].filter((answer) => answer.error === undefined);
      return texts.reduce((sum, { text }) => sum + characters(text), 0) / Math.max(1, texts.length);
    }),
    bllossomVersion: engineVersion,
  };
}

function* raterResult(
  data: ComparisonData,
  rater: Rater,
  ids: readonly string[],
  all: ReadonlyMap<string, Outcome>,
): Steps<RaterResult> {
  const given = ids.flatMap((id) => {
    const outcome = all.get(id);
    return outcome === undefined ? [] : [{ id, ...outcome }];
  });
  const decided = given.flatMap(({ choice }) => (choice === undefined ? [] : [classes.indexOf(choice)]));
  const random = new Random(data.comparison.seed, `${rater.kind} ${rater.name} shares`);
  const shares = yield* bootstrapShares(decided, classes.length, random);
  // Of what never or always came no resample differs, which makes it no certainty: Wilson's interval says how much is open.
  const [win, tie, lose] = shares.map((one) =>
    one.count === 0 || one.count === one.n ? shareOf(one.count, one.n) : one,
  );
  const errors = given.filter(({ error }) => error !== undefined).length;
  const lines = given.flatMap(({ verdicts }) => [verdicts.ab, verdicts.ba]).filter((line) => line !== undefined);
  const oneSided = lines.filter(({ verdict }) => verdict === 'a' || verdict === 'b');
  const both = given.filter(({ verdicts: { ab, ba } }) => ab?.verdict !== undefined && ba?.verdict !== undefined);
  const flipped = both.filter((one) => one.flipped);
  const unequal = given.flatMap(({ id, choice }) => {
    if (choice !== 'a' && choice !== 'b') return [];
    const difference = characters(data.answers.a.get(id)!.text) - characters(data.answers.b.get(id)!.text);
    return difference === 0 ? [] : [(choice === 'a') === difference > 0];
  });
  return {
    rater,
    win: win!,
    tie: tie!,
    lose: lose!,
    pending: ids.length - decided.length - errors,
    errors,
    ...(rater.kind === 'judge'
      ? {
          flips: shareOf(flipped.length, both.length),
          reversed: flipped.filter(({ verdicts: { ab, ba } }) => ab!.verdict !== 'tie' && ba!.verdict !== 'tie').length,
        }
      : {}),
    first: shareOf(oneSided.filter(({ verdict, order }) => verdict === order[0]).length, oneSided.length),
    longer: shareOf(unequal.filter((longer) => longer).length, unequal.length),
  };
}

function* agreementOf(
  one: { readonly rater: Rater; readonly outcomes: ReadonlyMap<string, Outcome> },
  other: typeof one,
  ids: readonly string[],
  seed: number,
): Steps<Agreement> {
  const pairs = ids.flatMap((id): [number, number][] => {
    const [left, right] = [one.outcomes.get(id)?.choice, other.outcomes.get(id)?.choice];
    return left === undefined || right === undefined ? [] : [[classes.indexOf(left), classes.indexOf(right)]];
  });
  const kappa = cohenKappa(pairs, classes.length);
  const stream = `${one.rater.kind} ${one.rater.name} and ${other.rater.kind} ${other.rater.name}`;
  const interval =
    kappa.kappa === undefined ? undefined : yield* kappaInterval(pairs, classes.length, new Random(seed, stream));
  // Where every resample gives the same, nothing is known of how sure it is.
  const isTold = interval !== undefined && interval[0] < interval[1];
  return { between: [one.rater, other.rater], ...kappa, ...(isTold ? { interval } : {}) };
}

function fleissOf(
  people: readonly { readonly outcomes: ReadonlyMap<string, Outcome> }[],
  ids: readonly string[],
): NonNullable<ComparisonResult['fleiss']> {
  const rows = ids.flatMap((id) => {
    const choices = people.map((person) => person.outcomes.get(id)?.choice);
    return choices.includes(undefined) ? [] : [classes.map((c) => choices.filter((choice) => choice === c).length)];
  });
  const kappa = fleissKappa(rows);
  return { raters: people.length, n: rows.length, ...(kappa === undefined ? {} : { kappa }) };
}

function languageResult({ prompts, answers }: ComparisonData, side: Side): LanguageResult {
  const scripts: Record<string, number> = {};
  const quarters: [number, number, number, number] = [0, 0, 0, 0];
  let n = 0;
  let other = 0;
  let drifted = 0;
  for (const prompt of prompts) {
    const answer = answers[side].get(prompt.id);
    if (answer === undefined || answer.error !== undefined) continue;
    const found = languageOfAnswer(prompt, answer.text);
    scripts[found.script] = (scripts[found.script] ?? 0) + 1;
    if (found.expected === undefined) continue;
    n++;
    if (found.other === 0) other++;
    else if (found.other !== undefined) {
      drifted++;
      quarters[Math.min(3, Math.floor(found.other * 4))]!++;
    }
  }
  return { n, scripts, other: shareOf(other, n), drifted: shareOf(drifted, n), quarters };
}

/** Code points: a length that no script is favoured by more than by another way to count. */
export function characters(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count++;
  return count;
}
