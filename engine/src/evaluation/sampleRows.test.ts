import { expect, it } from 'vitest';
import { promptHash, readSample } from './sampleRows.ts';

const row = {
  doc_id: 7,
  source: { file: 'kobest/COPA/test.tsv', line: 9 },
  target: 1,
  prediction: 0,
  arguments: [
    ['문이 열렸다. 그래서', ' 바람이 들어왔다.'],
    ['문이 열렸다. 그래서', ' 창이 닫혔다.'],
  ],
  resps: [[-3.5], [-4.25]],
  acc: 0,
  acc_norm: 1,
  truncated_tokens: 3,
  tokens: { context: 12, byte: 2, new: 5, candidates: [6, 4] },
};

it('reads a row of candidates', () => {
  expect(readSample(JSON.stringify(row))).toEqual({
    id: 7,
    context: '문이 열렸다. 그래서',
    candidates: [' 바람이 들어왔다.', ' 창이 닫혔다.'],
    logLikelihoods: [-3.5, -4.25],
    gold: 1,
    prediction: 0,
    right: false,
    figures: { acc: 0, acc_norm: 1 },
    truncated: 3,
    source: { file: 'kobest/COPA/test.tsv', line: 9 },
    tokens: { context: 12, all: 16, byte: 2, fresh: 5 },
  });
});

it('reads an older row, and one of the harness itself', () => {
  const { doc_id, target, arguments: asked } = row;
  const older = { doc_id, target, arguments: asked, resps: [[[-3.5, false]], [[-4.25, false]]] };
  expect(readSample(JSON.stringify(older))).toMatchObject({
    prediction: 0,
    logLikelihoods: [-3.5, -4.25],
    truncated: 0,
  });
});

it('reads a row that the model wrote itself', () => {
  const written = {
    doc_id: 0,
    target: '서울',
    arguments: [['수도는', { until: ['\n'], max_gen_toks: 8 }]],
    resps: [[' 서울\n']],
    filtered_resps: ['서울'],
    exact_match: 1,
    chrf: 87.5,
  };
  expect(readSample(JSON.stringify(written))).toMatchObject({
    goldText: '서울',
    answer: '서울',
    right: true,
    candidates: [],
    figures: { exact_match: 1, chrf: 87.5 },
  });
});

it.each([
  ['', 'nothing'],
  ['{"doc_id": 1', 'half a line'],
  ['[]', 'a list'],
  [JSON.stringify({ ...row, arguments: [] }), 'no questions'],
  [JSON.stringify({ ...row, resps: [[-1]] }), 'an answer short'],
  [JSON.stringify({ ...row, target: 2 }), 'a right answer that is not there'],
  [JSON.stringify({ ...row, arguments: [['a'], 'b'] }), 'a question that is none'],
])('passes over %s', (line) => {
  expect(readSample(line)).toBeUndefined();
});

it('reads a row of a text that was scored itself, ours and the harness’s', () => {
  const text = '비가 온다';
  const own = {
    ...{ doc_id: 3, source: { file: 'ko.txt', line: 4 }, target: text, arguments: [[text]], resps: [[-13 * Math.LN2]] },
    ...{ bits_per_byte: 1, bytes: 13, words: 2, tokens: { context: 0, byte: 3, new: 2, candidates: [7] } },
  };
  expect(readSample(JSON.stringify(own))).toMatchObject({
    ...{ id: 3, context: text, candidates: [], gold: -1, prediction: -1, right: false },
    scored: { bytes: 13, words: 2, bitsPerByte: expect.closeTo(1, 12) as number },
    tokens: { context: 0, all: 7, byte: 3, fresh: 2 },
  });
  const theirs = {
    doc_id: 0,
    target: text,
    arguments: [[text]],
    resps: [[[-26 * Math.LN2]]],
    bits_per_byte: [-18, 13],
  };
  expect(readSample(JSON.stringify(theirs))?.scored?.bitsPerByte).toBeCloseTo(2, 12);
  expect(readSample(JSON.stringify({ ...own, resps: [] }))).toBeUndefined();
});

it('tells prompts apart, candidates too', () => {
  const one = { context: 'a', candidates: ['b', 'c'] };
  expect(promptHash(one)).toBe(promptHash({ ...one }));
  expect(promptHash(one)).not.toBe(promptHash({ context: 'ab', candidates: ['', 'c'] }));
  expect(promptHash(one)).not.toBe(promptHash({ context: 'a', candidates: ['c', 'b'] }));
});
