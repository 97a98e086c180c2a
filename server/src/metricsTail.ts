/**
 * Follows one metrics.jsonl: every row once and in order. The file alone says what the rows are; whoever knows that it
 * grew (the run's socket, a watcher, a clock) only rings. A resumed run cuts rows after its checkpoint off; that is
 * noticed, and told before the rows that took their place.
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { MetricRow } from './protocol.ts';

export interface MetricsChange {
  /** Steps after this one have been cut off. */
  readonly cutAfter?: number;
  readonly rows: readonly MetricRow[];
}

const newline = 0x0a;
const chunkBytes = 1 << 20;

export class MetricsTail {
  readonly #file: string;
  /** Bytes read as whole lines, and the inode they were read from. */
  #offset = 0;
  #inode = 0n;
  /** The last whole line: where it begins and what it says. It still stands there unless rows were cut. */
  #lastLine: { readonly at: number; readonly bytes: Buffer } | undefined;
  /** A fingerprint for each line told, to find where an old and a new file part. */
  #told: { readonly step: number; readonly print: number }[] = [];
  #reading: Promise<MetricsChange> | undefined;
  #again = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** Rows come since the last call. Calls at the same time share a reading that began after the later of them. */
  async read(): Promise<MetricsChange> {
    if (this.#reading !== undefined) {
      this.#again = true;
      return { rows: [] };
    }
    this.#reading = this.#readAll();
    try {
      return await this.#reading;
    } finally {
      this.#reading = undefined;
    }
  }

  async #readAll(): Promise<MetricsChange> {
    let cutAfter: number | undefined;
    const rows: MetricRow[] = [];
    do {
      this.#again = false;
      const change = await this.#readOnce();
      if (change.cutAfter !== undefined) {
        const cut = change.cutAfter;
        cutAfter = cutAfter === undefined ? cut : Math.min(cutAfter, cut);
        while (rows.length > 0 && rows.at(-1)!.step > cut) rows.pop();
      }
      for (const row of change.rows) rows.push(row);
    } while (this.#again as boolean);
    return { ...(cutAfter === undefined ? {} : { cutAfter }), rows };
  }

  async #readOnce(): Promise<MetricsChange> {
    let handle: FileHandle;
    try {
      handle = await open(this.#file, 'r');
    } catch {
      return this.#told.length === 0 ? { rows: [] } : this.#restart([]);
    }
    try {
      const { ino, size } = await handle.stat({ bigint: true });
      if (await this.#continues(handle, ino, Number(size))) {
        this.#inode = ino;
        const lines = await this.#wholeLines(handle);
        return { rows: this.#note(lines) };
      }
      this.#inode = ino;
      this.#offset = 0;
      this.#lastLine = undefined;
      return this.#restart(await this.#wholeLines(handle));
    } finally {
      await handle.close();
    }
  }

  /** Whether the file still begins with all that was read of it. */
  async #continues(handle: FileHandle, inode: bigint, size: number): Promise<boolean> {
    if (this.#lastLine === undefined) return true;
    if (inode !== this.#inode || size < this.#offset) return false;
    const { at, bytes } = this.#lastLine;
    const now = Buffer.alloc(bytes.length);
    const { bytesRead } = await handle.read(now, 0, now.length, at);
    return bytesRead === bytes.length && now.equals(bytes);
  }

  /** Lines that end, from the offset on; the offset moves behind them. A line being written waits for its end. */
  async #wholeLines(handle: FileHandle): Promise<Buffer[]> {
    const lines: Buffer[] = [];
    let rest = Buffer.alloc(0);
    let position = this.#offset;
    for (;;) {
      const chunk = Buffer.alloc(chunkBytes);
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      const data = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      let start = 0;
      for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, start)) {
        const line = data.subarray(start, end);
        this.#lastLine = { at: this.#offset, bytes: Buffer.from(data.subarray(start, end + 1)) };
        this.#offset += end + 1 - start;
        lines.push(Buffer.from(line));
        start = end + 1;
      }
      rest = data.subarray(start);
    }
    return lines;
  }

  #note(lines: readonly Buffer[]): MetricRow[] {
    const rows: MetricRow[] = [];
    for (const line of lines) {
      const row = parseRow(line);
      if (row === undefined) continue;
      rows.push(row);
      this.#told.push({ step: row.step, print: fingerprint(line) });
    }
    return rows;
  }

  /** The file was replaced: keeps what both have in common, and answers with the rest. */
  #restart(lines: readonly Buffer[]): MetricsChange {
    const before = this.#told;
    this.#told = [];
    const rows = this.#note(lines);
    let same = 0;
    while (same < before.length && before[same]!.print === this.#told[same]?.print) same++;
    const fresh = rows.slice(same);
    if (same === before.length) return { rows: fresh };
    return { cutAfter: same === 0 ? 0 : before[same - 1]!.step, rows: fresh };
  }
}

/** undefined for a line that is no row: half of one that a power cut left, closed by the next. */
function parseRow(line: Buffer): MetricRow | undefined {
  try {
    const row = JSON.parse(line.toString('utf8')) as MetricRow | null;
    return typeof row?.step === 'number' ? row : undefined;
  } catch {
    return undefined;
  }
}

/** FNV-1a over the bytes, 32 bits. */
function fingerprint(bytes: Buffer): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
