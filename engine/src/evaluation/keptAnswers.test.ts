/** Answers that outlive a kill, another evaluation of the same model, and nothing else; and what their files may take. */
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { AnswerLog } from './answerLog.ts';
import { KeptAnswers, answersDirectory, answersFile, makeRoom, ownerOf } from './keptAnswers.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kept-answers-'));
afterAll(() => rmSync(folder, { recursive: true }));
let place: string;
let file: string;
beforeEach(() => {
  place = mkdtempSync(path.join(folder, 'one-'));
  file = path.join(place, answersFile);
});

const written = async (owner = 'me'): Promise<void> => {
  const log = await AnswerLog.open(file, owner);
  await log.add(['a', 'b'], [-1.25, -2]);
  await log.add(['c'], [-1 / 3]);
  await log.close();
};
const found = async (owner = 'me') => {
  const log = await AnswerLog.open(file, owner);
  return ['a', 'b', 'c', 'd'].map((key) => log.get(key));
};

describe('a log of answers', () => {
  it('gives back what was added, to the last bit', async () => {
    await written();
    expect(await found()).toEqual([-1.25, -2, -1 / 3, undefined]);
    expect(await found('another')).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('writes nothing before there is an answer', async () => {
    const log = await AnswerLog.open(file, 'me');
    await log.close();
    expect(existsSync(file)).toBe(false);
  });

  it('loses at most the last batch wherever it was torn, and goes on behind it', async () => {
    await written();
    const whole = readFileSync(file);
    const lines = whole.toString().split('\n');
    for (let size = whole.length - 1; size >= 0; size--) {
      writeFileSync(file, whole);
      truncateSync(file, size);
      const log = await AnswerLog.open(file, 'me');
      // What ends before the tear is there, the line end aside.
      const batches = [lines[0]!, `${lines[0]!}\n${lines[1]!}`];
      const kept = batches.filter((text) => text.length <= size).length;
      expect(log.size, `torn at ${size}`).toBe([0, 2, 3][kept]);
      await log.add(['d'], [-4]);
      await log.close();
      const again = await AnswerLog.open(file, 'me');
      expect(again.size, `torn at ${size}`).toBe([0, 2, 3][kept]! + 1);
    }
  });

  it('leaves alone what another evaluation of the model has added since', async () => {
    await written();
    const [one, other] = [await AnswerLog.open(file, 'me'), await AnswerLog.open(file, 'me')];
    await one.add(['d'], [-4]);
    await other.addTexts(['e'], ['서울']);
    await Promise.all([one.close(), other.close()]);
    const both = await AnswerLog.open(file, 'me');
    expect([both.get('a'), both.get('d'), both.text('e')]).toEqual([-1.25, -4, '서울']);
  });

  it('loses nothing of two evaluations that begin at once, on nothing or behind half a line', async () => {
    for (const before of [undefined, '{"version":2,"owner":"me","keys":["x","y"],"su']) {
      rmSync(file, { force: true });
      if (before !== undefined) writeFileSync(file, before);
      const [one, other] = [await AnswerLog.open(file, 'me'), await AnswerLog.open(file, 'me')];
      await Promise.all([one.add(['a'], [-1]), other.add(['b'], [-2])]);
      await Promise.all([other.add(['c'], [-3]), one.addTexts(['e'], ['서울'])]);
      const third = await AnswerLog.open(file, 'me');
      await third.add(['d'], [-4]);
      await Promise.all([one, other, third].map((log) => log.close()));
      expect(await found()).toEqual([-1, -2, -3, -4]);
      expect((await AnswerLog.open(file, 'me')).text('e')).toBe('서울');
    }
  });

  it('goes on with what version 1 wrote, whose first line said whose all of it was', async () => {
    const head = '{"version":1,"owner":"me"}';
    writeFileSync(
      file,
      `${head}\n{"keys":["a","b"],"sums":[-1.25,-2]}\n{"keys":["e"],"texts":["서울"]}\n{"keys":["x"],"su`,
    );
    const log = await AnswerLog.open(file, 'me');
    expect([log.size, log.get('a'), log.text('e')]).toEqual([3, -1.25, '서울']);
    await log.add(['c'], [-3]);
    await log.close();
    await written('another');
    expect(await found()).toEqual([-1.25, -2, -3, undefined]);
    expect(await found('another')).toEqual([-1.25, -2, -1 / 3, undefined]);
    writeFileSync(file, '{"keys":["a"],"sums":[-1]}\n');
    expect((await AnswerLog.open(file, 'me')).size).toBe(0);
  });

  it('keeps the answers of several models apart', async () => {
    await written('another');
    const log = await AnswerLog.open(file, 'me');
    await log.add(['d'], [-4]);
    await log.close();
    expect(await found('me')).toEqual([undefined, undefined, undefined, -4]);
    expect(await found('another')).toEqual([-1.25, -2, -1 / 3, undefined]);
  });

  it('passes over what is none of its lines, and what is no number', async () => {
    await written();
    appendFileSync(
      file,
      'nonsense\n{"version":2,"owner":"me","keys":["d"],"sums":[null]}\n{"version":2,"owner":"me","keys":["d"]}\n3\n',
    );
    expect(await found()).toEqual([-1.25, -2, -1 / 3, undefined]);
  });
});

describe('kept answers', () => {
  const cache = () => path.join(place, 'cache');
  const open = (out: string, owner = 'me') => KeptAnswers.open(path.join(place, out), cache(), owner);

  it('go from a stopped evaluation to the same one, and from a finished one to others of the model', async () => {
    const stopped = await open('first');
    await stopped.add(['a'], [-1]);
    await stopped.close();
    expect((await KeptAnswers.open(path.join(place, 'first'), undefined, 'me')).get('a')).toBe(-1);
    const finished = await open('second');
    expect(finished.get('a')).toBe(-1);
    await finished.add(['b'], [-2]);
    await finished.finish();
    expect(existsSync(path.join(place, 'second', answersFile))).toBe(false);
    const other = await open('third');
    expect([other.get('a'), other.get('b')]).toEqual([-1, -2]);
    expect((await open('third', 'another')).get('a')).toBeUndefined();
  });

  it('are not kept where the cache cannot be written, and the evaluation goes on', async () => {
    writeFileSync(cache(), 'a file where a directory should be');
    const kept = await open('out');
    await kept.add(['a'], [-1]);
    expect(kept.get('a')).toBe(-1);
    await kept.close();
  });

  it('make room: the longest unused go first, one model takes only its share', async () => {
    const sizes = { old: 60, middle: 60, own: 30, young: 60 };
    for (const [i, [name, size]] of Object.entries(sizes).entries()) {
      writeFileSync(path.join(place, name), 'x'.repeat(size));
      utimesSync(path.join(place, name), 1000 + i, 1000 + i);
    }
    await makeRoom(place, path.join(place, 'own'), { all: 150, each: 40 });
    expect(readdirSync(place).sort()).toEqual(['middle', 'own', 'young'].sort());
    await makeRoom(place, path.join(place, 'own'), { all: 1000, each: 20 });
    expect(readdirSync(place)).not.toContain('own');
  });

  it('are of one model, adapter, backend, device and precision', () => {
    const model = { 'config.json': '1', 'model.safetensors': '2' };
    const owners = [
      { model },
      { model: { ...model, 'model.safetensors': '3' } },
      { model: { ...model, 'tokenizer.model': '4' } },
      { model, adapter: { 'adapter_model.safetensors': '5' } },
      { model, backend: 'native' },
      { model, backend: 'ggml' },
      { model, backend: 'ggml', device: 'cuda' },
      { model, backend: 'native', precision: 'bfloat16' },
    ].map(ownerOf);
    expect(new Set(owners).size).toBe(owners.length);
    expect(owners).not.toContain(undefined);
    expect(ownerOf({ model: {} })).toBeUndefined();
  });

  it('lie where the system keeps what can be made again', () => {
    expect(answersDirectory({ BLLOSSOM_STATE_DIR: place })).toBe(path.join(place, 'evaluation-answers'));
    expect(answersDirectory({ BLLOSSOM_CACHE_DIR: place })).toBe(path.join(place, 'evaluation-answers'));
    expect(answersDirectory({ BLLOSSOM_CACHE_DIR: '' })).toBeUndefined();
    expect(answersDirectory({ XDG_CACHE_HOME: place }, 'linux')).toBe(path.join(place, 'bllossom/evaluation-answers'));
    expect(answersDirectory({}, 'linux')).toMatch(/\.cache\/bllossom\/evaluation-answers$/);
    expect(answersDirectory({}, 'darwin')).toMatch(/Library\/Caches\/bllossom\/evaluation-answers$/);
  });
});
