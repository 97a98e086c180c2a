/** A run's metrics in other programs' forms: CSV, or an event file for TensorBoard. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { makeDirectories } from '../base/directories.ts';
import { fileProblem, isFileError } from '../base/fileProblem.ts';
import { type Result, bad, ok } from '../base/problem.ts';
import { readRecord } from './directory.ts';
import { metricsCsv } from './metricColumns.ts';
import { readMetrics, readSamples } from './metrics.ts';
import { tensorBoardEvents } from './tensorBoard.ts';

export const exportFormats = ['csv', 'tensorboard'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportRequest {
  /** The run's. */
  readonly directory: string;
  readonly format: ExportFormat;
  /** csv: a file. tensorboard: a directory, which gets an event file named after the run; made where it is not there. */
  readonly out: string;
  /** A file that is there is written anew. */
  readonly force: boolean;
}

export interface ExportedMetrics {
  readonly file: string;
  readonly rows: number;
}

export async function exportMetrics({
  directory,
  format,
  out,
  force,
}: ExportRequest): Promise<Result<ExportedMetrics>> {
  const table = readTable(directory);
  if (!table.ok) return table;
  const { rows, startedAt } = table.value;
  const name = `events.out.tfevents.${Math.floor(startedAt / 1000)}.${path.basename(path.resolve(directory))}`;
  const file = format === 'csv' ? out : path.join(out, name);
  if (existsSync(file) && !force)
    return bad('this file exists already', { file }, 'Name another one, or write --force to replace it.');
  try {
    if (format === 'csv') await writeFileAtomic(file, metricsCsv(rows));
    else {
      makeDirectories(out);
      await writeFileAtomic(file, tensorBoardEvents(rows, await readSamples(directory), startedAt));
    }
  } catch (error) {
    if (isFileError(error)) return fileProblem(error, file);
    throw error;
  }
  return ok({ file, rows: rows.length });
}

/** The rows of a run that has some; a problem where there is no run or it has taken no step. */
export function readTable(
  directory: string,
): Result<{ readonly rows: ReturnType<typeof readMetrics>; readonly startedAt: number }> {
  const record = readRecord(directory);
  if (record === undefined) return bad('there is no run here', { file: directory }, 'Name the output of a run.');
  const rows = readMetrics(directory);
  if (rows.length === 0) return bad('this run has taken no step yet', { file: directory }, 'Wait for its first step.');
  return ok({ rows, startedAt: record.startedAt });
}
