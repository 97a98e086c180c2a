import { describe, expect, it } from 'vitest';
import { judgeMessages, judgePrompts } from './judgePrompts.ts';
import { verdictOf } from './verdict.ts';

describe('a verdict', () => {
  it.each([
    ['A is clearer.\n\n[[A]]', 'a'],
    ['[[B]]', 'b'],
    ['Neither.\n[[C]]', 'tie'],
    ['**[[ b ]]**', 'b'],
    ['결론: 답변 B가 낫습니다. ［［Ｂ］］', 'b'],
    ['I first leaned to [[A]].\nBut it is wrong:\n[[B]].', 'b'],
    ['<think>[[A]] or so?</think>\n[[B]]', 'b'],
    ['First [[A]], but no.</think>\nA is worse.\n[[B]]', 'b'],
    ['A is better.\n\nVerdict: [A]', 'a'],
    ['B는 짧지만 정확합니다.\n판정: B', 'b'],
    ['**C**', 'tie'],
    ['[[A]]\n\n---\n', 'a'],
  ])('is read from %j', (reply, verdict) => {
    expect(verdictOf(reply, 'ab')).toBe(verdict);
    // Shown the other way round, the same words mean the other side.
    expect(verdictOf(reply, 'ba')).toBe(verdict === 'tie' ? 'tie' : verdict === 'a' ? 'b' : 'a');
  });

  it.each([
    '',
    'Both are good.',
    '[[A]] or [[B]]',
    'Answer A',
    '[[D]]',
    'A\nbecause it is long',
    '<think>[[A]]</think>',
    'Perhaps\n[[A]]\n</think>\nI cannot say.',
  ])('is none in %j', (reply) => expect(verdictOf(reply, 'ab')).toBeUndefined());

  it('of a reply that was cut off counts only at its very end', () => {
    expect(verdictOf('Reasons.\n[[A]]', 'ab', true)).toBe('a');
    expect(verdictOf('<think>Say it were\n[[A]]', 'ab', true)).toBeUndefined();
    expect(verdictOf('[[A]] would be for the first, and', 'ab', true)).toBeUndefined();
    expect(verdictOf('Possible are [[A]]\nand now I think', 'ab', true)).toBeUndefined();
  });
});

describe("a judge's question", () => {
  const prompt = { id: 'p', prompt: '{second} 무엇입니까? $& $1' };
  const answers = { a: 'answer {prompt} of a', b: 'answer of b' };

  it('holds the texts as they are, in the order asked, in the language of the prompt', () => {
    const [system, user] = judgeMessages(prompt, answers, 'ba', 'auto');
    expect(system!.content).toBe(judgePrompts.ko.system);
    expect(user!.content).toContain('<요청>\n{second} 무엇입니까? $& $1\n</요청>');
    expect(user!.content).toContain('<답변-A>\nanswer of b\n</답변-A>');
    expect(user!.content).toContain('<답변-B>\nanswer {prompt} of a\n</답변-B>');
    expect(user!.content).not.toContain('<입력>');
    const [, english] = judgeMessages({ ...prompt, input: 'this' }, answers, 'ab', 'en');
    expect(english!.content).toContain('<input>\nthis\n</input>');
    expect(english!.content).toMatch(/<answer-A>\nanswer \{prompt\} of a/);
  });

  it.each(Object.entries(judgePrompts))('in %s asks for each of the three verdicts', (_, { system, user }) => {
    for (const token of ['[[A]]', '[[B]]', '[[C]]']) expect(system + user).toContain(token);
    for (const place of ['{prompt}', '{input}', '{first}', '{second}']) expect(user.split(place)).toHaveLength(2);
  });
});
