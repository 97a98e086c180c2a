/** Runs on the backend `native`, in both precisions: killed and resumed they draw the very same curve and end in the same bytes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ggmlLibrary } from '../../engine/src/backends/ggml/provider.ts';
import { loadAddon } from '../../engine/src/backends/native/addon.ts';
import { readStatus } from '../../engine/src/runs/state.ts';
import { Workplace } from './bllossom.ts';

const addon = loadAddon();
const place = new Workplace();

describe.skipIf(!addon.ok)('a run on native (needs a C++ compiler at set-up)', () => {
  it.each(['float32', 'bfloat16'])('in %s goes on after a kill as if nothing had been', async (precision) => {
    const fields = { backend: 'native', precision, steps: 300, checkpoint: { every: 40 } };
    const name = (run: string) => `${run}-${precision}`;
    const whole = await place.run('train', place.spec(name('whole'), fields), '--json');
    expect(whole.status, whole.stderr).toBe(0);
    const spec = place.spec(name('killed'), fields);
    const { child, ended } = place.start('train', spec);
    const steps = () => readStatus(place.path('runs', name('killed')))?.step ?? 0;
    await expect.poll(steps, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(60);
    child.kill('SIGKILL');
    expect((await ended).status, 'the run was over before the kill').toBe(null);
    const resumed = await place.run('train', spec, '--resume', '--json');
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(place.curve(name('killed'))).toEqual(place.curve(name('whole')));
    const weights = (run: string) => readFileSync(place.path('runs', name(run), 'final/model.safetensors'));
    expect(weights('killed').equals(weights('whole'))).toBe(true);
  });

  it('is what auto takes, and why is said', async () => {
    const { stdout } = await place.run('diagnostics', '--json');
    const { backend, backends } = JSON.parse(stdout) as { backend: string; backends: { name: string }[] };
    expect(backend).toMatch(/^native on CPU, .* threads?: the fastest that works here and agrees with the reference$/);
    const ggml = ggmlLibrary().ok ? ['ggml'] : [];
    expect(backends.map(({ name }) => name)).toEqual(['native', ...ggml, 'tfjs', 'reference']);
    const one = await place.run('diagnostics', '--threads', '1');
    expect(one.stdout).toMatch(/native: CPU, .*, 1 thread; float32, bfloat16; opened and checked in \d+ ms/);
  });
});
