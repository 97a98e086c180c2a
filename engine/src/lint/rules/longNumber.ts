/** Numbers of many digits. */
import { numberOf, type Rule } from '../rule.ts';
import { matchesOf } from './around.ts';

const number = /(?<![\p{L}\p{N}_.,])\p{Nd}+(?:\.\p{Nd}+)?(?![\p{L}\p{N}_])/gu;

export const longNumber: Rule = {
  id: 'long-number',
  preset: 'all',
  severity: 'hint',
  scope: 'lines',
  inCode: false,
  fix: 'none',
  leastSaved: 0,
  options: { digits: 12 },
  words: {
    en: {
      title: 'Long numbers',
      message: 'A number of {digits} digits{cost}',
      why: 'Most vocabularies take a number digit by digit, or in threes. Twelve digits or more (option `digits`), or as many behind a point, seldom help a model: a rounded number, or a unit (3.2 billion), says the same. Nothing is changed by machine.',
    },
    ko: {
      title: '긴 숫자',
      message: '{digits}자리 숫자{cost}',
      why: '어휘는 대개 숫자를 한 자리씩, 또는 세 자리씩 씁니다. 열두 자리(옵션 `digits`)가 넘는 숫자나 소수는 모델에 도움이 되는 일이 드뭅니다. 반올림한 수나 단위(32억)로도 같은 말이 됩니다. 저절로 바꾸지는 않습니다.',
    },
  },
  examples: [{ before: '3.141592653589793 와 20240229123456' }],
  leaves: [{ before: '2024-02-29 3,200,000,000 3.14159' }],
  *find({ text, from, to }, options) {
    const least = numberOf(options, 'digits');
    for (const { found, start, end } of matchesOf(text, from, to, number)) {
      const digits = found[0].replace('.', '').length;
      if (digits < least) continue;
      yield { start, end, values: { digits } };
    }
  },
};
