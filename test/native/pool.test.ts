/** The addon's threads, built apart and interrupted at the worst places: every part of every piece of work runs once, and none waits for ever. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { findCompiler } from '../../engine/native/build.mjs';

const execute = promisify(execFile);
const compiler = await findCompiler();
const folder = mkdtempSync(path.join(os.tmpdir(), 'pool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(compiler === undefined)('the pool of threads (needs a C++ compiler)', () => {
  it('runs every part once, with as many threads as cores and with more', { timeout: 180_000 }, async () => {
    const program = path.join(folder, 'stress');
    const sources = path.resolve(import.meta.dirname, '../../engine/native/src');
    const stress = path.join(import.meta.dirname, 'poolStress.cpp');
    await execute(compiler!.command, ['-std=c++20', '-O2', '-pthread', `-I${sources}`, stress, '-o', program]);
    for (const threads of ['2', '6']) {
      const { stdout } = await execute(program, [threads, '50000']);
      expect(stdout, `${threads} threads`).toBe('0 parts did not run once\n');
    }
  });
});
