import { describe, expect, it } from 'vitest';
import { countsInTime, wholeReply } from './wholeReply.ts';

const bounds = { characters: 20, silenceMs: 60_000 };
async function* parts(...texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text);
}

describe('a reply in parts', () => {
  it('is one text, also an empty one', async () => {
    expect(await wholeReply(parts('Both ', 'are fine. ', '[[A]]'), bounds)).toEqual({
      ...{ text: 'Both are fine. [[A]]', end: 'stop' },
    });
    expect(await wholeReply(parts(), bounds)).toEqual({ text: '', end: 'stop' });
  });

  it('without an end is read up to the bound', async () => {
    async function* endless(): AsyncGenerator<string> {
      for (;;) yield await Promise.resolve('well, ');
    }
    expect(await wholeReply(endless(), bounds)).toEqual({ text: 'well, '.repeat(4), end: 'length' });
  });

  it('that falls silent keeps what came, and its later failure is nobody’s', async () => {
    async function* silent(): AsyncGenerator<string> {
      yield 'well';
      await new Promise((_, fail) => setTimeout(() => fail(new Error('late')), 30));
    }
    expect(await wholeReply(silent(), { ...bounds, silenceMs: 5 })).toEqual({ text: 'well', end: 'silence' });
    await new Promise((done) => setTimeout(done, 40)); // an unhandled rejection would fail the test
  });

  it('that fails fails with its reason', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield await Promise.resolve('well');
      throw new Error('no quota');
    }
    await expect(wholeReply(failing(), bounds)).rejects.toThrow('no quota');
  });
});

describe('counts of texts', () => {
  const texts = ['하나', 'two', 'three'];
  const length = (text: string) => Promise.resolve(text.length);

  it('are in the order of the texts', async () => {
    expect(await countsInTime(texts, length, 60_000)).toEqual([2, 3, 5]);
  });

  it('end where one never comes, fails or is no number: an answer is not lost for it', async () => {
    const but = (strange: () => PromiseLike<number>) => (text: string) => (text === 'two' ? strange() : length(text));
    expect(await countsInTime(texts, but(() => new Promise(() => undefined)), 20)).toEqual([2]); // prettier-ignore
    expect(await countsInTime(texts, but(() => Promise.reject(new Error('none'))), 60_000)).toEqual([2]); // prettier-ignore
    expect(await countsInTime(texts, but(() => Promise.resolve(Number.NaN)), 60_000)).toEqual([2]); // prettier-ignore
    const throwing = () => {
      throw new Error('none');
    };
    expect(await countsInTime(texts, but(throwing), 60_000)).toEqual([2]);
  });
});
