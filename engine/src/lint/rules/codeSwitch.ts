/** A few words of one script inside a sentence of another. */
import { characterClass } from '../../vocab/scripts.ts';
import { numberOf, type Rule } from '../rule.ts';

const word = /[\p{L}\p{M}]+/gu;
/** Of a line's letters, so many must be of its main script. */
const mainShare = 0.6;

export const codeSwitch: Rule = {
  id: 'code-switch',
  preset: 'all',
  severity: 'hint',
  scope: 'lines',
  inCode: false,
  fix: 'none',
  leastSaved: 0,
  options: { words: 3 },
  words: {
    en: {
      title: 'Spans in another script',
      message: '{count} words in {script} within a line in {main}{cost}',
      why: 'Changing the script inside a sentence breaks the runs that pieces are made of, and words of a script that the vocabulary hardly knows fall to bytes. Told are three words or more (option `words`) in a row. Whether they belong there only the writer knows.',
    },
    ko: {
      title: '다른 문자로 쓴 구절',
      message: '{main} 줄 안에 {script} 낱말 {count}개가 있습니다{cost}',
      why: '문장 안에서 문자가 바뀌면 조각이 끊기고, 어휘가 잘 모르는 문자의 낱말은 바이트로 쓰입니다. 잇단 세 낱말(옵션 `words`) 이상을 알려 줍니다. 그 자리에 있어야 하는지는 쓴 사람만이 압니다.',
    },
  },
  examples: [
    { before: '이 문장은 한국어로 쓰였지만 please keep it short 라는 말이 끼어 있습니다 그렇지요' },
    {
      before: 'The word is written as Привет как дела in the old letter that we found last year',
      options: { words: 3 },
    },
  ],
  leaves: [{ before: 'API를 부르는 방법을 한국어로 설명합니다' }, { before: 'All in one script.' }],
  *find({ text, from, to }, options) {
    const least = numberOf(options, 'words');
    let at = from;
    for (const line of text.slice(from, to).split('\n')) {
      yield* spansOf(line, at, least);
      at += line.length + 1;
    }
  },
};

function* spansOf(line: string, at: number, least: number) {
  // ASCII alone is one script.
  if (!/[^\0-\u024f]/.test(line)) return;
  const letters = new Map<string, number>();
  const words: { start: number; end: number; script: string }[] = [];
  let all = 0;
  for (const found of line.matchAll(word)) {
    const script = characterClass(String.fromCodePoint(found[0].codePointAt(0)!));
    words.push({ start: found.index, end: found.index + found[0].length, script });
    letters.set(script, (letters.get(script) ?? 0) + found[0].length);
    all += found[0].length;
  }
  const [main, count] = [...letters].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
  if (count < mainShare * all || letters.size < 2) return;
  for (let i = 0; i < words.length;) {
    const { script } = words[i]!;
    let j = i + 1;
    while (j < words.length && words[j]!.script === script) j++;
    if (script !== main && j - i >= least)
      yield { start: at + words[i]!.start, end: at + words[j - 1]!.end, values: { count: j - i, script, main } };
    i = j;
  }
}
