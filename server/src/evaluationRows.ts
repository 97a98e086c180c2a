/**
 * The rows of evaluations: `EvaluationDetail` (what they say together), `EvaluationRows` (some of them, by a query), and
 * `CompareEvaluations` (two models on the same rows). A samples file is read once and kept as figures; texts on screen are read again.
 */
import path from 'node:path';
import { bad, ok } from '../../engine/src/base/problem.ts';
import type { Result } from '../../engine/src/base/problem.ts';
import { bootstrapSteps } from '../../engine/src/evaluation/intervals.ts';
import { calibration, confusionMatrix, mcnemarExact } from '../../engine/src/evaluation/analysis.ts';
import type { Context } from './context.ts';
import { readEvaluation, samplesFile } from './evaluationFiles.ts';
import { cancelled, failure } from './failure.ts';
import * as shapes from './params.ts';
import { CompareEvaluations, EvaluationDetail, EvaluationRows } from './protocol.ts';
import type { RowValue } from './protocol.ts';
import { indexSamples, readRows, searchRows, stampOf } from './sampleIndex.ts';
import type { Pause, RowFigures, SampleIndex } from './sampleIndex.ts';
import { bitsPerByte, matches, meanValue, outcomeBeside, pairUp, rowGroups, rowView, sorted } from './sampleQueries.ts';
import type { Pairs } from './sampleQueries.ts';
import type { Slices } from './slices.ts';

/** Samples files, and queries of each, that are kept. */
const kept = 6;
/** Milliseconds that the server computes at a stretch. */
const slice = 8;

const named = { path: shapes.path, task: shapes.text };
const share = shapes.number;
const rowsParams = {
  ...named,
  other: shapes.optional(shapes.path),
  query: shapes.members({
    search: shapes.text,
    outcome: shapes.optional(shapes.oneOf('right', 'wrong')),
    gold: shapes.optional(shapes.whole),
    prediction: shapes.optional(shapes.whole),
    group: shapes.optional(
      shapes.members({ by: shapes.oneOf('tokens', 'characters', 'bytes', 'new'), from: share, to: share }),
    ),
    beside: shapes.optional(shapes.oneOf('onlyThis', 'onlyOther', 'both', 'neither', 'differ')),
    ids: shapes.optional(shapes.wholes),
    sort: shapes.oneOf('row', 'confidence', 'length', 'bytes', 'value', 'difference'),
    descending: shapes.flag,
  }),
  from: shapes.whole,
  count: shapes.whole,
  whole: shapes.optional(shapes.flag),
};

interface Kept {
  readonly index: SampleIndex;
  readonly queries: Map<string, readonly number[]>;
}

export function registerEvaluationRows({ connection, slices }: Context): void {
  const files = new Map<string, { readonly stamp: string; readonly reading: Promise<Result<Kept | undefined>> }>();

  /** The rows of a task's file; read to the end once begun, whoever asked for it. */
  const load = async (results: string, task: string): Promise<Result<Kept>> => {
    if (!/^[\w.-]+$/.test(task)) return bad(`there is no task '${task}'`);
    const file = samplesFile(results, task);
    const stamp = await stampOf(file);
    if (!stamp.ok)
      return bad(
        `the rows of ${task} are not beside these results`,
        { file },
        'Evaluate again: new results keep their rows.',
      );
    const known = files.get(file);
    const reading =
      known?.stamp === stamp.value
        ? known.reading
        : indexSamples(
            file,
            stamp.value,
            pace(slices, () => true),
          ).then((index) =>
            index.ok ? ok(index.value && { index: index.value, queries: new Map<string, readonly number[]>() }) : index,
          );
    keep(files, file, { stamp: stamp.value, reading });
    const value = await reading;
    return value.ok ? ok(value.value!) : value;
  };

  connection.onRequest(EvaluationDetail.type, async (params) => {
    const refused = shapes.refusal(params, named);
    if (refused !== undefined) return refused;
    const loaded = await load(params.path, params.task);
    if (!loaded.ok) return failure(loaded.problem);
    await slices.turn();
    return detail(loaded.value.index);
  });

  connection.onRequest(EvaluationRows.type, async (params, token) => {
    const refused = shapes.refusal(params, rowsParams);
    if (refused !== undefined) return refused;
    const { path: results, task, other, query, from, count, whole = false } = params;
    const loaded = await load(results, task);
    if (!loaded.ok) return failure(loaded.problem);
    const { index, queries } = loaded.value;
    let pairs: Pairs | undefined;
    let beside: SampleIndex | undefined;
    if (other !== undefined) {
      const second = await load(other, task);
      if (!second.ok) return failure(second.problem);
      beside = second.value.index;
      pairs = pairUp(index, beside);
    }
    const pause = pace(slices, () => !token.isCancellationRequested);
    const key = JSON.stringify([query, other, beside?.stamp]);
    let rows = queries.get(key);
    if (rows === undefined) {
      const holding = query.search === '' ? undefined : await searchRows(index, query.search, pause);
      if (holding !== undefined && !holding.ok) return failure(holding.problem);
      if (holding !== undefined && holding.value === undefined) return cancelled();
      const found: number[] = [];
      for (let i = 0; i < index.rows.length; i++) {
        if (holding?.value?.has(i) !== false && matches(index, i, query, pairs)) found.push(i);
        if (!(await pause())) return cancelled();
      }
      rows = sorted(index, found, query, pairs);
    }
    keep(queries, key, rows);
    const some = rows.slice(from, from + Math.min(count, EvaluationRows.most));
    const samples = await readRows(
      index,
      some.map((i) => index.rows[i]!),
    );
    if (!samples.ok) return failure(samples.problem);
    const others =
      beside &&
      (await readRows(
        beside,
        some.flatMap((i) => pairs?.get(i) ?? []),
      ));
    if (others !== undefined && !others.ok) return failure(others.problem);
    const byId = new Map(others?.value.map((sample) => [sample.id, sample]));
    const data = (await readEvaluation(results))?.data ?? path.dirname(results);
    return {
      stamp: index.stamp,
      total: rows.length,
      rows: samples.value.map((sample) => rowView(sample, { data, whole, other: byId.get(sample.id) })),
    };
  });

  connection.onRequest(CompareEvaluations.type, async (params, token) => {
    const refused = shapes.refusal(params, { ...named, other: shapes.path });
    if (refused !== undefined) return refused;
    const { path: results, other, task } = params;
    const first = await load(results, task);
    if (!first.ok) return failure(first.problem);
    const second = await load(other, task);
    if (!second.ok) return failure(second.problem);
    const [a, b] = await Promise.all([results, other].map(readEvaluation));
    const shots = [a?.conditions?.[task]?.shots, b?.conditions?.[task]?.shots] as const;
    if (token.isCancellationRequested) return cancelled();
    return (
      (await compare(
        first.value.index,
        second.value.index,
        shots,
        pace(slices, () => !token.isCancellationRequested),
      )) ?? cancelled()
    );
  });
}

function detail(index: SampleIndex): EvaluationDetail.Answer {
  const { rows, labels, stamp, unread, kind } = index;
  const value = valueName(index);
  const chosen = rows.filter(({ gold }) => gold >= 0);
  return {
    stamp,
    kind,
    rows: rows.length,
    right: rows.filter(({ right }) => right).length,
    unread,
    ...(value === undefined ? {} : { value }),
    labels,
    confusion: confusionMatrix(
      chosen.map(({ gold }) => gold),
      chosen.map(({ prediction }) => prediction),
      labels.length,
    ),
    ...(chosen.length === 0
      ? {}
      : {
          calibration: calibration(
            chosen.map(({ confidence }) => confidence),
            chosen.map(({ right }) => Number(right)),
          ),
        }),
    groups: rowGroups(index),
  };
}

/** What the rows' own value is, where they have one. */
function valueName({ kind, rows }: SampleIndex): RowValue | undefined {
  if (kind === 'text') return 'bits_per_byte';
  return rows.some(({ value }) => !Number.isNaN(value)) ? 'chrf' : undefined;
}

/** undefined where it is not wanted to the end. */
async function compare(
  first: SampleIndex,
  second: SampleIndex,
  shots: readonly [number | undefined, number | undefined],
  pause: Pause,
): Promise<CompareEvaluations.Answer | undefined> {
  const pairs = pairUp(first, second);
  if (pairs.size === 0) return { comparable: false, why: 'apart' };
  const counts = { both: 0, onlyThis: 0, onlyOther: 0, neither: 0 };
  for (const [i, other] of pairs) {
    const row = first.rows[i]!;
    if (row.prompt !== other.prompt) {
      const [here, there] = shots;
      return here !== undefined && there !== undefined && here !== there
        ? { comparable: false, why: 'shots', shots: [here, there] }
        : { comparable: false, why: 'prompts', id: row.id };
    }
    counts[outcomeBeside(first, row, other)]++;
  }
  const values = await compareValues(first, pairs, pause);
  if (values === 'stopped') return undefined;
  return {
    comparable: true,
    rows: pairs.size,
    here: first.rows.length,
    there: second.rows.length,
    ...counts,
    p: mcnemarExact(counts.onlyThis, counts.onlyOther),
    ...(values === undefined ? {} : { values }),
  };
}

type Values = Extract<CompareEvaluations.Answer, { readonly comparable: true }>['values'];

async function compareValues(first: SampleIndex, pairs: Pairs, pause: Pause): Promise<Values | 'stopped'> {
  const value = valueName(first);
  if (value === undefined) return undefined;
  const valued = [...pairs].map(([i, there]) => [first.rows[i]!, there] as const);
  const both = valued.filter(([a, b]) => !Number.isNaN(a.value - b.value));
  if (both.length === 0) return undefined;
  const [here, there] = [both.map(([row]) => row), both.map(([, row]) => row)];
  const mean = (rows: readonly RowFigures[], drawn?: Int32Array): number =>
    value === 'bits_per_byte' ? bitsPerByte(rows, drawn) : meanValue(rows, drawn);
  const values = { value, here: mean(here), there: mean(there) };
  if (both.length < 2) return values;
  const work = bootstrapSteps(both.length, 0, (drawn) => [mean(here, drawn) - mean(there, drawn)]);
  for (;;) {
    const step = work.next();
    if (step.done === true) return { ...values, interval: step.value[0]!.interval };
    if (!(await pause())) return 'stopped';
  }
}

/** Lets others in after each slice of work. */
function pace(slices: Slices, wanted: () => boolean): Pause {
  let until = performance.now() + slice;
  return async () => {
    if (performance.now() < until) return true;
    await slices.turn();
    until = performance.now() + slice;
    return wanted();
  };
}

/** Puts an entry last, and lets go the one that was used longest ago. */
function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > kept && oldest !== undefined) map.delete(oldest);
}
