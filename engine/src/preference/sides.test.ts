import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemLine, unwrap } from '../base/problem.ts';
import { fingerprint, readSide } from './sides.ts';
import { TimeLeft } from './timeLeft.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'sides-'));
const tiny = path.resolve(import.meta.dirname, '../../../test/fixtures/tiny-llama');
const at = (...names: string[]) => path.join(folder, ...names);
beforeAll(() => {
  cpSync(tiny, at('a+b', 'model'), { recursive: true });
  for (const name of ['run/final', 'a+b/ko+en']) {
    mkdirSync(at(name), { recursive: true });
    writeFileSync(
      at(name, 'adapter_config.json'),
      JSON.stringify({ peft_type: 'LORA', base_model_name_or_path: at('a+b/model') }),
    );
    writeFileSync(at(name, 'adapter_model.safetensors'), name);
  }
  writeFileSync(at('gpt-4.jsonl'), '{}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a side', () => {
  it('is a model, a model with an adapter, or a file, also where paths hold a plus', async () => {
    const of = async (word: string) => {
      const { name, source } = unwrap(await readSide(word, '--a'));
      return [name, ...(source.kind === 'model' ? [source.model, source.adapter] : [source.file, source.sha256])];
    };
    expect(await of(at('a+b/model'))).toEqual(['a+b/model', at('a+b/model'), undefined]);
    expect(await of(`${at('a+b/model')}+${at('run/final')}`)).toEqual(['run/final', at('a+b/model'), at('run/final')]);
    expect(await of(`${at('a+b/model')}+${at('a+b/ko+en')}`)).toEqual(['ko+en', at('a+b/model'), at('a+b/ko+en')]);
    // SHA-256 of the two bytes, as sha256sum prints it.
    const hash = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
    expect(await of(at('gpt-4.jsonl'))).toEqual(['gpt-4', at('gpt-4.jsonl'), hash]);
  });

  it('that is nowhere is told with its option', async () => {
    for (const word of ['nowhere', `${at('a+b/model')}+nowhere`]) {
      const read = await readSide(word, '--b');
      expect(read.ok ? '' : problemLine(read.problem)).toMatch(
        /nowhere, --b: there is no such model or file of answers/,
      );
    }
  });
});

describe('a fingerprint', () => {
  it('is that of the content, wherever it stands, and another after a training', async () => {
    const before = await fingerprint([tiny]);
    expect(await fingerprint([at('a+b/model')])).toBe(before);
    expect(await fingerprint([tiny, at('run/final')])).not.toBe(before);
    const copy = at('changed');
    cpSync(tiny, copy, { recursive: true });
    const file = path.join(copy, 'model.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    expect(await fingerprint([copy])).not.toBe(before);
  });
});

describe('the time left', () => {
  it('is told once it is known, in a unit that fits', () => {
    let now = 0;
    const left = new TimeLeft(101, () => now);
    const after = (seconds: number) => {
      now = seconds * 1000;
      return left.step();
    };
    expect(after(1)).toBe('');
    expect(after(60)).toBe(', about 50 min left'); // 2 of 101 in a minute
    expect(left.fraction).toBeCloseTo(2 / 101, 12);
    expect(after(360)).toBe(', about 3.3 h left');
    for (let i = 3; i < 99; i++) after(1000);
    expect(after(1000)).toBe(', about 10 s left');
    expect(after(1010)).toBe('');
  });
});
