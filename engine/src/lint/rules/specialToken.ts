/** Special tokens written out in a text. */
import { PieceType } from '../../tokenizers/index.ts';
import { plainMarks, specialTokens } from '../data/specialTokens.ts';
import type { Rule } from '../rule.ts';

/** What may be one: between angle brackets, or capitals between square ones. */
const candidate = /<<?\/?[\w|.-]{1,40}>>?|\[\/?[A-Z]{2,20}\]/g;
const known = new Set(specialTokens);

export const specialToken: Rule = {
  id: 'special-token',
  preset: 'recommended',
  severity: 'information',
  scope: 'lines',
  inCode: false,
  measures: true,
  fix: 'none',
  leastSaved: 0,
  options: {},
  words: {
    en: {
      title: 'Special tokens written out',
      message: '{token} looks like a special token{cost}',
      why: 'In a text, </s> is letters to a SentencePiece tokenizer, four tokens or so that end nothing: the special token is an id that only a template can put there. Other tokenizers do read <|eot_id|> in a text as the token, and a user’s input that holds one can end a turn. Both are mostly mistakes. Known are those of common models and the control pieces of the vocabulary in use. Nothing is changed by machine.',
      variants: {
        letters: { message: '{token} is letters here, not the special token{cost}' },
        read: { message: '{token} is read as the special token, not as letters' },
      },
    },
    ko: {
      title: '글로 쓴 특수 토큰',
      message: '{token}은(는) 특수 토큰처럼 보입니다{cost}',
      why: 'SentencePiece 토크나이저에게 글 속의 </s>는 글자일 뿐이라, 아무것도 끝내지 못하는 토큰 네 개쯤이 됩니다. 특수 토큰은 템플릿만이 넣을 수 있는 번호입니다. 다른 토크나이저는 글 속의 <|eot_id|>를 정말 그 토큰으로 읽으므로, 사용자가 넣은 글이 차례를 끝내 버릴 수 있습니다. 둘 다 대개 실수입니다. 흔한 모델의 것과 쓰고 있는 어휘의 제어 조각을 압니다. 저절로 바꾸지는 않습니다.',
      variants: {
        letters: { message: '여기서 {token}은(는) 특수 토큰이 아니라 글자입니다{cost}' },
        read: { message: '{token}은(는) 글자가 아니라 특수 토큰으로 읽힙니다' },
      },
    },
  },
  examples: [{ before: '끝입니다.</s>' }, { before: 'a <|eot_id|> b' }],
  leaves: [
    { before: '<b>bold</b> [A] [OK]' },
    { before: '`</s>` in code', kind: 'markdown' },
    { before: '[INST] hello [/INST]', kind: 'prompt' },
  ],
  *find({ text, from, to, kind, measure }) {
    for (const found of text.slice(from, to).matchAll(candidate)) {
      const [token] = found;
      const id = measure?.tokenizer.idOf(token);
      const isControl = id !== undefined && measure?.tokenizer.piece(id).type === PieceType.control;
      if (!isControl && !known.has(token)) continue;
      // Marks that a template writes as letters are at home in a prompt.
      if (!isControl && kind === 'prompt' && plainMarks.has(token)) continue;
      const start = from + found.index;
      const end = start + token.length;
      const variant = measure === undefined ? undefined : measure.tokensIn(start, end) === 1 ? 'read' : 'letters';
      yield { start, end, values: { token }, ...(variant === undefined ? {} : { variant }) };
    }
  },
};
