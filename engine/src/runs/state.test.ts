import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { thisProcess } from './process.ts';
import { StateWriter, readStatus } from './state.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'state-'));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

it("a clock that is set back by a day holds no state up, nor the run's end", { timeout: 30_000 }, async () => {
  const first = { state: 'preparing', ...thisProcess(), socket: '', step: 0, steps: 3 } as const;
  const state = new StateWriter(folder, first, () => undefined);
  await state.flush({});
  const now = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(now - 86_400_000);
  state.update({ step: 1 });
  await state.flush({ state: 'running' });
  expect(readStatus(folder)).toMatchObject({ state: 'running', step: 1 });
  state.update({ step: 2 });
  await state.close();
  expect(readStatus(folder)).toMatchObject({ step: 2, heartbeat: now - 86_400_000 });
});
