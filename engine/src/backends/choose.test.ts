import { describe, expect, it } from 'vitest';
import { bad, ok, unwrap } from '../base/problem.ts';
import type { Backend, BackendProvider, Executable } from './backend.ts';
import { chooseBackend } from './choose.ts';
import type { BackendEntry } from './choose.ts';
import { referenceBackend } from './reference/referenceBackend.ts';

const entry = (name: string, open: BackendProvider['open']): BackendEntry => ({
  name,
  load: () => Promise.resolve({ name, open }),
});
const good = entry('good', () => referenceBackend.open({}));
const absent = entry('absent', () => Promise.resolve(bad('its library is not installed')));

/** The reference with one wrong number in every first answer. */
async function openWrong() {
  const inner = unwrap(await referenceBackend.open({}));
  const wrong: Backend = {
    name: 'wrong',
    device: 'nowhere',
    precisions: inner.precisions,
    freeSizes: true,
    allocate: (...all) => inner.allocate(...all),
    async compile(...all): Promise<Executable> {
      const executable = await inner.compile(...all);
      return {
        async run(feeds, buffers) {
          const answers = await executable.run(feeds, buffers);
          const first = Object.values(answers)[0];
          if (first !== undefined) first[0] = first[0]! + 1;
          return answers;
        },
        dispose: () => executable.dispose(),
      };
    },
    dispose: () => inner.dispose(),
  };
  return ok(wrong);
}
const wrong = entry('wrong', openWrong);

describe('chooseBackend', () => {
  it('takes the first that opens and computes rightly, and says why not the others', async () => {
    const { backend, reason } = unwrap(await chooseBackend([absent, wrong, good], 'auto', {}));
    expect(backend.name).toBe('reference');
    expect(reason).toContain('not absent: its library is not installed');
    expect(reason).toMatch(/not wrong: backend wrong: its embedding .* differs from the reference/);
  });

  it('never takes another than the one named', async () => {
    const result = await chooseBackend([wrong, good], 'wrong', {});
    expect(result).toMatchObject({ ok: false, problem: { where: { name: 'backend wrong' } } });
  });

  it('tries a device ahead of others where it may be there and none is named', async () => {
    const asked: (string | undefined)[] = [];
    const asks = (maybe: boolean): BackendEntry => ({
      ...entry('asks', ({ device }) => {
        asked.push(device);
        return referenceBackend.open({});
      }),
      ahead: { device: 'gpu', maybeThere: () => Promise.resolve(maybe) },
    });
    expect(await chooseBackend([asks(true), good], 'auto', {})).toMatchObject({ ok: true });
    expect(asked).toEqual(['gpu']);
    await chooseBackend([asks(false), good], 'auto', {});
    await chooseBackend([asks(true), good], 'auto', { device: 'cpu' });
    expect(asked).toEqual(['gpu']);
    expect(await chooseBackend([asks(true), good], 'asks', {})).toMatchObject({
      ok: false,
      problem: { remedy: 'Use auto, or one of good.' },
    });
  });

  it('names the backends there are', async () => {
    const result = await chooseBackend([wrong, good], 'fast', {});
    expect(result).toMatchObject({ ok: false, problem: { remedy: 'Use auto, or one of wrong, good.' } });
  });
});
