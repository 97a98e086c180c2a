import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeDirectories } from './directories.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'directories-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('makes a directory with its parents, again and through links', () => {
  const deep = path.join(folder, 'a', '나', 'c');
  makeDirectories(`${deep}${path.sep}`);
  makeDirectories(deep);
  symlinkSync(path.join(folder, 'a'), path.join(folder, 'link'));
  makeDirectories(path.join(folder, 'link', 'd'));
  expect([deep, path.join(folder, 'a', 'd')].map((d) => statSync(d).isDirectory())).toEqual([true, true]);
});

it('throws where a file stands, or a link to nothing', () => {
  writeFileSync(path.join(folder, 'file'), '');
  symlinkSync(path.join(folder, 'none'), path.join(folder, 'dangling'));
  expect(() => makeDirectories(path.join(folder, 'file'))).toThrow(/EEXIST/);
  expect(() => makeDirectories(path.join(folder, 'file', 'b'))).toThrow(/ENOTDIR/);
  expect(() => makeDirectories(path.join(folder, 'dangling'))).toThrow(/EEXIST/);
});

it.skipIf(!existsSync('/proc/self'))('returns where no directory can be made', () => {
  expect(() => makeDirectories('/proc/none/a')).toThrow(/ENOENT/);
});
