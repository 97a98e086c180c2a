import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemLine, unwrap } from '../base/problem.ts';
import { answersFile, appendVerdict, createComparison, raterName, readComparison, verdictsFile } from './directory.ts';
import { JsonLinesWriter } from './jsonLines.ts';
import { comparison, line, prompts } from './testing/comparisons.ts';

let folder: string;
let directory: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'prefer-'));
  directory = path.join(folder, 'comparison');
  unwrap(await createComparison(directory, comparison(3), prompts(3)));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kim = { kind: 'person', name: '김 철수' } as const;

describe('a preference directory', () => {
  it('is read as it was made, with all that came since', async () => {
    const answer = {
      id: 'p1',
      text: '한 줄\n두 줄',
      tokens: 4,
      finish: 'stop',
      language: 'Hangul',
      seconds: 0.5,
    } as const;
    const writer = await JsonLinesWriter.open(answersFile(directory, 'b'));
    await writer.append({ ...answer, text: 'before' });
    await writer.append(answer);
    await writer.close();
    unwrap(await appendVerdict(directory, { kind: 'judge', name: 'gpt' }, line('p1', 'ab', undefined)));
    unwrap(await appendVerdict(directory, kim, line('p1', 'ba', 'tie')));
    const data = unwrap(await readComparison(directory));
    expect(data.comparison).toEqual(comparison(3));
    expect(data.prompts).toEqual(prompts(3));
    expect([...data.answers.b.values()]).toEqual([answer]);
    expect(data.answers.a.size).toBe(0);
    expect(data.verdicts).toEqual([
      { rater: kim, lines: [line('p1', 'ba', 'tie')] },
      { rater: { kind: 'judge', name: 'gpt' }, lines: [line('p1', 'ab', undefined)] },
    ]);
  });

  it('is never made over another', async () => {
    const again = await createComparison(directory, comparison(1), prompts(1));
    expect(again).toMatchObject({ ok: false, problem: { what: expect.stringContaining('not empty') as string } });
    expect(unwrap(await readComparison(directory)).prompts).toHaveLength(3);
  });

  it('loses half a line to a kill, and no more; the next writer takes it away', async () => {
    unwrap(await appendVerdict(directory, kim, line('p0', 'ab', 'a')));
    const file = unwrap(verdictsFile(directory, kim));
    const whole = readFileSync(file, 'utf8');
    for (const torn of ['{"id":"p1","ord', '{', '한'.repeat(30_000)]) {
      writeFileSync(file, whole + torn);
      expect(unwrap(await readComparison(directory)).verdicts[0]!.lines).toEqual([line('p0', 'ab', 'a')]);
      unwrap(await appendVerdict(directory, kim, line('p2', 'ab', 'b')));
      expect(readFileSync(file, 'utf8')).toBe(`${whole}${JSON.stringify(line('p2', 'ab', 'b'))}\n`);
    }
  });

  it('tells a line of another hand, by its place', async () => {
    appendFileSync(path.join(directory, 'prompts.jsonl'), '{"id":3}\n');
    const read = await readComparison(directory);
    expect(read).toMatchObject({ ok: false, problem: { where: { line: 4 } } });
  });

  it('tells a prefer.json that is none, by its field', async () => {
    const file = path.join(directory, 'prefer.json');
    const write = (value: object) => writeFileSync(file, JSON.stringify(value));
    const told = async () => {
      const read = await readComparison(directory);
      return read.ok ? 'read' : problemLine(read.problem);
    };
    const whole = comparison(3);
    write({ ...whole, version: 2 });
    expect(await told()).toMatch(/prefer\.json, version: .* another version/);
    write({ ...whole, sides: { ...whole.sides, b: { kind: 'model', model: 'x' } } });
    expect(await told()).toContain('sides.b');
    write({ ...whole, generation: { ...whole.generation, stop: [1] } });
    expect(await told()).toContain('generation.stop');
    writeFileSync(file, '[]');
    expect(await told()).toContain('not of its kind');
    rmSync(file);
    expect(await told()).toContain('no preference directory');
  });
});

describe('names of raters', () => {
  it('that lead out of the directory are refused', () => {
    for (const name of ['', ' ', '..', 'a/b', 'a\\b', 'x\0', '.hidden', 'con:1', 'a'.repeat(300)])
      expect(verdictsFile('/d', { kind: 'person', name }), name).toMatchObject({ ok: false });
    expect(verdictsFile('/d', kim)).toMatchObject({ ok: true });
  });

  it('are made of any text', () => {
    expect(raterName('https://api.example.org/v1 openai/gpt-4o')).toBe('https-api.example.org-v1 openai-gpt-4o');
    for (const text of ['', '///', '../../x', 'ㄱ'.repeat(100)])
      expect(verdictsFile('/d', { kind: 'judge', name: raterName(text) }), text).toMatchObject({ ok: true });
  });
});
