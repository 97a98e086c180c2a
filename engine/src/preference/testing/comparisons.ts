/** Small comparisons for tests: two files of answers, already read. */
import type { Comparison, ComparisonData, Prompt, VerdictLine } from '../types.ts';

export const comparison = (count: number): Comparison => ({
  version: 1,
  names: { a: 'one', b: 'two' },
  sides: {
    a: { kind: 'answers', file: '/answers/one.jsonl', sha256: '00' },
    b: { kind: 'answers', file: '/answers/two.jsonl', sha256: '11' },
  },
  prompts: { file: '/prompts.jsonl', sha256: '22', count },
  seed: 42,
  generation: {
    template: 'auto',
    maxTokens: 64,
    temperature: 0,
    topK: 0,
    topP: 1,
    repetitionPenalty: 1,
    stop: [],
  },
  created: '2026-01-01T00:00:00.000Z',
  bllossomVersion: '0.1.0',
});

export const prompts = (count: number): Prompt[] =>
  Array.from({ length: count }, (_, i) => ({ id: `p${i}`, prompt: `question ${i}`, language: 'en' }));

/** Each side answers every prompt; `A 3` is side A's answer to prompt 3. */
export function comparisonData(count: number, more: Partial<ComparisonData> = {}): ComparisonData {
  const list = prompts(count);
  const answers = (name: string) =>
    new Map(list.map(({ id }, i) => [id, { id, text: `${name} ${i}`, language: 'Latin' }] as const));
  return {
    directory: '/nowhere',
    comparison: comparison(count),
    prompts: list,
    answers: { a: answers('A'), b: answers('B') },
    verdicts: [],
    ...more,
  };
}

export const line = (id: string, order: VerdictLine['order'], verdict: VerdictLine['verdict']): VerdictLine => ({
  id,
  order,
  at: '2026-01-01T00:00:00.000Z',
  ...(verdict === undefined ? { error: 'nothing came' } : { verdict }),
});
