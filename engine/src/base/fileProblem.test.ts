import { closeSync, mkdtempSync, openSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endlessInput } from './fileProblem.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'file-problem-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const said = (file: string) => endlessInput(statSync(file), file)?.what;

describe.skipIf(process.platform === 'win32')('what need not end', () => {
  it('is a device, by its own name or another', () => {
    const link = path.join(folder, 'zero');
    symlinkSync('/dev/zero', link);
    expect([said('/dev/zero'), said(link)]).toEqual(Array(2).fill('this is a device, and no file'));
  });

  it('is no file, no link to one, and not the empty device, whatever it is called', () => {
    const [file, link, empty] = ['file.txt', 'link.txt', 'empty'].map((name) => path.join(folder, name));
    writeFileSync(file!, 'text');
    symlinkSync(file!, link!);
    symlinkSync('/dev/null', empty!);
    // As standard input is where a scheduler runs a command.
    const input = openSync('/dev/null', 'r');
    try {
      expect([file!, link!, '/dev/null', empty!, `/dev/fd/${input}`].map(said)).toEqual(Array(5).fill(undefined));
    } finally {
      closeSync(input);
    }
  });
});
