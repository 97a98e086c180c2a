/** Words and phrases that have a cheaper wording with the same sense, from a table. */
import { costlyWords } from '../data/costlyWords.ts';
import { numberOf, type Rule } from '../rule.ts';
import { matchesOf } from './around.ts';

const escaped = (s: string) => s.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
const letter = String.raw`[\p{L}\p{M}\p{N}]`;
const rows = Object.values(costlyWords).flat();
/** The longer first: of two that begin alike, the one that says more is meant. */
const longest = rows.toSorted((a, b) => b.from.length - a.from.length);
const any = new RegExp(
  longest
    .map(
      ({ from, begins, ends }) =>
        `${begins === true ? `(?<!${letter})` : ''}${escaped(from)}${ends === true ? `(?!${letter})` : ''}`,
    )
    .join('|'),
  'gu',
);
const cheaper = new Map(rows.map(({ from, to }) => [from, to]));

export const costlyWord: Rule = {
  id: 'costly-word',
  preset: 'recommended',
  severity: 'hint',
  scope: 'lines',
  inCode: false,
  fix: 'suggestion',
  leastSaved: 0,
  options: { saved: 2 },
  words: {
    en: {
      title: 'Words with a far cheaper wording',
      message: '“{from}” can be “{to}”',
      fix: 'Write “{to}”',
      why: 'Some wordings have a shorter form with the same sense and grammar: 하였습니다 and 했습니다, 위하여 and 위해, “in order to” and “to”; and words written without the space that the norm asks for are often not in the vocabulary. Told only where the tokenizer in use makes the other at least two tokens cheaper (option `saved`). The table is small and grows with each language.',
    },
    ko: {
      title: '훨씬 싼 표현이 있는 말',
      message: '‘{from}’은(는) ‘{to}’(으)로 쓸 수 있습니다',
      fix: '‘{to}’(으)로 쓰기',
      why: '뜻과 문법이 같으면서 더 짧은 꼴이 있는 말이 있습니다. 하였습니다와 했습니다, 위하여와 위해, in order to와 to가 그렇습니다. 규범대로 띄어 쓰지 않은 말은 어휘에 없을 때가 많습니다. 쓰고 있는 토크나이저에서 토큰이 두 개(옵션 `saved`) 이상 줄 때만 알려 줍니다. 표는 작고, 언어마다 늘어납니다.',
    },
  },
  examples: [
    { before: '회의를 시작하였습니다.', after: '회의를 시작했습니다.', options: { saved: 1 } },
    { before: '이를 위하여 검토하여야 한다.', after: '이를 위해 검토해야 한다.' },
    { before: 'We did it in order to win.', after: 'We did it to win.', options: { saved: 1 } },
  ],
  leaves: [{ before: '할인하여 판다' }, { before: '그럴수록 좋다' }, { before: 'border to' }],
  *find({ text, from, to, measure }, options) {
    if (measure === undefined) return;
    const leastSaved = numberOf(options, 'saved');
    for (const { found, start, end } of matchesOf(text, from, to, any)) {
      const edits = [{ start, end, text: cheaper.get(found[0])! }];
      yield { start, end, values: { from: found[0], to: edits[0]!.text }, edits, leastSaved };
    }
  },
};
