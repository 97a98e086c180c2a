/** Linting a text again after edits, with what was found before in mind, finds what linting it from scratch does. */
import { describe, expect, it } from 'vitest';
import { finish } from '../base/steps.ts';
import { unwrap } from '../base/problem.ts';
import { createTokenizer } from '../tokenizers/modelFile.ts';
import { TokenizedText, type Tokenizer } from '../tokenizers/index.ts';
import { parseModel } from '../tokenizers/sentencePieceModel.ts';
import { hostileText } from '../tokenizers/testing/hostile.ts';
import { dice, english, korean, modelBytes, oddText, trained } from '../tokenizers/testing/models.ts';
import { layerOf, settingsOf } from './config.ts';
import { type Finding, lint } from './lint.ts';
import { Measured } from './measured.ts';
import { LintMemory } from './memory.ts';
import type { KindName } from './source.ts';

const lines = [...english, ...korean];
const syllables = Array.from('한국어안녕하세요있습니다. ', (c, i) => [c.replace(' ', '\u2581'), -2 - (i % 3)] as const);
const unigram = [...new Map([...syllables, ['a', -3], ['e', -3.3], ['\u2581', -2]] as [string, number][])];
const tokenizers: Readonly<Record<string, Tokenizer | undefined>> = {
  'no tokenizer': undefined,
  bpe: createTokenizer(trained(lines, { size: 520 })),
  unigram: createTokenizer(
    unwrap(parseModel(modelBytes({ algorithm: 'unigram', pieces: unigram, byteFallback: true }), 'u.model')),
  ),
};
const settings = settingsOf([layerOf({ preset: 'all', rules: { 'costly-word': ['hint', { saved: 1 }] } })]);
const told = (findings: readonly Finding[]) => findings.map(({ rule, ...rest }) => ({ ...rest, rule: rule.id }));

/** What rules look for, at seams of stretches too. */
const pieces = [
  ...['\n', '\n\n\n\n', '  ', ' ', '| a |  b |\n|---|---|\n| 1    | 2 |\n', '한국어'.normalize('NFD'), '\u200b', '“q”'],
  ...['https://a.kr/%ED%95%9C?utm_id=1', '</s>', '１２', 'ㅎㅏㄴㄱㅡㄹ', '위하여', '{{x}}  y', 'x', '```\n', '`'],
  '<!-- bllossom-disable invisible -->',
];

describe.each(Object.entries(tokenizers))('with %s', (_, tokenizer) => {
  it.each(['plaintext', 'markdown', 'jsonl'] as const)('finds the same after any edits in %s', (kind: KindName) => {
    const random = dice(11);
    const line = () => {
      const at = random(20);
      return at < 12 ? lines[at]! : at < 16 ? pieces[random(pieces.length)]! : at < 18 ? oddText(random) : hostileText(random);
    }; // prettier-ignore
    const row = () => (kind === 'jsonl' ? JSON.stringify({ text: line() }) : line());
    let text = Array.from({ length: 700 }, row).join('\n');
    const memory = new LintMemory();
    const measured = tokenizer === undefined ? undefined : new Measured(tokenizer);
    const tokenized = tokenizer === undefined ? undefined : new TokenizedText(tokenizer, text);
    let findings = 0;
    for (let round = 0; round < 6; round++) {
      const remembered = finish(lint({ text, kind, settings, tokenizer, tokenized, memory, measured }));
      expect(told(remembered)).toEqual(told(finish(lint({ text, kind, settings, tokenizer }))));
      findings += remembered.length;
      for (let edits = random(3); edits >= 0; edits--) {
        const start = random(text.length + 1);
        const end = Math.min(text.length, start + random(random(4) === 0 ? 3000 : 4));
        const inserted = random(5) === 0 ? '' : pieces[random(pieces.length)]!;
        text = text.slice(0, start) + inserted + text.slice(end);
        tokenized?.replace(start, end, inserted);
      }
    }
    expect(findings).toBeGreaterThan(300);
  });
});

it('searches anew only what reads otherwise', () => {
  const memory = new LintMemory();
  const searched: number[] = [];
  const [id, setting] = [...settings.rules].find(([name]) => name === 'invisible')!;
  const watching = { rules: new Map([[id, setting]]) };
  let text = 'a line of words and words\n'.repeat(6000);
  const steps = () => {
    let count = 0;
    const run = lint({ text, kind: 'plaintext', settings: watching, memory });
    while (run.next().done !== true) count++;
    searched.push(count);
  };
  steps();
  text = text.slice(0, 70_000) + 'x' + text.slice(70_000);
  steps();
  // A pause for each stretch that is searched, beside those there are anyway.
  expect(searched[0]! - searched[1]!).toBeGreaterThan(5);
});

it('knows a sentence again across stretches, in a text without lines too', () => {
  const said = 'This sentence is said twice in all, far apart. ';
  const filler = Array.from({ length: 3000 }, (_, i) => `Sentence number ${i} stands here alone. `).join('');
  const only = { rules: new Map([...settings.rules].filter(([id]) => id === 'repeated-sentence')) };
  let text = said + filler + said;
  const memory = new LintMemory();
  for (const at of [50_000, said.length, 20_000, 90_000]) {
    const found = finish(lint({ text, kind: 'plaintext', settings: only, memory }));
    expect(found.map(({ start, related }) => [start, related?.start])).toEqual([
      [text.lastIndexOf(said), text.indexOf(said)],
    ]);
    text = text.slice(0, at) + 'x ' + text.slice(at);
  }
});
