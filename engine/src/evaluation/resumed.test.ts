/** Written answers and scored texts that were stopped go on where they were, and end in what they would have been. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import type { InferenceSession, SequenceBatch } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { AnswerLog } from './answerLog.ts';
import { scoreRolling } from './rolling.ts';
import type { KnownAnswers } from './score.ts';
import { writeAnswers } from './written.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'resumed-'));
afterAll(() => rmSync(folder, { recursive: true }));
let logs = 0;
const newLog = () => path.join(folder, `${logs++}.jsonl`);

/** A token a UTF-16 unit below 128. */
const tokenizer = {
  ...{ size: 128, bosId: 1, eosId: 2 },
  encode: (text: string) => ({ ids: Int32Array.from(text, (c) => c.charCodeAt(0)) }),
  decode: (ids: readonly number[]) => String.fromCharCode(...ids),
  bytesOf: () => undefined,
} as unknown as Tokenizer;

/** Writes the prompt's last letter, one more each time, and then an end; `onPrompt` is told each prompt that is read. */
function writer(onPrompt: (prompt: string) => void, onStep: () => void = () => undefined): InferenceSession {
  const batch = (rows: number): SequenceBatch => {
    const held = Array.from({ length: rows }, () => ({ length: 0, last: 0, left: 0 }));
    const say = (row: number): Float32Array => {
      const logits = new Float32Array(128);
      const one = held[row]!;
      logits[one.left-- > 0 ? one.last : 2] = 1;
      return logits;
    };
    return {
      rows,
      length: (row) => held[row]!.length,
      append(row, ids) {
        const text = String.fromCharCode(...Array.from(ids));
        onPrompt(text);
        held[row] = { length: ids.length, last: text.charCodeAt(text.length - 1), left: text.length };
        return Promise.resolve(say(row));
      },
      step(of) {
        onStep();
        return Promise.resolve(of.map(say));
      },
      copy: () => Promise.resolve(),
      clear: () => undefined,
      reserve: () => Promise.resolve(),
      dispose: () => undefined,
    };
  };
  return { contextLength: 100, cacheBytesPerToken: 1, batch } as unknown as InferenceSession;
}
const settings = { until: ['!'], maxTokens: 10 };
const questions = ['a', 'bcdefg', 'hi', 'a'].map((context) => ({ context, candidates: ['x'], gold: 0 }));
const write = (
  session: InferenceSession,
  known?: KnownAnswers,
  more: { signal?: AbortSignal; maxTokens?: number } = {},
) =>
  writeAnswers(questions, { ...settings, maxTokens: more.maxTokens ?? settings.maxTokens }, session, tokenizer, [2], {
    ...(known === undefined ? {} : { known }),
    ...(more.signal === undefined ? {} : { signal: more.signal }),
  });

describe('written answers', () => {
  const whole = ['a', 'gggggg', 'ii', 'a'].map((text) => ({ text, cut: 0 }));

  it('are asked once for equal prompts', async () => {
    const read: string[] = [];
    expect(unwrap(await write(writer((prompt) => read.push(prompt))))).toEqual(whole);
    expect(read).toEqual(['a', 'bcdefg', 'hi']);
  });

  it('go on where they were stopped; half an answer is not kept, nor taken where the settings differ', async () => {
    const file = newLog();
    const log = await AnswerLog.open(file, 'me');
    const stop = new AbortController();
    let steps = 0;
    const session = writer(
      () => undefined,
      () => {
        if (++steps === 3) stop.abort(new Error('stopped'));
      },
    );
    await expect(write(session, log, { signal: stop.signal })).rejects.toThrow('stopped');
    await log.close();
    const again = await AnswerLog.open(file, 'me');
    const read: string[] = [];
    expect(
      unwrap(
        await write(
          writer((prompt) => read.push(prompt)),
          again,
        ),
      ),
    ).toEqual(whole);
    expect(read).toEqual(['bcdefg']);
    const shorter = unwrap(
      await write(
        writer((prompt) => read.push(prompt)),
        again,
        { maxTokens: 2 },
      ),
    );
    expect(shorter.map(({ text }) => text)).toEqual(['a', 'gg', 'ii', 'a']);
    expect(read).toEqual(['bcdefg', 'a', 'bcdefg', 'hi']);
    await again.close();
  });

  it('end where they cannot be kept', async () => {
    const full = { get: () => undefined, text: () => undefined, add: () => Promise.resolve() };
    const known = { ...full, addTexts: () => Promise.reject(new Error('the disk is full')) };
    await expect(
      write(
        writer(() => undefined),
        known,
      ),
    ).rejects.toThrow('the disk is full');
  });
});

describe('scored texts', () => {
  it('go on where they were stopped, and end in the same sums', async () => {
    const texts = ['abcdefgh', 'abc', '', 'xyz', 'abc'];
    const asked: string[] = [];
    const session = (onBatch: () => void = () => undefined) => ({
      contextLength: 4,
      logLikelihoods(rows: readonly ArrayLike<number>[]) {
        asked.push(...rows.map((row) => String.fromCharCode(...Array.from(row))));
        onBatch();
        return Promise.resolve(rows.map((row) => Float64Array.from(Array.from(row).slice(1), (id) => -id / 7)));
      },
    });
    const whole = unwrap(await scoreRolling(texts, session(), tokenizer, {}));
    const distinct = asked.length;
    expect(new Set(asked).size).toBe(distinct);
    const log = await AnswerLog.open(newLog(), 'me');
    await scoreRolling(texts.slice(1), session(), tokenizer, { known: log });
    asked.length = 0;
    let cached: number | undefined;
    const onWork = ({ known }: { readonly known: number }) => void (cached = known);
    expect(unwrap(await scoreRolling(texts, session(), tokenizer, { known: log, onWork }))).toEqual(whole);
    expect([asked.length, cached]).toEqual([distinct - 2, 3]);
    await log.close();
  });
});
