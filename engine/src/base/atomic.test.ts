import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomic, writeDirectoryAtomic, writeFileAtomic } from './atomic.ts';
import { fileProblem } from './fileProblem.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'atomic-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('replaces a file and leaves nothing else', async () => {
    const file = path.join(folder, 'a.txt');
    await writeFile(file, 'old');
    await writeFileAtomic(file, 'new');
    expect(await readFile(file, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it('keeps the old file where the writer fails', async () => {
    const file = path.join(folder, 'a.txt');
    await writeFile(file, 'old');
    const failing = writeAtomic(file, async (handle) => {
      await handle.write('half');
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });
});

describe('writeDirectoryAtomic', () => {
  it('makes the directory with its parents', async () => {
    const target = path.join(folder, 'x/y');
    await writeDirectoryAtomic(target, async (at) => {
      await mkdir(path.join(at, 'inner'));
      await writeFile(path.join(at, 'inner/f'), '1');
      expect(existsSync(target)).toBe(false);
    });
    expect(await readFile(path.join(target, 'inner/f'), 'utf8')).toBe('1');
  });

  it('leaves nothing where the builder fails', async () => {
    const failing = writeDirectoryAtomic(path.join(folder, 'z'), async (at) => {
      await writeFile(path.join(at, 'f'), '1');
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not touch a directory that holds something', async () => {
    const target = path.join(folder, 'z');
    await mkdir(target);
    await writeFile(path.join(target, 'mine'), '1');
    const error: unknown = await writeDirectoryAtomic(target, (at) => writeFile(path.join(at, 'f'), '1')).catch(
      (e: unknown) => e,
    );
    const result = fileProblem(error, target);
    expect(result.ok ? '' : result.problem.what).toMatch(/exists already/);
    expect(await readdir(target)).toEqual(['mine']);
    expect(await readdir(folder)).toEqual(['z']);
  });
});
