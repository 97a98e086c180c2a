/**
 * The header of a safetensors file (https://github.com/huggingface/safetensors, "Format"): eight bytes with its length, then
 * JSON that names each tensor with type, shape and place. Read from anyone's disk, so nothing in it is taken on trust.
 */
import { bad, ok, type Result } from '../../base/problem.ts';

/** Bytes per element of the types the format knows; types of less than a byte are left out. */
const typeSizes: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

export interface TensorEntry {
  readonly name: string;
  /** As the file writes it: `F32`, `BF16`, … */
  readonly type: string;
  readonly shape: readonly number[];
  readonly elements: number;
  /** [start, end) in bytes from the start of the file. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their places. */
  readonly tensors: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The reference implementation's own limit. */
const maxHeaderBytes = 100_000_000;

const damaged = 'Download or copy the file again.';

/** The header's length from the first eight bytes, checked against the file's size. */
export function headerLength(prefix: DataView, fileSize: number, file: string): Result<number> {
  if (prefix.byteLength < 8)
    return bad('the file is too short to be a safetensors file', { file, byteOffset: prefix.byteLength }, damaged);
  const length = prefix.getBigUint64(0, true);
  if (length > maxHeaderBytes)
    return bad(
      `this is no safetensors file: its header would have ${length.toString()} bytes`,
      { file, byteOffset: 0 },
      damaged,
    );
  if (8 + Number(length) > fileSize)
    return bad(
      `the file ends inside its header, which has ${length.toString()} bytes`,
      { file, byteOffset: fileSize },
      damaged,
    );
  return ok(Number(length));
}

/** Checks the header's JSON: every tensor's size fits its shape, and together they fill the rest of the file, each byte once. */
export function parseHeader(bytes: Uint8Array, fileSize: number, file: string): Result<SafetensorsHeader> {
  const at = (byteOffset: number, name?: string) => ({ file, byteOffset, ...(name === undefined ? {} : { name }) });
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return bad('the header is not JSON', at(8), damaged);
  }
  if (!isRecord(json)) return bad('the header is not a JSON object', at(8), damaged);
  const dataStart = 8 + bytes.length;
  const tensors: TensorEntry[] = [];
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') {
      if (isRecord(value)) for (const [k, v] of Object.entries(value)) if (typeof v === 'string') metadata[k] = v;
      continue;
    }
    const entry = parseEntry(name, value, dataStart);
    if (typeof entry === 'string') return bad(entry, at(8, name), damaged);
    tensors.push(entry);
  }
  tensors.sort((a, b) => a.start - b.start || a.end - b.end);
  let end = dataStart;
  let before: TensorEntry | undefined;
  for (const entry of tensors) {
    if (entry.start < end)
      return bad(`the tensor overlaps ${before?.name ?? 'the header'}`, at(entry.start, entry.name), damaged);
    if (entry.start > end)
      return bad(`${entry.start - end} bytes before the tensor belong to none`, at(end, entry.name), damaged);
    if (entry.end > fileSize)
      return bad(
        `the file ends inside the tensor, which reaches to byte ${entry.end}`,
        at(fileSize, entry.name),
        damaged,
      );
    end = entry.end;
    before = entry;
  }
  if (end !== fileSize) return bad(`${fileSize - end} bytes behind the last tensor belong to none`, at(end), damaged);
  return ok({ tensors, metadata });
}

/** A file's beginning, length and header, for tensors that follow in the order given. Two of one name are a bug. */
export function headerBytes(
  tensors: readonly {
    readonly name: string;
    readonly type: string;
    readonly shape: readonly number[];
    readonly bytes: number;
  }[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let end = 0;
  const entries: Record<string, unknown> = { __metadata__: metadata };
  for (const { name, type, shape, bytes } of tensors) {
    if (Object.hasOwn(entries, name)) throw new Error(`two tensors are called ${name}`);
    const start = end;
    end += bytes;
    entries[name] = { dtype: type, shape, data_offsets: [start, end] };
  }
  const json = Buffer.from(JSON.stringify(entries), 'utf8');
  const length = Math.ceil(json.length / 8) * 8;
  const head = Buffer.alloc(8 + length, ' ');
  head.writeBigUInt64LE(BigInt(length), 0);
  json.copy(head, 8);
  return head;
}

/** An entry, or what is wrong with it. */
function parseEntry(name: string, value: unknown, dataStart: number): TensorEntry | string {
  if (!isRecord(value)) return 'the tensor has no description';
  const { dtype: type, shape, data_offsets: offsets } = value;
  const size = typeof type === 'string' ? typeSizes[type] : undefined;
  if (typeof type !== 'string' || size === undefined) return `the tensor has the unknown type ${JSON.stringify(type)}`;
  if (!Array.isArray(shape) || !shape.every(isCount)) return 'the shape is not a list of sizes';
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return 'data_offsets is not a pair of offsets';
  const elements = shape.reduce((product, dim) => product * dim, 1);
  const [start, end] = offsets as [number, number];
  if (!Number.isSafeInteger(elements * size)) return `the shape [${shape.join(', ')}] is too large`;
  if (end - start !== elements * size)
    return `${type} [${shape.join(', ')}] takes ${elements * size} bytes, but data_offsets span ${end - start}`;
  return { name, type, shape, elements, start: dataStart + start, end: dataStart + end };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
