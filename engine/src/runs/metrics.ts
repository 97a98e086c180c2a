/** metrics.jsonl: a line a step, only ever added to, save when a run goes back to a checkpoint. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import type { MetricRow } from '../protocol.ts';

export const metricsFile = (directory: string): string => path.join(directory, 'metrics.jsonl');

/** The rows so far, in order. A last line that is not whole (a power cut) is left out. */
export function readMetrics(directory: string): MetricRow[] {
  const file = metricsFile(directory);
  if (!existsSync(file)) return [];
  return parse(readFileSync(file, 'utf8')).map((line) => line.row);
}

function parse(text: string): { readonly text: string; readonly row: MetricRow }[] {
  const lines = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      lines.push({ text: line, row: JSON.parse(line) as MetricRow });
    } catch {
      break;
    }
  }
  return lines;
}

/**
 * Cuts metrics.jsonl after a step; the tail goes to metrics.1.jsonl, or the next number that is free.
 * A kill in between leaves metrics.jsonl whole.
 */
export async function truncateMetrics(directory: string, step: number): Promise<void> {
  const file = metricsFile(directory);
  if (!existsSync(file)) return;
  const text = readFileSync(file, 'utf8');
  const lines = parse(text);
  const kept = lines.filter((line) => line.row.step <= step);
  const tail = lines.slice(kept.length);
  if (tail.length > 0) {
    let number = 1;
    while (existsSync(path.join(directory, `metrics.${number}.jsonl`))) number++;
    await writeFileAtomic(path.join(directory, `metrics.${number}.jsonl`), joined(tail));
  }
  const whole = joined(kept);
  if (whole !== text) await writeFileAtomic(file, whole);
}

const joined = (lines: readonly { readonly text: string }[]): string => lines.map((line) => `${line.text}\n`).join('');

/** Adds rows. A write that fails halfway (a full disk) leaves a torn last line, which readers pass over. */
export class MetricsWriter {
  readonly #fd: number;

  constructor(directory: string) {
    this.#fd = openSync(metricsFile(directory), 'a');
  }

  append(row: MetricRow): void {
    const bytes = Buffer.from(`${JSON.stringify(row)}\n`);
    for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done);
  }

  /** Flushes to the disk: before a checkpoint that stands on these rows. */
  sync(): void {
    fsyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
