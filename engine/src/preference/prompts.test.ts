import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { problemLine, unwrap } from '../base/problem.ts';
import { readGivenAnswers } from './givenAnswers.ts';
import { readPrompts } from './prompts.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'prompts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function write(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}
const jsonl = (name: string, ...rows: readonly unknown[]) =>
  write(name, rows.map((row) => JSON.stringify(row)).join('\n'));
const told = async (read: Promise<{ ok: boolean }>): Promise<string> => {
  const result = (await read) as Awaited<ReturnType<typeof readPrompts>>;
  return result.ok ? 'read' : problemLine(result.problem);
};

describe('a set of prompts', () => {
  it('is read from rows of each form, with the same ids for the same content', async () => {
    const lines = unwrap(
      await readPrompts(
        jsonl(
          'a.jsonl',
          { prompt: '하나', language: 'ko' },
          { instruction: '둘', input: '이것', output: 'passed over' },
          { id: 7, question: '셋' },
          { conversations: ['넷', 'answer'] },
          { conversations: '다섯' },
          {
            messages: [
              { role: 'system', content: 's' },
              { role: 'user', content: '여섯' },
            ],
          },
          { prompt: '하나' },
        ),
      ),
    ).prompts;
    expect(lines.map(({ prompt }) => prompt)).toEqual(['하나', '둘', '셋', '넷', '다섯', '여섯', '하나']);
    expect(lines[0]).toMatchObject({ language: 'ko' });
    expect(lines[1]).toMatchObject({ input: '이것' });
    expect(lines[2]!.id).toBe('7');
    expect(lines[6]!.id).toBe(`${lines[0]!.id}-2`);
    const text = unwrap(await readPrompts(write('a.txt', '다섯\n\n하나\r\n')));
    expect(text.prompts).toEqual([lines[4], { id: lines[0]!.id, prompt: '하나' }]);
    const array = unwrap(await readPrompts(write('a.json', JSON.stringify([{ prompt: '다섯' }, { prompt: '하나' }]))));
    expect(array).toEqual(text);
    expect(unwrap(await readPrompts(path.join(folder, 'a.jsonl'), 3)).prompts).toEqual(lines.slice(0, 3));
  });

  it('is refused with its place where a row is none', async () => {
    expect(await told(readPrompts(jsonl('b.jsonl', { prompt: 'x' }, { text: 'y' })))).toMatch(
      /b\.jsonl, line 2: there is no prompt/,
    );
    expect(await told(readPrompts(write('c.jsonl', '{"prompt": "x"}\n{oops')))).toMatch(
      /c\.jsonl, line 2: this is not JSON/,
    );
    expect(await told(readPrompts(jsonl('d.jsonl', { id: 'x', prompt: '1' }, { id: 'x', prompt: '2' })))).toMatch(
      /d\.jsonl, line 2: the id "x" is that of line 1 too/,
    );
    expect(await told(readPrompts(write('e.txt', '\n \n')))).toMatch(/e\.txt: there is no prompt/);
    expect(await told(readPrompts(path.join(folder, 'none.jsonl')))).toMatch(/no such file/);
  });

  const lima = path.resolve(import.meta.dirname, '../../../../shared/data/sft/lima-test.en.jsonl');
  it.skipIf(!existsSync(lima))("reads LIMA's test prompts, where they are beside the checkout", async () => {
    const { prompts } = unwrap(await readPrompts(lima));
    expect(prompts).toHaveLength(300);
    expect(new Set(prompts.map(({ id }) => id)).size).toBe(300);
  });
});

describe('answers made elsewhere', () => {
  const prompts = [
    { id: 'p1', prompt: '가' },
    { id: 'p2', prompt: 'two', input: 'with' },
    { id: 'p3', prompt: 'three' },
    { id: 'p3-2', prompt: 'three' },
  ];

  it('in another encoding is refused, and what holds the sign for that itself is not', async () => {
    const korean = Buffer.from([0xbe, 0xc8, 0xb3, 0xe7]); // 안녕 in CP949, by Python
    const lines = Buffer.concat([Buffer.from('{"prompt":"가"}\n{"prompt":"'), korean, Buffer.from('"}\n')]);
    writeFileSync(path.join(folder, 'cp949.jsonl'), lines);
    expect(await told(readPrompts(path.join(folder, 'cp949.jsonl')))).toMatch(
      /cp949\.jsonl, line 2: this is not UTF-8\. Save it in UTF-8\.$/,
    );
    writeFileSync(path.join(folder, 'cp949.txt'), korean);
    expect(await told(readPrompts(path.join(folder, 'cp949.txt')))).toContain('this is not UTF-8');
    writeFileSync(path.join(folder, 'utf16.json'), Buffer.from('\ufeff[{"prompt":"가"}]', 'utf16le'));
    expect(await told(readPrompts(path.join(folder, 'utf16.json')))).toContain('this is not UTF-8');
    expect(await told(readPrompts(jsonl('sign.jsonl', { prompt: 'what is \ufffd?' })))).toBe('read');
    // The line is that of the bytes, not of a sign before it.
    const sign = Buffer.from('{"prompt":"what is \ufffd?"}\n');
    writeFileSync(path.join(folder, 'behind.jsonl'), Buffer.concat([sign, sign, lines]));
    expect(await told(readPrompts(path.join(folder, 'behind.jsonl')))).toMatch(/line 4: this is not UTF-8/);
  });

  it('that hold the sign in many rows are gone through once more, and no oftener', async () => {
    const file = jsonl('signs.jsonl', ...Array.from({ length: 50 }, (_, i) => ({ prompt: `what is \ufffd? ${i}` })));
    let chunks = 0;
    const read = unwrap(await readPrompts(file, Infinity, { onProgress: () => chunks++ }));
    expect([read.prompts.length, chunks]).toEqual([50, 2]);
  });

  it('are matched by id or by prompt, in any order', async () => {
    const file = jsonl(
      'answers.jsonl',
      { prompt: ' three', response: 'T1' },
      { instruction: 'two', input: 'with', output: 'W' },
      { id: 'p1', text: 'A' },
      { prompt: 'three', text: 'T2' },
      { prompt: 'two', output: 'without its input: of another prompt' },
      { id: 'p9', text: 'of another set' },
    );
    const { answers, missing, others } = unwrap(await readGivenAnswers(file, prompts));
    expect(answers.map(({ id, text }) => `${id} ${text}`)).toEqual(['p1 A', 'p2 W', 'p3 T1', 'p3-2 T2']);
    expect([missing, others]).toEqual([0, 2]);
    const few = unwrap(
      await readGivenAnswers(jsonl('few.jsonl', { prompt: '가'.normalize('NFD'), answer: '' }), prompts),
    );
    expect(few).toEqual({ answers: [{ id: 'p1', text: '' }], missing: 3, others: 0 });
  });

  it('are refused where they cannot be these', async () => {
    const refused = (name: string, ...rows: unknown[]) => told(readGivenAnswers(jsonl(name, ...rows), prompts));
    expect(await refused('f.jsonl', { id: 'p1', text: 'A' }, { id: 'p1', text: 'B' })).toMatch(
      /line 2: this is another answer/,
    );
    expect(await refused('g.jsonl', { id: 'p1' })).toMatch(/line 1: there is no answer/);
    expect(await refused('h.jsonl', { id: 'x', text: 'A' })).toMatch(
      /its one row answers none of the prompts, 4 in all/,
    );
  });
});
