import { expect, it } from 'vitest';
import { answerSides } from './compare.ts';
import { comparisonData } from './testing/comparisons.ts';
import type { SideSource } from './types.ts';

it('a side that was begun in one precision is not answered further in another one', async () => {
  const data = comparisonData(3);
  const begun = async (asked: 'float32' | 'bfloat16', precision?: 'bfloat16') => {
    const model = { kind: 'model', model: '/gone', fingerprint: '00' } as const;
    const a: SideSource = precision === undefined ? model : { ...model, precision };
    const comparison = { ...data.comparison, sides: { ...data.comparison.sides, a } };
    const answers = { ...data.answers, a: new Map([...data.answers.a].slice(1)) };
    const answered = await answerSides({ ...data, comparison, answers }, { precision: asked });
    return answered.ok ? '' : answered.problem.what;
  };
  expect(await begun('bfloat16')).toMatch(/"one" were begun in float32/);
  expect(await begun('float32', 'bfloat16')).toMatch(/begun in bfloat16/);
  // The next thing that is looked at.
  expect(await begun('float32')).toMatch(/no longer here/);
  expect(await begun('bfloat16', 'bfloat16')).toMatch(/no longer here/);
});
