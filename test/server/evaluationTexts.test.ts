/** Rows that are no choices, as the editor asks for them: texts that were scored themselves, and answers that a model wrote. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompareEvaluations, EvaluationDetail, EvaluationRows } from '../../server/src/protocol.ts';
import type { LanguageClient } from './languageClient.ts';
import { startInWorkspace } from './startInWorkspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;

beforeAll(async () => {
  ({ workspace, client } = await startInWorkspace());
});
afterAll(async () => {
  expect(await client.stop()).toBe(0);
  workspace.remove();
});

const all: EvaluationRows.Query = { search: '', sort: 'row', descending: false };
const ids = ({ rows }: EvaluationRows.Answer) => rows.map(({ id }) => id);

describe('rows that are not choices', () => {
  /** Writes an evaluation of one task with ready lines of rows. */
  function rowsFile(name: string, task: string, lines: readonly object[]): string {
    const folder = path.join(workspace.folder, 'evaluations', name);
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, 'results.json');
    writeFileSync(file, JSON.stringify({ results: { [task]: { n: lines.length } }, config: { data: '/data' } }));
    writeFileSync(
      path.join(folder, `samples-${task}.jsonl`),
      lines
        .map((line, i) => `${JSON.stringify({ doc_id: i, source: { file: 'ko.txt', line: i + 1 }, ...line })}\n`)
        .join(''),
    );
    return file;
  }

  const texts = ['비가 온다', '눈이 온다', 'rain falls', '바람'];
  /** Texts that cost so many bits each; the last one only where it is asked for. */
  const textRows = (name: string, bits: readonly number[], tokens: readonly number[]) =>
    rowsFile(
      name,
      'ko_text',
      bits.map((cost, i) => ({
        ...{ target: texts[i], arguments: [[texts[i]]], resps: [[-cost * Math.LN2]] },
        bits_per_byte: cost / Buffer.byteLength(texts[i]!),
        bytes: Buffer.byteLength(texts[i]!),
        tokens: { context: 0, byte: i === 1 ? 4 : 0, new: 0, candidates: [tokens[i]] },
      })),
    );
  const ask = (file: string, task: string, query: Partial<EvaluationRows.Query>, other?: string) =>
    client.request(EvaluationRows.type, {
      ...{ path: file, task, query: { ...all, ...query }, from: 0, count: 50 },
      ...(other === undefined ? {} : { other }),
    });

  it('are texts with their bits, in any order', async () => {
    const file = textRows('texts', [26, 39, 10, 12], [3, 9, 5, 2]);
    const detail = await client.request(EvaluationDetail.type, { path: file, task: 'ko_text' });
    expect(detail).toMatchObject({
      kind: 'text',
      value: 'bits_per_byte',
      rows: 4,
      right: 0,
      labels: [],
      confusion: [],
    });
    expect(
      detail.groups.filter(({ by }) => by === 'bytes').map(({ rows: n, bitsPerByte }) => [n, bitsPerByte]),
    ).toEqual([
      [3, expect.closeTo(48 / 29, 12)],
      [1, expect.closeTo(3, 12)],
    ]);
    const inOrder = async (query: Partial<EvaluationRows.Query>) => ids(await ask(file, 'ko_text', query));
    expect(await inOrder({ sort: 'value', descending: true })).toEqual([1, 0, 3, 2]);
    expect(await inOrder({ sort: 'length' })).toEqual([3, 0, 2, 1]);
    expect(await inOrder({ sort: 'bytes' })).toEqual([3, 2, 0, 1]);
    expect(await inOrder({ search: '온다' })).toEqual([0, 1]);
    expect(await inOrder({ ids: [2, 3] })).toEqual([2, 3]);
    expect((await ask(file, 'ko_text', {})).rows[1]).toMatchObject({
      ...{ context: '눈이 온다', candidates: [], tokens: { all: 9, byte: 4 } },
      scored: { bytes: 13, bitsPerByte: expect.closeTo(3, 12) as number },
      value: expect.closeTo(3, 12) as number,
      place: { file: path.resolve('/data/ko.txt'), line: 2 },
    });
  });

  it('are texts held beside those of another model', async () => {
    const here = textRows('texts-a', [26, 39, 10, 12], [3, 9, 5, 2]);
    const there = textRows('texts-b', [39, 13, 10], [4, 4, 4]);
    const compared = await client.request(CompareEvaluations.type, { path: here, other: there, task: 'ko_text' });
    expect(compared).toMatchObject({
      ...{ comparable: true, rows: 3, here: 4, there: 3, onlyThis: 1, onlyOther: 1, both: 1, neither: 0, p: 1 },
      values: {
        ...{ value: 'bits_per_byte', here: expect.closeTo(75 / 36, 12) as number },
        there: expect.closeTo(62 / 36, 12) as number,
      },
    });
    // The same rows are drawn of both: no resample differs by more than the row that differs most.
    const [low, high] = (compared.comparable ? compared.values?.interval : undefined) ?? [];
    expect(low).toBeGreaterThanOrEqual(-1);
    expect(low).toBeLessThan(13 / 36);
    expect(high).toBeLessThanOrEqual(2);
    expect(high).toBeGreaterThan(13 / 36);
    const answer = await ask(here, 'ko_text', { sort: 'difference', descending: true }, there);
    expect(ids(answer)).toEqual([1, 2, 0, 3]);
    expect(answer.rows[0]?.other).toMatchObject({ value: expect.closeTo(1, 12) as number, tokens: { all: 4 } });
    expect(answer.rows[3]?.other).toBeUndefined();
    expect(ids(await ask(here, 'ko_text', { beside: 'onlyThis' }, there))).toEqual([0]);
    expect(ids(await ask(here, 'ko_text', { beside: 'differ' }, there))).toEqual([0, 1]);
  });

  it('are answers with what was wanted, and how near they come', async () => {
    const written = (name: string, answers: readonly (readonly [answer: string, exact: number, chrf: number])[]) =>
      rowsFile(
        name,
        'capital',
        answers.map(([answer, exact, chrf]) => ({
          ...{ target: '서울', arguments: [['수도는', { until: ['\n'], max_gen_toks: 8 }]] },
          ...{ resps: [[answer]], filtered_resps: [answer], exact_match: exact, chrf },
        })),
      );
    const here = written('written-a', [['서울', 1, 100], ['서울시', 0, 60], ['부산', 0, 0]]); // prettier-ignore
    const there = written('written-b', [['서울', 1, 100], ['서울', 1, 100], ['인천', 0, 0]]); // prettier-ignore
    expect(await client.request(EvaluationDetail.type, { path: here, task: 'capital' })).toMatchObject({
      ...{ kind: 'written', value: 'chrf', rows: 3, right: 1, labels: [] },
    });
    const answer = await ask(here, 'capital', { sort: 'difference' }, there);
    expect(ids(answer)).toEqual([1, 0, 2]);
    expect(answer.rows[0]).toMatchObject({
      ...{ context: '수도는', goldText: '서울', answer: '서울시', right: false, value: 60 },
      other: { answer: '서울', right: true, value: 100 },
    });
    expect(await client.request(CompareEvaluations.type, { path: here, other: there, task: 'capital' })).toMatchObject({
      ...{ both: 1, onlyThis: 0, onlyOther: 1, neither: 1 },
      values: { value: 'chrf', here: 160 / 3, there: 200 / 3 },
    });
  });
});
