/** What is free of a card's memory counts before a run: asked of the card, through ggml, when it is wanted. */
import { expect, it } from 'vitest';
import { makeCard } from '../../engine/src/backends/ggml/testing/card.ts';
import type { DryRun } from '../../engine/src/runs/dryRun.ts';
import { Workplace } from './bllossom.ts';

const place = new Workplace();
const card = makeCard(place.path('card'));
const gigabyte = 2 ** 30;

it.skipIf(card === undefined)(
  'a run that a card has room for, but for what others hold of it, is refused with figures',
  async () => {
    const { installation, setMemory } = card!;
    place.env['BLLOSSOM_GGML'] = installation.libraries;
    place.env['BLLOSSOM_DATA_DIR'] = place.path('data');
    const spec = place.spec('full', { backend: 'ggml', steps: 2 });
    const onCard = async (): Promise<DryRun> => {
      const { stdout, stderr } = await place.run('train', spec, '--dry-run', '--json', '--device', 'gpu');
      expect(stdout, stderr).not.toBe('');
      return JSON.parse(stdout) as DryRun;
    };
    const name = 'CARD0, a card for tests';

    setMemory(7 * gigabyte, 8 * gigabyte);
    const roomy = await onCard();
    const on = roomy.memory!.memories.find((one) => one.name === name)!;
    expect(on).toMatchObject({ total: 8 * gigabyte });
    // What the asking process holds of the card itself is added.
    expect(on.free).toBeGreaterThanOrEqual(7 * gigabyte);
    expect(on.free).toBeLessThan(8 * gigabyte);
    expect(roomy.refused).toEqual([]);

    // Asked anew each time; and a run asks for itself.
    setMemory(1000, 8 * gigabyte);
    const words =
      /the run needs about \d+ MB of memory; of the 8\.00 GB that CARD0, a card for tests has, \d+ MB are free now/;
    expect((await onCard()).refused).toMatchObject([{ what: expect.stringMatching(words) as string }]);
    const refused = await place.run('train', spec, '--device', 'gpu');
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringMatching(words)]);

    setMemory(7 * gigabyte, 8 * gigabyte);
    const run = await place.run('train', spec, '--device', 'gpu', '--resume');
    expect(run.status, run.stderr).toBe(0);
    expect(run.stderr).toMatch(/backend ggml on CARD0, a card for tests/);
  },
  120_000,
);
