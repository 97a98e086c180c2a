import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLock, tryLock, waitForLock } from './lock.ts';
import { isAlive, thisProcess } from './process.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'lock-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const dead = { pid: 2 ** 22 - 1, pidStart: '1', bootId: thisProcess().bootId };

describe('isAlive', () => {
  it('knows this process, and not one that bears its number from another time', () => {
    const me = thisProcess();
    expect(isAlive(me)).toBe(true);
    expect(isAlive(dead)).toBe(false);
    if (process.platform === 'linux') {
      expect(isAlive({ ...me, pidStart: '1' })).toBe(false);
      expect(isAlive({ ...me, bootId: 'another boot' })).toBe(false);
    }
  });
});

describe('the lock', () => {
  it('goes to one, names its holder to the other, and is free after', () => {
    const first = tryLock(folder, 'a');
    expect(isLock(first)).toBe(true);
    expect(tryLock(folder, 'b')).toMatchObject({ pid: process.pid, what: 'a' });
    if (isLock(first)) first.release();
    expect(isLock(tryLock(folder, 'b'))).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('passes over the tickets of dead processes, and over broken ones', () => {
    writeFileSync(path.join(folder, '000000000001-0123456789abcdef'), JSON.stringify({ ...dead, what: 'gone' }));
    writeFileSync(path.join(folder, '000000000002-0123456789abcdef'), '{');
    expect(isLock(tryLock(folder, 'b'))).toBe(true);
  });

  it('is waited for in order, and a waiting one can be stopped', async () => {
    const first = await waitForLock(folder, 'a');
    const order: string[] = [];
    const waits: string[] = [];
    const stop = new AbortController();
    const queue = ['b', 'c', 'd'].map((what) =>
      waitForLock(folder, what, {
        pollMs: 5,
        onWait: (holder) => waits.push(`${what} waits for ${holder.what}`),
        ...(what === 'c' ? { signal: stop.signal } : {}),
      }).then((lock) => {
        order.push(what);
        lock.release();
      }),
    );
    stop.abort(new Error('stopped'));
    await expect(queue[1]).rejects.toThrow('stopped');
    first.release();
    await Promise.all([queue[0], queue[2]]);
    expect(order).toEqual(['b', 'd']);
    expect(waits.slice(0, 3)).toEqual(['b waits for a', 'c waits for a', 'd waits for a']);
  });

  it('is never held by two of many processes', async () => {
    const worker = path.join(folder, 'worker.mjs');
    const journal = path.join(folder, 'journal');
    const locks = path.join(folder, 'locks');
    writeFileSync(journal, '');
    writeFileSync(
      worker,
      `import { appendFileSync } from 'node:fs';
       import { waitForLock } from ${JSON.stringify(path.join(import.meta.dirname, 'lock.ts'))};
       for (let i = 0; i < 15; i++) {
         const lock = await waitForLock(${JSON.stringify(locks)}, 'w', { pollMs: 1 });
         appendFileSync(${JSON.stringify(journal)}, process.pid + ' in\\n');
         await new Promise((r) => setTimeout(r, Math.random() * 3));
         appendFileSync(${JSON.stringify(journal)}, process.pid + ' out\\n');
         lock.release();
       }`,
    );
    const esbuild = await import('esbuild');
    const bundle = path.join(folder, 'bundle.mjs');
    await esbuild.build({ entryPoints: [worker], bundle: true, platform: 'node', format: 'esm', outfile: bundle });
    await Promise.all(Array.from({ length: 4 }, () => new Promise((done) => fork(bundle).on('exit', done))));
    const lines = readFileSync(journal, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(4 * 15 * 2);
    for (let i = 0; i < lines.length; i += 2) {
      expect(lines[i]).toMatch(/ in$/);
      expect(lines[i + 1]).toBe(lines[i]!.replace('in', 'out'));
    }
  });
});
