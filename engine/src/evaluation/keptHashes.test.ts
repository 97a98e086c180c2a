/** A known hash is taken only for the very file it is of. */
import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { KeptHashes } from './keptHashes.ts';
import { modelHashes } from './provenance.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kept-hashes-'));
afterAll(() => rmSync(folder, { recursive: true }));

let place: string;
let file: string;
beforeEach(() => {
  place = mkdtempSync(path.join(folder, 'p-'));
  file = path.join(place, 'model.safetensors');
  writeFileSync(file, Buffer.alloc(1 << 20, 1));
});
const later = () => Date.now() + 60_000;
/** The hash as it is told after one was computed, and whether it was computed again. */
async function ask(now: () => number = later): Promise<readonly [string, boolean]> {
  const kept = await KeptHashes.open(path.join(place, 'cache'), now);
  let computed = false;
  const sha256 = await kept.of(file, () => {
    computed = true;
    return Promise.resolve('ab'.repeat(32));
  });
  await kept.save();
  return [sha256, computed];
}

describe('kept hashes', () => {
  it('are computed once for a file that stays as it is', async () => {
    expect(await ask()).toEqual(['ab'.repeat(32), true]);
    expect(await ask()).toEqual(['ab'.repeat(32), false]);
  });

  it('are not taken for other bytes of the same size and time of modification, written in place or moved there', async () => {
    await ask();
    const { atime, mtime } = statSync(file);
    writeFileSync(file, Buffer.alloc(1 << 20, 2));
    utimesSync(file, atime, mtime);
    expect((await ask())[1]).toBe(true);
    expect((await ask())[1]).toBe(false);
    const other = path.join(place, 'other');
    writeFileSync(other, Buffer.alloc(1 << 20, 3));
    utimesSync(other, atime, mtime);
    renameSync(other, file);
    expect((await ask())[1]).toBe(true);
  });

  it('are not kept of a file that changed just now, nor of a small one', async () => {
    await ask(Date.now);
    expect((await ask())[1]).toBe(true);
    writeFileSync(file, 'small');
    await ask();
    expect((await ask())[1]).toBe(true);
  });

  it('are computed where what is kept is broken or cannot be written', async () => {
    writeFileSync(path.join(place, 'cache'), 'a file where a directory should be');
    await ask();
    expect((await ask())[1]).toBe(true);
    rmSync(path.join(place, 'cache'));
    await ask();
    writeFileSync(path.join(place, 'cache/file-hashes.json'), '{"version":1,"files":{"a":null');
    expect((await ask())[1]).toBe(true);
  });

  it('of two evaluations at once are both kept', async () => {
    const cache = path.join(place, 'cache');
    const other = path.join(place, 'other');
    writeFileSync(other, Buffer.alloc(1 << 20, 2));
    const [one, two] = [await KeptHashes.open(cache, later), await KeptHashes.open(cache, later)];
    await one.of(file, () => Promise.resolve('ab'.repeat(32)));
    await two.of(other, () => Promise.resolve('cd'.repeat(32)));
    await one.save();
    await two.save();
    const both = await KeptHashes.open(cache, later);
    const never = () => Promise.reject(new Error('it is known'));
    expect([await both.of(file, never), await both.of(other, never)]).toEqual(['ab'.repeat(32), 'cd'.repeat(32)]);
  });

  it('are those of the files', async () => {
    const kept = await KeptHashes.open(path.join(place, 'cache'), later);
    const first = await modelHashes(place, undefined, kept);
    expect(await modelHashes(place, undefined, await KeptHashes.open(path.join(place, 'cache'), later))).toEqual(first);
    expect(first).toEqual(await modelHashes(place));
  });
});
