/** Writes a table of rows that has grown: the old rows as they stand, new ones behind them, a window at a time. */
import type { FileHandle } from 'node:fs/promises';
import { addBlend, type Blend, type ExpandInit, type NormFigures, randomRows, RowStatistics } from './newRows.ts';
import { writeAll } from './safetensors.ts';
import { narrow, type TableRows, widen } from './tableRows.ts';

export interface GrowthPlan {
  /** Rows of old pieces; the old table may have more, which only fill it up and become new pieces' rows. */
  readonly known: number;
  /** Rows of old and new pieces, and all rows of the new table. */
  readonly pieces: number;
  readonly size: number;
  readonly init: ExpandInit;
  /** By new piece: what its row is made of. Unused by `random`. */
  readonly blends: readonly Blend[];
  readonly seed: number;
  /** Standard deviation of random rows. */
  readonly deviation: number;
  /** Whose random numbers are drawn: a second copy of a table draws the same. */
  readonly stream: string;
}

/** Lengths of the old pieces' rows and of the new ones'. */
export interface TableFigures {
  readonly old: NormFigures;
  readonly new: NormFigures;
}

/** `onBytes` is told how many bytes were written, and throws to stop. */
export async function growTable(
  out: FileHandle,
  table: TableRows,
  plan: GrowthPlan,
  onBytes: (bytes: number) => void,
): Promise<TableFigures> {
  const [old, fresh] = [new RowStatistics(table.width), new RowStatistics(table.width)];
  const write = async (bytes: Uint8Array) => {
    await writeAll(out, bytes);
    onBytes(bytes.length);
  };
  for (let at = 0; at < plan.known; at += table.windowRows) {
    const bytes = await table.bytes(at, Math.min(table.windowRows, plan.known - at));
    old.add(widen(table.type, bytes));
    await write(bytes);
  }
  const { mean } = old;
  const random = randomRows(plan.seed, plan.stream);
  const newRow = async (row: Float64Array, at: number) => {
    if (plan.init === 'random') {
      for (let i = 0; i < row.length; i++) row[i] = plan.deviation * random.normal();
      return;
    }
    const blend = plan.blends[at - plan.known];
    if (blend === undefined || blend.ids.length === 0) row.set(mean);
    else await addBlend(row.fill(0), table, blend);
  };
  const row = new Float64Array(table.width);
  for (let at = plan.known; at < plan.pieces; at += table.windowRows) {
    const rows = Math.min(table.windowRows, plan.pieces - at);
    const values = new Float32Array(rows * table.width);
    for (let i = 0; i < rows; i++) {
      await newRow(row, at + i);
      values.set(row, i * table.width);
    }
    const bytes = narrow(table.type, values);
    fresh.add(widen(table.type, bytes));
    await write(bytes);
  }
  // Rows without a piece: those that were there stay, others are the mean, as likely as a piece is on average.
  for (let at = plan.pieces; at < plan.size; at++) {
    await write(at < table.rows ? await table.bytes(at, 1) : narrow(table.type, Float32Array.from(mean)));
  }
  return { old: old.figures, new: fresh.figures };
}
