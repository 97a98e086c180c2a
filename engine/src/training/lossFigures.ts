/** Mean losses by language and by kind of token, and bits per byte, out of sums by class: class = language · kinds + kind. */
import type { TokenKind } from '../data/corpus.ts';
import type { LossSums } from '../model/sessions.ts';

export interface Classes {
  readonly languages: readonly string[];
  /** Absent where kinds are not told apart. */
  readonly kinds?: readonly TokenKind[];
}

/** Mean over all label tokens; undefined where there are none. */
export const meanLoss = (sums: LossSums): number | undefined => meanOf(sums, () => true);

/** Undefined where no language has a label. */
export function lossByLanguage(sums: LossSums, { languages, kinds }: Classes): Record<string, number> | undefined {
  const perLanguage = kinds?.length ?? 1;
  return means(languages, (l) => meanOf(sums, (cls) => Math.floor(cls / perLanguage) === l)) as
    Record<string, number> | undefined;
}

/** Undefined where kinds are not told apart. */
export function lossByKind(sums: LossSums, { kinds = [] }: Classes): Partial<Record<TokenKind, number>> | undefined {
  return means(kinds, (k) => meanOf(sums, (cls) => cls % kinds.length === k));
}

/** The whole loss in bits over the bytes of the text it predicts; undefined where these are not known. */
export function bitsPerByte(loss: number, labels: number, bytes: number | undefined): number | undefined {
  return bytes === undefined || bytes === 0 ? undefined : (loss * labels) / Math.LN2 / bytes;
}

/** `{ [name]: value }`, or nothing where there is no value: for rows that say only what was measured. */
export function named<K extends string, V>(name: K, value: V | undefined): { readonly [k in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [k in K]: V });
}

function means<N extends string>(
  names: readonly N[],
  mean: (index: number) => number | undefined,
): Partial<Record<N, number>> | undefined {
  const entries = names.flatMap((name, i) => {
    const value = mean(i);
    return value === undefined ? [] : [[name, value] as const];
  });
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Partial<Record<N, number>>);
}

function meanOf({ sums, counts }: LossSums, includes: (cls: number) => boolean): number | undefined {
  let [sum, count] = [0, 0];
  for (let cls = 0; cls < sums.length; cls++) {
    if (!includes(cls)) continue;
    sum += sums[cls]!;
    count += counts[cls]!;
  }
  return count === 0 ? undefined : sum / count;
}
