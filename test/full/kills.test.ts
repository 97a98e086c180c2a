/** A longer proof: runs killed again and again at any moment, on the backend that users get, draw the very same curve. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Workplace } from '../cli/bllossom.ts';

const place = new Workplace();
const fields = { backend: 'auto', steps: 2000 };
const rounds = 10;

describe('a run on the default backend, killed and resumed until it is done', () => {
  it(
    `has the curve and the weights of one that nobody disturbed, ${rounds} times over`,
    { timeout: 900_000 },
    async () => {
      expect((await place.run('train', place.spec('whole', fields))).status).toBe(0);
      const weights = (run: string) => readFileSync(place.path('runs', run, 'final/model.safetensors'));
      let allKills = 0;
      for (let round = 0; round < rounds; round++) {
        const name = `killed-${round}`;
        const spec = place.spec(name, fields);
        let kills = 0;
        for (;;) {
          const resume = existsSync(place.path('runs', name, 'run.json')) ? ['--resume'] : [];
          const { child, ended } = place.start('train', spec, ...resume);
          // From before the first file to after the last: starting takes about half a second.
          const kill = kills < 4 ? setTimeout(() => child.kill('SIGKILL'), 300 + Math.random() * 1200) : undefined;
          const { status, stderr } = await ended;
          clearTimeout(kill);
          if (status === null) {
            kills++;
            continue;
          }
          // A kill before the run had its directory leaves nothing to resume, and nothing in the way of a new start.
          expect(status, stderr).toBe(0);
          break;
        }
        allKills += kills;
        expect(place.curve(name), `after ${kills} kills`).toEqual(place.curve('whole'));
        expect(weights(name).equals(weights('whole'))).toBe(true);
      }
      expect(allKills).toBeGreaterThanOrEqual(2 * rounds);
    },
  );
});
