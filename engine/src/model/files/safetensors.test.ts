import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../base/problem.ts';
import { unwrap } from '../../base/problem.ts';
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from './safetensors.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'safetensors-'));
  file = path.join(folder, 'a.safetensors');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A file from a header as it should be written and the bytes behind it. */
async function craft(header: unknown, data: Uint8Array = new Uint8Array(), length?: bigint): Promise<void> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  await writeFile(file, Buffer.concat([prefix, json, data]));
}

async function problem(): Promise<Problem> {
  const result = await readSafetensors(file);
  if (result.ok) throw new Error('the file was read');
  return result.problem;
}

const tensor = (dtype: string, shape: number[], start: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

describe('writeSafetensors', () => {
  it('keeps every bit of float32', async () => {
    const data = new Float32Array([0, -0, 1.5, Number.NaN, Infinity, -Infinity, 1e-45, 3.4028234e38]);
    const source = { name: 'a.b', shape: [2, 4], load: () => data };
    await writeSafetensors(file, [source, { name: 'empty', shape: [0, 3], load: () => new Float32Array() }]);
    const tensors = unwrap(await readSafetensors(file));
    expect(tensors.get('a.b')?.shape).toEqual([2, 4]);
    expect(new Uint32Array(tensors.get('a.b')!.data.buffer)).toEqual(new Uint32Array(data.buffer));
    expect(tensors.get('empty')?.data.length).toBe(0);
    const raw = await readFile(file);
    expect((8 + Number(raw.readBigUInt64LE(0))) % 8).toBe(0);
    expect(unwrap(await readSafetensorsHeader(file)).metadata).toEqual({ format: 'pt' });
  });

  it('leaves the old file where a tensor cannot be loaded', async () => {
    await writeFile(file, 'old');
    const failing = { name: 'a', shape: [1], load: () => Promise.reject(new Error('gone')) };
    await expect(writeSafetensors(file, [failing])).rejects.toThrow('gone');
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.safetensors']);
  });
});

describe('readSafetensors', () => {
  it('widens float16', async () => {
    // Patterns and values of IEEE 754-2008, binary16.
    const words = new Uint16Array([
      0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x8001, 0x3555, 0x7c00, 0xfc00, 0x8000,
    ]);
    const values = [
      1,
      -2,
      65504,
      2 ** -14,
      1023 * 2 ** -24,
      2 ** -24,
      -(2 ** -24),
      0.333251953125,
      Infinity,
      -Infinity,
      -0,
    ];
    await craft({ x: tensor('F16', [11], 0, 22) }, new Uint8Array(words.buffer));
    expect([...unwrap(await readSafetensors(file)).get('x')!.data]).toEqual(values);
  });

  it('widens bfloat16', async () => {
    const words = new Uint16Array([0x3f80, 0xc000, 0x7f80, 0x0001, 0x4049]);
    await craft({ x: tensor('BF16', [5], 0, 10) }, new Uint8Array(words.buffer));
    expect([...unwrap(await readSafetensors(file)).get('x')!.data]).toEqual([1, -2, Infinity, 2 ** -133, 3.140625]);
  });

  it('names file, byte and tensor of what is wrong', async () => {
    await craft({ x: tensor('F32', [2], 0, 8), y: tensor('F32', [2], 4, 12) }, new Uint8Array(12));
    const found = await problem();
    expect(found.what).toBe('the tensor overlaps x');
    const headerEnd = 8 + Number((await readFile(file)).readBigUInt64LE(0));
    expect(found.where).toEqual({ file, byteOffset: headerEnd + 4, name: 'y' });
  });

  it.each([
    ['a truncated tensor', { x: tensor('F32', [4], 0, 16) }, 12, /ends inside the tensor/],
    ['a hole', { x: tensor('F32', [1], 4, 8) }, 8, /4 bytes before the tensor belong to none/],
    ['bytes behind', { x: tensor('F32', [1], 0, 4) }, 6, /2 bytes behind the last tensor/],
    ['a size that is not the shape', { x: tensor('F32', [3], 0, 8) }, 8, /takes 12 bytes, but data_offsets span 8/],
    ['offsets backwards', { x: tensor('F32', [1], 8, 4) }, 8, /takes 4 bytes/],
    ['an unknown type', { x: tensor('F33', [1], 0, 4) }, 4, /unknown type "F33"/],
    ['a type that cannot be widened', { x: tensor('I64', [1], 0, 8) }, 8, /stored as I64/],
    ['a negative size', { x: tensor('F32', [-1], 0, 4) }, 4, /not a list of sizes/],
    ['a size beyond all numbers', { x: tensor('F32', [2 ** 40, 2 ** 40], 0, 4) }, 4, /too large/],
    ['no offsets', { x: { dtype: 'F32', shape: [1] } }, 4, /not a pair/],
    ['no JSON', '{"x": ', 0, /not JSON/],
    ['a list', [], 0, /not a JSON object/],
  ])('refuses %s', async (_, header, bytes, what) => {
    await craft(header, new Uint8Array(bytes));
    expect((await problem()).what).toMatch(what);
  });

  it('refuses a header that is longer than the file or than any', async () => {
    await craft({}, new Uint8Array(), 1000n);
    expect((await problem()).what).toMatch(/ends inside its header/);
    await craft({}, new Uint8Array(), 2n ** 63n);
    expect((await problem()).what).toMatch(/no safetensors file/);
    await writeFile(file, 'short');
    expect((await problem()).what).toMatch(/too short/);
  });

  it('says that a file is missing', async () => {
    expect((await problem()).what).toMatch(/no such file/);
  });
});
