/**
 * Merges a PEFT adapter into its base: W + scale · B · A for each layer that has one, and embedding or head as they were trained
 * beside it. Products are summed in double precision and rounded to the base's number format.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ok, ProblemError, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { adapterNames } from '../lora.ts';
import { type Adapter, readAdapter } from './adapterDirectory.ts';
import { clearLeftovers } from './leftovers.ts';
import { openModelDirectory } from './modelDirectory.ts';
import { embeddingName, headName } from './parameters.ts';
import { readSafetensorsHeader, writeAll } from './safetensors.ts';
import { readIndex } from './shards.ts';
import { streamModel, type TensorStream } from './streamModel.ts';
import { narrow, rowType, TableRows, widen } from './tableRows.ts';
import { refuseExisting } from './writeModel.ts';

export interface MergeOptions {
  readonly model: string;
  readonly adapter: string;
  readonly out: string;
}

export interface MergedAdapter {
  readonly out: string;
  /** Layers that had an adapter, and tables that were trained beside them. */
  readonly layers: number;
  readonly tables: readonly string[];
  readonly rank: number;
  /** Bytes of the weights, and the number of files they are in. */
  readonly bytes: number;
  readonly shards: number;
  /** Number formats of the tensors that changed: what is not float32 rounds the sums. */
  readonly types: readonly string[];
}

/** Files that hold the weights, or speak of another model. */
const left = /\.(safetensors|bin|pt|pth|gguf|h5|msgpack|onnx|index\.json)$|^(adapter_config\.json|README\.md)$/;
/** Tokenizer files: the adapter's go before the base's, which a longer vocabulary may have outgrown. */
const tokenizerFile = /^(tokenizer.*|special_tokens_map\.json|added_tokens\.json|chat_template\..*)$/;

/** Writes the merged model to `out`, which must not exist: config, tokenizer and weights together or not at all. */
export async function mergeAdapter(options: MergeOptions, work: Work = {}): Promise<Result<MergedAdapter>> {
  const { model, out } = options;
  const free = await refuseExisting(out);
  if (!free.ok) return free;
  const opened = await openModelDirectory(model);
  if (!opened.ok) return opened;
  const { config, parameters } = opened.value;
  work.onProgress?.({ message: 'reading the adapter' });
  const adapter = await readAdapter(options.adapter, config, work);
  if (!adapter.ok) return adapter;
  const files = [];
  for (const file of [...new Set(parameters.map((parameter) => parameter.file))].sort()) {
    const header = await readSafetensorsHeader(file);
    if (!header.ok) return header;
    files.push({ path: file, header: header.value });
  }
  const index = await readIndex(
    model,
    files.map((file) => file.path),
  );
  if (!index.ok) return index;
  const merging = new Merging(adapter.value, config.tiedHead);
  await clearLeftovers(out);
  const written = await streamModel(
    out,
    {
      files,
      index: index.value,
      small: {},
      copied: await companions(model, options.adapter),
      planned: (entry) => ({ entry, shape: entry.shape, bytes: entry.end - entry.start }),
      write: (tensor) => merging.write(tensor),
    },
    work,
  );
  if (!written.ok) return written;
  const { lora, factors, tables } = adapter.value;
  return ok({
    out,
    layers: factors.length / 2,
    tables: tables.map(({ name }) => name),
    rank: lora.rank,
    bytes: written.value,
    shards: files.length,
    types: [...merging.types].sort(),
  });
}

async function companions(model: string, adapter: string) {
  const copied = new Map<string, { name: string; path: string; bytes: number }>();
  for (const [directory, isWanted] of [
    [model, (name: string) => !left.test(name)],
    [adapter, (name: string) => tokenizerFile.test(name)],
  ] as const) {
    for (const name of await readdir(directory)) {
      const file = path.join(directory, name);
      const found = await stat(file).catch(() => undefined);
      if (found?.isFile() === true && !name.startsWith('.') && isWanted(name))
        copied.set(name, { name, path: file, bytes: found.size });
    }
  }
  return [...copied.values()];
}

class Merging {
  readonly types = new Set<string>();
  readonly #scale: number;
  readonly #tensors: ReadonlyMap<string, Float32Array>;
  readonly #tiedHead: boolean;

  constructor({ lora, factors, tables }: Adapter, tiedHead: boolean) {
    this.#scale = lora.alpha / lora.rank;
    this.#tensors = new Map([...factors, ...tables].map(({ name, data }) => [name, data]));
    this.#tiedHead = tiedHead;
  }

  /** Writes a tensor that the adapter changes. */
  async write(tensor: TensorStream): Promise<boolean> {
    const { name } = tensor.entry;
    // A tied model may hold a second copy of its embedding as its head.
    const whole = this.#tensors.get(this.#tiedHead && name === headName ? embeddingName : name);
    const layer = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name);
    const names = layer === null ? undefined : adapterNames(Number(layer[1]), layer[2]!);
    const [a, b] = names === undefined ? [] : [this.#tensors.get(names.a), this.#tensors.get(names.b)];
    if (whole === undefined && (a === undefined || b === undefined)) return false;
    const { file, entry, from, to, onBytes } = tensor;
    const type = rowType(file, entry);
    if (!type.ok) throw new ProblemError({ ...type.problem, what: type.problem.what.replace('expanded', 'merged') });
    this.types.add(type.value);
    const table = new TableRows(from, file, entry, type.value);
    // Small windows: a large product takes seconds, and a stop shall be noticed.
    const step = whole === undefined ? Math.max(1, Math.min(64, table.windowRows)) : table.windowRows;
    for (let at = 0; at < table.rows; at += step) {
      const rows = Math.min(step, table.rows - at);
      const values =
        whole === undefined
          ? merged(widen(table.type, await table.bytes(at, rows)), at, table.width, a!, b!, this.#scale)
          : whole.slice(at * table.width, (at + rows) * table.width);
      const bytes = narrow(table.type, values);
      await writeAll(to, bytes);
      onBytes(bytes.length);
    }
    return true;
  }
}

/** Rows of W from `first` on, with their part of scale · B · A added. a: [rank, width], b: [outputs, rank]. */
function merged(
  w: Float32Array,
  first: number,
  width: number,
  a: Float32Array,
  b: Float32Array,
  scale: number,
): Float32Array {
  const rank = a.length / width;
  const sum = new Float64Array(width);
  for (let at = 0; at < w.length; at += width) {
    sum.fill(0);
    const row = first + at / width;
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[row * rank + r]!;
      const from = r * width;
      for (let i = 0; i < width; i++) sum[i]! += factor * a[from + i]!;
    }
    for (let i = 0; i < width; i++) w[at + i]! += sum[i]!;
  }
  return w;
}
