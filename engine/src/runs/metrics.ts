/**
 * metrics.jsonl, a line a step, and samples.jsonl, a line an answer: only ever added to, save when a run goes back to a
 * checkpoint.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { readFile } from 'node:fs/promises';
import type { MetricRow, RunSample } from '../protocol.ts';

export const metricsFile = (directory: string): string => path.join(directory, 'metrics.jsonl');

export const samplesFile = (directory: string): string => path.join(directory, 'samples.jsonl');

/** The rows so far, in order. A last line that is not whole (a power cut) is left out. */
export function readMetrics(directory: string): MetricRow[] {
  const file = metricsFile(directory);
  if (!existsSync(file)) return [];
  return parse(readFileSync(file, 'utf8')).map((line) => line.row as MetricRow);
}

/** The answers so far, in order; none where the run answers no prompts. */
export async function readSamples(directory: string): Promise<RunSample[]> {
  const text = await readFile(samplesFile(directory), 'utf8').catch(() => '');
  return parse(text).map((line) => line.row as RunSample);
}

function parse(text: string): { readonly text: string; readonly row: { readonly step: number } }[] {
  const lines = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      lines.push({ text: line, row: JSON.parse(line) as { readonly step: number } });
    } catch {
      break;
    }
  }
  return lines;
}

/** Cuts metrics.jsonl after a step; the tail goes to metrics.1.jsonl, or the next number that is free. */
export const truncateMetrics = (directory: string, step: number): Promise<void> => truncate(directory, 'metrics', step);

/** The same with samples.jsonl. */
export const truncateSamples = (directory: string, step: number): Promise<void> => truncate(directory, 'samples', step);

/** A kill in between leaves the file whole. */
async function truncate(directory: string, name: string, step: number): Promise<void> {
  const file = path.join(directory, `${name}.jsonl`);
  if (!existsSync(file)) return;
  const text = readFileSync(file, 'utf8');
  const lines = parse(text);
  const kept = lines.filter((line) => line.row.step <= step);
  const tail = lines.slice(kept.length);
  if (tail.length > 0) {
    let number = 1;
    while (existsSync(path.join(directory, `${name}.${number}.jsonl`))) number++;
    await writeFileAtomic(path.join(directory, `${name}.${number}.jsonl`), joined(tail));
  }
  const whole = joined(kept);
  if (whole !== text) await writeFileAtomic(file, whole);
}

const joined = (lines: readonly { readonly text: string }[]): string => lines.map((line) => `${line.text}\n`).join('');

/** Adds rows. A write that fails halfway (a full disk) leaves a torn last line, which readers pass over. */
export class MetricsWriter {
  readonly #directory: string;
  readonly #fd: number;
  /** Opened with the first answer. */
  #samples: number | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#fd = openSync(metricsFile(directory), 'a');
  }

  append(row: MetricRow): void {
    writeLine(this.#fd, row);
  }

  /** Before the row of their step, so that whoever sees the row finds them. */
  appendSamples(samples: readonly RunSample[]): void {
    if (samples.length === 0) return;
    this.#samples ??= openSync(samplesFile(this.#directory), 'a');
    for (const sample of samples) writeLine(this.#samples, sample);
  }

  /** Flushes to the disk: before a checkpoint that stands on these rows. */
  sync(): void {
    fsyncSync(this.#fd);
    if (this.#samples !== undefined) fsyncSync(this.#samples);
  }

  close(): void {
    closeSync(this.#fd);
    if (this.#samples !== undefined) closeSync(this.#samples);
  }
}

function writeLine(fd: number, value: MetricRow | RunSample): void {
  const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}
