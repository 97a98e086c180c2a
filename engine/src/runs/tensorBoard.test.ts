/** Event files against those that TensorBoard's own library writes (test/fixtures/make-tensorboard.py), byte for byte; and read by it, where it is there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { MetricRow, RunSample } from '../protocol.ts';
import { tensorBoardEvents } from './tensorBoard.ts';

const fixture = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../test/fixtures/tensorboard.json'), 'utf8'),
) as { startedAt: number; rows: MetricRow[]; samples: RunSample[]; events: string };

it('writes what TensorBoard writes', () => {
  const { rows, samples, startedAt, events } = fixture;
  expect(Buffer.from(tensorBoardEvents(rows, samples, startedAt)).toString('base64')).toBe(events);
});

it('leaves a number out that is none', () => {
  const row = { ...fixture.rows[0]!, gradNorm: null as unknown as number };
  const bytes = Buffer.from(tensorBoardEvents([row], [], fixture.startedAt));
  expect(bytes.includes('train/loss')).toBe(true);
  expect(bytes.includes('train/gradNorm')).toBe(false);
});

const python = process.env['BLLOSSOM_TENSORBOARD_PYTHON'] ?? 'python3';
const reader = spawnSync(python, ['-c', 'import tensorboard'], { encoding: 'utf8' });

it.skipIf(reader.status !== 0)('is read by TensorBoard', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tensorboard-'));
  try {
    const { rows, samples, startedAt } = fixture;
    writeFileSync(path.join(folder, 'events.out.tfevents.1.run'), tensorBoardEvents(rows, samples, startedAt));
    const script = [
      'import json, sys',
      'from tensorboard.backend.event_processing.event_accumulator import EventAccumulator',
      'a = EventAccumulator(sys.argv[1]).Reload()',
      "scalars = {t: [[e.step, e.value] for e in a.Scalars(t)] for t in a.Tags()['scalars']}",
      "texts = {t: [[e.step, e.tensor_proto.string_val[0].decode()] for e in a.Tensors(t)] for t in a.Tags()['tensors']}",
      "print(json.dumps({'scalars': scalars, 'texts': texts}))",
    ].join('\n');
    const { stdout, stderr, status } = spawnSync(python, ['-c', script, folder], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const { scalars, texts } = JSON.parse(stdout) as { scalars: Record<string, number[][]>; texts: object };
    expect(scalars['train/loss']).toEqual(rows.map(({ step, loss }) => [step, Math.fround(loss)]));
    expect(scalars['evaluation/kobest_copa/acc']).toEqual([[300, Math.fround(0.52)]]);
    expect(texts).toEqual({ 'samples/1': [[300, `**${samples[0]!.prompt}**\n\n${samples[0]!.answer}`]] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
