import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MetricsTail } from './metricsTail.ts';
import type { MetricsChange } from './metricsTail.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tail-'));
  file = path.join(folder, 'metrics.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** `lap` stands for what differs when a step is done again, such as its time. */
const line = (step: number, lap = 0): string =>
  `${JSON.stringify({ step, loss: 1 / step, elapsed: step + lap / 8 })}\n`;
const lines = (from: number, to: number, lap = 0): string =>
  Array.from({ length: to - from + 1 }, (_, i) => line(from + i, lap)).join('');
const told = ({ cutAfter, rows }: MetricsChange) => [cutAfter, rows.map((row) => row.step)];

describe('MetricsTail', () => {
  it('tells each row once, and a line only when it is whole', async () => {
    const tail = new MetricsTail(file);
    expect(told(await tail.read())).toEqual([undefined, []]);
    writeFileSync(file, lines(1, 3) + line(4).slice(0, 9));
    expect(told(await tail.read())).toEqual([undefined, [1, 2, 3]]);
    appendFileSync(file, line(4).slice(9) + line(5));
    expect(told(await tail.read())).toEqual([undefined, [4, 5]]);
    expect(told(await tail.read())).toEqual([undefined, []]);
  });

  it('passes over a line that was torn and closed', async () => {
    writeFileSync(file, `${line(1)}{"step":2,"lo\n${line(3)}`);
    expect(told(await new MetricsTail(file).read())).toEqual([undefined, [1, 3]]);
  });

  it('reads lines longer than its buffer, and characters of several bytes', async () => {
    const text = '한'.repeat(700_000);
    writeFileSync(file, `${JSON.stringify({ step: 1, text })}\n${line(2)}`);
    const { rows } = await new MetricsTail(file).read();
    expect(rows).toEqual([{ step: 1, text }, JSON.parse(line(2))]);
  });

  /** How a resumed run cuts the tail: in place, or by a new file under the old name. */
  const ways: [string, (text: string) => void][] = [
    ['in place', (text) => writeFileSync(file, text)],
    [
      'by a new file',
      (text) => {
        writeFileSync(`${file}.tmp`, text);
        renameSync(`${file}.tmp`, file);
      },
    ],
  ];
  describe.each(ways)('a tail cut off %s', (_, replace) => {
    it('is told, with the rows that took its place', async () => {
      writeFileSync(file, lines(1, 9));
      const tail = new MetricsTail(file);
      await tail.read();
      replace(lines(1, 5));
      expect(told(await tail.read())).toEqual([5, []]);
      appendFileSync(file, lines(6, 7, 1));
      expect(told(await tail.read())).toEqual([undefined, [6, 7]]);
    });

    it('is noticed even where the file has grown beyond it meanwhile', async () => {
      writeFileSync(file, lines(1, 9));
      const tail = new MetricsTail(file);
      await tail.read();
      replace(lines(1, 5) + lines(6, 20, 1));
      const change = await tail.read();
      expect(change.cutAfter).toBe(5);
      expect(change.rows.map((row) => row.step)).toEqual(Array.from({ length: 15 }, (_, i) => 6 + i));
    });

    it('that nobody was told of is nobody’s loss', async () => {
      writeFileSync(file, lines(1, 5));
      const tail = new MetricsTail(file);
      await tail.read();
      replace(lines(1, 5) + lines(6, 8, 1));
      expect(told(await tail.read())).toEqual([undefined, [6, 7, 8]]);
    });

    it('may be all there was', async () => {
      writeFileSync(file, lines(1, 3));
      const tail = new MetricsTail(file);
      await tail.read();
      replace('');
      expect(told(await tail.read())).toEqual([0, []]);
      replace(lines(1, 2, 1));
      expect(told(await tail.read())).toEqual([undefined, [1, 2]]);
    });
  });

  it('tells everything cut when the file goes', async () => {
    writeFileSync(file, lines(1, 3));
    const tail = new MetricsTail(file);
    await tail.read();
    rmSync(file);
    expect(told(await tail.read())).toEqual([0, []]);
    writeFileSync(file, lines(1, 1, 1));
    expect(told(await tail.read())).toEqual([undefined, [1]]);
  });

  it('keeps a follower’s rows equal to the file through any history', async () => {
    let seed = 11;
    const random = (n: number) => (seed = (seed * 48271) % 0x7fffffff) % n;
    writeFileSync(file, '');
    const tail = new MetricsTail(file);
    const rows: { step: number; elapsed: number }[] = [];
    let whole: string[] = [];
    for (let round = 1; round < 300; round++) {
      if (random(6) === 0) {
        whole = whole.slice(0, random(whole.length + 1));
        if (random(2) === 0) ways[random(2)]![1](whole.join(''));
      }
      for (let n = random(4); n > 0; n--) whole.push(line(whole.length + 1, round));
      ways[random(2)]![1](whole.join('')); // written whole: the same bytes where nothing was cut
      if (random(3) === 0) continue;
      const { cutAfter, rows: come } = await tail.read();
      if (cutAfter !== undefined) while (rows.length > 0 && rows.at(-1)!.step > cutAfter) rows.pop();
      rows.push(...come);
      expect(rows).toEqual(whole.map((text) => JSON.parse(text) as unknown));
    }
  });
});
