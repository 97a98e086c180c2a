/**
 * The rows of a task's data file as they would be asked, for who looks at them before anything is scored: some at a time, told apart by
 * their right answers. A file is read once and kept while it does not change.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { type Result, bad, ok } from '../base/problem.ts';
import { readSplit } from './prepare.ts';
import type { Rows } from './rows.ts';
import { type Question, type Split, splits } from './task.ts';
import { tasksNamed } from './tasks.ts';

/** Plain data. */
export interface TaskRowsRequest {
  /** A name or the path of a task file. */
  readonly task: string;
  /** The directory that the task's files are named from. */
  readonly data: string;
  /** As results name it; absent: the one that would be asked. */
  readonly split?: string;
  /** Rows of this right answer alone. */
  readonly gold?: number;
  readonly from: number;
  readonly count: number;
}

export interface TaskRow {
  /** Its number in the file, from 0. */
  readonly id: number;
  readonly context: string;
  /** The right answer, or the text itself where texts are scored: the context is empty then. */
  readonly wanted: string;
  /** From 1. */
  readonly line: number;
}

export interface TaskRowsAnswer {
  /** Absolute. */
  readonly file: string;
  readonly split: string;
  /** Rows of the file. */
  readonly available: number;
  /** Rows by their right answer, where there are candidates to choose from: their text, or `1`, `2` … where rows differ in it. */
  readonly groups: readonly { readonly label: string; readonly gold: number; readonly rows: number }[];
  /** Rows of `gold`. */
  readonly total: number;
  readonly rows: readonly TaskRow[];
}

interface Kept {
  readonly stamp: string;
  readonly split: Split;
  readonly rows: Rows;
  readonly groups: TaskRowsAnswer['groups'];
}

/** Files that are kept. */
const most = 4;

export class TaskRowsReader {
  readonly #kept = new Map<string, Kept>();

  async read({ task: name, data, split, gold, from, count }: TaskRowsRequest): Promise<Result<TaskRowsAnswer>> {
    const named = tasksNamed([name], data);
    if (!named.ok) return named;
    const task = named.value[0]!;
    const wanted = split === undefined ? undefined : splits.find((one) => one === split);
    if (split !== undefined && wanted === undefined) return bad(`there is no split '${split}'`);
    const key = JSON.stringify([task.name, task.definitionHash, path.resolve(data), split]);
    const known = this.#kept.get(key);
    const fileOf = (of: Split) => path.resolve(data, task.files[of]!);
    // Of all its files, for which one would be asked goes by which are there; before reading, so that none that changes meanwhile is kept.
    const stamp = splits.map((one) => (task.files[one] === undefined ? '' : stampOf(fileOf(one)))).join('|');
    let kept = known?.stamp === stamp ? known : undefined;
    if (kept === undefined) {
      const read = await readSplit(task, data, wanted);
      if (!read.ok) return read;
      const groups = task.outputType === 'multiple_choice' ? groupsOf(read.value.questions) : [];
      kept = { stamp, split: read.value.split, rows: read.value, groups };
    }
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > most && oldest !== undefined) this.#kept.delete(oldest);
    const { questions, lines } = kept.rows;
    const ids = questions.flatMap((question, i) => (gold === undefined || question.gold === gold ? [i] : []));
    return ok({
      file: fileOf(kept.split),
      split: kept.split,
      available: questions.length,
      groups: kept.groups,
      total: ids.length,
      rows: ids.slice(from, from + count).map((id) => {
        const { context, candidates, gold: right } = questions[id]!;
        return { id, context, wanted: candidates[right]!, line: lines[id]! };
      }),
    });
  }
}

/** Empty where the file is not there. */
function stampOf(file: string): string {
  const { mtimeMs, size } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return size === undefined ? '' : `${mtimeMs} ${size}`;
}

function groupsOf(questions: readonly Question[]): TaskRowsAnswer['groups'] {
  const first = questions[0]!.candidates;
  const same = questions.every(
    ({ candidates }) => candidates.length === first.length && candidates.every((text, i) => text === first[i]),
  );
  const counts: number[] = [];
  for (const { gold } of questions) counts[gold] = (counts[gold] ?? 0) + 1;
  return Array.from({ length: counts.length }, (_, gold) => ({
    ...{ label: same ? first[gold]! : String(gold + 1), gold },
    rows: counts[gold] ?? 0,
  })).filter(({ rows }) => rows > 0);
}
