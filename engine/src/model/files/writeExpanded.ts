/** Writes an expanded model's directory: config, tokenizer files and weights, with embedding and head grown. */
import { ok, ProblemError, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import type { Companions } from './companions.ts';
import { type ExpandSource, isTable } from './expandSource.ts';
import { growTable, type GrowthPlan, type TableFigures } from './growTable.ts';
import type { TensorEntry } from './safetensorsHeader.ts';
import { type Planned, streamModel } from './streamModel.ts';
import { rowType, TableRows } from './tableRows.ts';

export interface WrittenModel {
  /** Bytes of all tensors. */
  readonly weights: number;
  readonly tables: Readonly<Record<string, TableFigures>>;
}

type Plan = Omit<GrowthPlan, 'stream'>;

/** `streamOf` names the random numbers of a table. A full disk, or one that would be, is a problem before anything is written. */
export async function writeExpanded(
  out: string,
  source: ExpandSource,
  companions: Companions,
  plan: Plan,
  streamOf: (table: string) => string,
  work: Work,
): Promise<Result<WrittenModel>> {
  // base_vocab_size: which rows are new, for runs that train these alone.
  const config = { ...source.config.raw, vocab_size: plan.size, base_vocab_size: plan.known };
  const tables: Record<string, TableFigures> = {};
  const weights = await streamModel(
    out,
    {
      files: source.files,
      index: source.index,
      small: { ...companions.written, 'config.json': `${JSON.stringify(config, undefined, 2)}\n` },
      copied: companions.copied,
      planned: (entry) => planned(entry, plan),
      write: async ({ from, to, file, entry, onBytes }) => {
        if (!isTable(entry.name)) return false;
        const type = rowType(file, entry);
        if (!type.ok) throw new ProblemError(type.problem);
        const table = new TableRows(from, file, entry, type.value);
        tables[entry.name] = await growTable(to, table, { ...plan, stream: streamOf(entry.name) }, onBytes);
        return true;
      },
    },
    work,
  );
  return weights.ok ? ok({ weights: weights.value, tables }) : weights;
}

function planned(entry: TensorEntry, { size }: Plan): Planned {
  const bytes = entry.end - entry.start;
  if (!isTable(entry.name)) return { entry, shape: entry.shape, bytes };
  const [rows = 1, width = 0] = entry.shape;
  return { entry, shape: [size, width], bytes: (bytes / rows) * size };
}
