/** Binary data written as letters. */
import { numberOf, type Rule } from '../rule.ts';
import { matchesOf } from './around.ts';

const run = /(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{40,}={0,2}/g;

export const base64: Rule = {
  id: 'base64',
  preset: 'all',
  severity: 'information',
  scope: 'lines',
  inCode: true,
  fix: 'none',
  leastSaved: 0,
  options: { length: 64 },
  words: {
    en: {
      title: 'Base64 and other random letters',
      message: '{length} characters that look like Base64{cost}',
      why: 'An image or a key in Base64 costs a token for every one or two characters, and a model cannot read it. Told from 64 characters on (option `length`), where upper case, lower case and digits are mixed. Nothing is changed by machine.',
    },
    ko: {
      title: 'Base64 따위의 무작위 글자',
      message: 'Base64로 보이는 글자 {length}개{cost}',
      why: 'Base64로 적은 그림이나 열쇠는 글자 한둘마다 토큰 하나를 쓰고, 모델은 읽지도 못합니다. 대문자와 소문자와 숫자가 섞인 64자(옵션 `length`) 이상을 알려 줍니다. 저절로 바꾸지는 않습니다.',
    },
  },
  examples: [
    {
      before:
        'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    },
  ],
  leaves: [{ before: '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef' }, { before: '-'.repeat(80) }],
  *find({ text, from, to }, options) {
    const least = numberOf(options, 'length');
    for (const { found, start, end } of matchesOf(text, from, to, run)) {
      const [letters] = found;
      if (letters.length < least || !/[a-z]/.test(letters) || !/[A-Z]/.test(letters) || !/\d/.test(letters)) continue;
      yield { start, end, values: { length: letters.length } };
    }
  },
};
