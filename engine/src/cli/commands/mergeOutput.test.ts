import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MergeReportFile, writeMerge } from './mergeOutput.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'merge-output-'));
});
afterAll(() => rm(folder, { recursive: true }));

const report = {} as MergeReportFile; // is only written
const files = [
  ['tokenizer_config.json', '{}'],
  ['tokenizer.model', Uint8Array.of(1)],
] as const;

describe('the files of a merge', () => {
  it('are written into a new directory, and into one that is there', async () => {
    const names = ['merge-report.json', 'tokenizer.model', 'tokenizer_config.json'];
    expect((await writeMerge(path.join(folder, 'a', 'b'), report, files)).ok).toBe(true);
    expect((await readdir(path.join(folder, 'a', 'b'))).sort()).toEqual(names);
    await mkdir(path.join(folder, 'c'));
    expect((await writeMerge(path.join(folder, 'c'), report, files)).ok).toBe(true);
    expect((await readdir(path.join(folder, 'c'))).sort()).toEqual(names);
  });

  it('are all there or none, so that a failed merge can be tried again', async () => {
    const there = path.join(folder, 'there');
    await mkdir(path.join(there, 'tokenizer.model', 'x'), { recursive: true }); // nothing can be renamed onto it
    await writeFile(path.join(there, 'mine.txt'), 'x');
    expect((await writeMerge(there, report, files)).ok).toBe(false);
    expect((await readdir(there)).sort()).toEqual(['mine.txt', 'tokenizer.model']);
    const fresh = path.join(folder, 'fresh');
    const twice = [...files, ['tokenizer.json/x' as 'tokenizer.json', '']] as const; // no such directory
    expect((await writeMerge(fresh, report, twice)).ok).toBe(false);
    expect((await readdir(folder)).filter((name) => name.includes('fresh'))).toEqual([]);
  });
});
