/** Which rows of an evaluation a query means, in which order, in which groups, and what is sent of each. */
import path from 'node:path';
import { wilson } from '../../engine/src/base/statistics.ts';
import { quantiles } from '../../engine/src/evaluation/analysis.ts';
import type { Sample } from '../../engine/src/evaluation/sampleRows.ts';
import type { EvaluationRows, RowGroup } from './protocol.ts';
import { valueOf } from './sampleIndex.ts';
import type { RowFigures, SampleIndex } from './sampleIndex.ts';

/** Of a row, by its index, the same row in another evaluation. */
export type Pairs = ReadonlyMap<number, RowFigures>;

export function pairUp(first: SampleIndex, second: SampleIndex): Pairs {
  const byId = new Map(second.rows.map((row) => [row.id, row]));
  return new Map(
    first.rows.flatMap((row, i) => {
      const other = byId.get(row.id);
      return other === undefined ? [] : [[i, other] as const];
    }),
  );
}

/** What a query asks of a row but for its text. */
export function matches(
  index: SampleIndex,
  i: number,
  { outcome, gold, prediction, group, beside, ids }: EvaluationRows.Query,
  pairs: Pairs | undefined,
): boolean {
  const row = index.rows[i]!;
  if (ids !== undefined && !ids.includes(row.id)) return false;
  if (outcome !== undefined && row.right !== (outcome === 'right')) return false;
  if (gold !== undefined && row.gold !== gold) return false;
  if (prediction !== undefined && row.prediction !== prediction) return false;
  if (group !== undefined && !inGroup(row, group)) return false;
  if (beside === undefined) return true;
  const other = pairs?.get(i);
  return other !== undefined && besideHolds(beside, outcomeBeside(index, row, other));
}

/** Of two rows alike: which one is right, or of a text, for which one it took fewer bits. */
export function outcomeBeside(
  { kind }: Pick<SampleIndex, 'kind'>,
  here: RowFigures,
  there: RowFigures,
): Exclude<EvaluationRows.Beside, 'differ'> {
  if (kind === 'text') {
    if (here.nats === there.nats) return 'both';
    return here.nats < there.nats ? 'onlyThis' : 'onlyOther';
  }
  if (here.right) return there.right ? 'both' : 'onlyThis';
  return there.right ? 'onlyOther' : 'neither';
}

const besideHolds = (wanted: EvaluationRows.Beside, outcome: EvaluationRows.Beside): boolean =>
  wanted === outcome || (wanted === 'differ' && (outcome === 'onlyThis' || outcome === 'onlyOther'));

/** Rows in the order of a query; equal ones in that of the file. */
export function sorted(
  index: SampleIndex,
  rows: readonly number[],
  { sort, descending }: EvaluationRows.Query,
  pairs: Pairs | undefined,
): readonly number[] {
  const sign = descending ? -1 : 1;
  if (sort === 'row') return descending ? rows.toReversed() : rows;
  const value = (i: number): number => {
    const row = index.rows[i]!;
    switch (sort) {
      case 'confidence':
        return row.confidence;
      case 'length':
        return Number.isNaN(row.tokens) ? row.characters : row.tokens;
      case 'bytes':
        return row.size;
      case 'value':
        return row.value;
      case 'difference':
        return row.value - (pairs?.get(i)?.value ?? Number.NaN);
      default:
        return sort satisfies never;
    }
  };
  // Rows that have no such value stand last.
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
    return sign * (x - y) || a - b;
  });
}

const sortedInto = (row: RowFigures, by: RowGroup['by']): number => {
  switch (by) {
    case 'tokens':
      return row.tokens;
    case 'characters':
      return row.characters;
    case 'bytes':
      return row.bytes;
    case 'new':
      return row.fresh;
    default:
      return by satisfies never;
  }
};

const inGroup = (row: RowFigures, { by, from, to }: Pick<RowGroup, 'by' | 'from' | 'to'>): boolean => {
  const value = sortedInto(row, by);
  return value > from && value <= to;
};

/** Bounds of shares of tokens: none, a little, more, most. */
const byteBounds = [0, 0.1, 0.3, 1];
const newBounds = [0, 0.25, 0.5, 1];

/** Lengths in four groups of about equal numbers, in tokens where the file tells them; shares of bytes and of new tokens. */
export function rowGroups({ rows, kind }: SampleIndex): RowGroup[] {
  const known = (by: RowGroup['by']) => rows.map((row) => sortedInto(row, by)).filter((value) => !Number.isNaN(value));
  const length = known('tokens').length > 0 ? 'tokens' : 'characters';
  const grouped = (by: RowGroup['by'], bounds: readonly number[]): RowGroup[] =>
    bounds.flatMap((to, i): readonly RowGroup[] => {
      const group = { by, from: bounds[i - 1] ?? -1, to };
      const inside = rows.filter((row) => inGroup(row, group));
      if (inside.length === 0) return [];
      if (kind === 'text') return [{ ...group, rows: inside.length, bitsPerByte: bitsPerByte(inside) }];
      const right = inside.filter((row) => row.right).length;
      return [{ ...group, rows: inside.length, right, interval: wilson(right, inside.length) }];
    });
  return [
    ...grouped(length, quantiles(known(length), 4)),
    ...grouped('bytes', known('bytes').length > 0 ? byteBounds : []),
    ...grouped('new', known('new').some((value) => value > 0) ? newBounds : []),
  ];
}

/** Of texts together: a long one weighs more than a short one. `drawn`: numbers of rows, where these are not all of them. */
export function bitsPerByte(rows: readonly Pick<RowFigures, 'nats' | 'size'>[], drawn?: Int32Array): number {
  let [nats, bytes] = [0, 0];
  for (let i = 0; i < (drawn ?? rows).length; i++) {
    const row = rows[drawn?.[i] ?? i]!;
    nats += row.nats;
    bytes += row.size;
  }
  return nats / bytes / Math.LN2;
}

export function meanValue(rows: readonly Pick<RowFigures, 'value'>[], drawn?: Int32Array): number {
  const { length } = drawn ?? rows;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += rows[drawn?.[i] ?? i]!.value;
  return sum / length;
}

/** Characters of a text that are sent in a list; the whole one is asked for by itself. */
const listed = 600;

/** A row as it is sent. */
export function rowView(
  sample: Sample,
  { data, whole, other }: { readonly data: string; readonly whole: boolean; readonly other: Sample | undefined },
): EvaluationRows.Row {
  const { id, gold, prediction, right, truncated, goldText, answer, tokens, source, logLikelihoods, scored } = sample;
  const cut = (text: string) => (whole ? text : middleCut(text));
  const confidence = confidenceOf(logLikelihoods, prediction);
  return {
    ...{ id, gold, prediction, right, truncated },
    context: cut(sample.context),
    candidates: sample.candidates.map((text, i) => ({
      text: cut(text),
      logLikelihood: logLikelihoods[i]!,
      ...(other?.logLikelihoods[i] === undefined ? {} : { other: other.logLikelihoods[i] }),
    })),
    ...(goldText === undefined ? {} : { goldText: cut(goldText) }),
    ...(answer === undefined ? {} : { answer: cut(answer) }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(scored === undefined ? {} : { scored }),
    ...valued(sample),
    ...(source === undefined ? {} : { place: { file: path.resolve(data, source.file), line: source.line } }),
    ...(other === undefined
      ? {}
      : {
          other: {
            prediction: other.prediction,
            right: other.right,
            ...(other.answer === undefined ? {} : { answer: cut(other.answer) }),
            ...(other.tokens === undefined ? {} : { tokens: other.tokens }),
            ...valued(other),
          },
        }),
  };
}

function valued(sample: Sample): { readonly value?: number } {
  const value = valueOf(sample);
  return Number.isNaN(value) ? {} : { value };
}

/** The question stands at the end of a context, its beginning says what it is about. */
export function middleCut(text: string): string {
  const half = listed / 2;
  if (text.length <= listed) return text;
  // No half of a character stands at the cut.
  const head = text.slice(0, half).replace(/[\ud800-\udbff]$/, '');
  const tail = text.slice(-half).replace(/^[\udc00-\udfff]/, '');
  return `${head} … ${tail}`;
}

function confidenceOf(logLikelihoods: readonly number[], prediction: number): number | undefined {
  const own = logLikelihoods[prediction];
  if (own === undefined) return undefined;
  return 1 / logLikelihoods.reduce((sum, value) => sum + Math.exp(value - own), 0);
}
