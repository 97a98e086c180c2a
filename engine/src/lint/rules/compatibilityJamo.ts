/** Hangul typed in separate letters of the keyboard that spell syllables. */
import { drawn, places } from '../data/jamo.ts';
import type { Rule } from '../rule.ts';
import { matchesOf, shortened } from './around.ts';

const run = /[\u3131-\u3163\uffa1-\uffdc]{3,}/g;

export const compatibilityJamo: Rule = {
  id: 'compatibility-jamo',
  preset: 'default',
  severity: 'warning',
  scope: 'lines',
  inCode: false,
  fix: 'suggestion',
  leastSaved: 1,
  options: {},
  words: {
    en: {
      title: 'Compatibility jamo that spell syllables',
      message: '“{letters}” is typed in separate letters',
      fix: 'Write “{syllables}”',
      why: 'A broken input method leaves ㅎㅏㄴㄱㅡㄹ where 한글 was meant: six letters, in most vocabularies eighteen byte tokens. Only runs that spell whole syllables are told, put together as a keyboard would. Letters written on purpose are left alone: ㅋㅋㅋ, ㅠㅠ, ㅇㅋ, ㄱ), ㅇㅅㅇ, and faces that happen to spell a syllable. As the text looks different afterwards, the change is a suggestion.',
    },
    ko: {
      title: '음절이 되는 호환용 낱자',
      message: '‘{letters}’이(가) 낱자로 풀어져 있습니다',
      fix: '‘{syllables}’(으)로 쓰기',
      why: '입력기가 잘못되면 한글이 ㅎㅏㄴㄱㅡㄹ로 남습니다. 낱자 여섯 개이고, 대부분의 어휘에서는 바이트 토큰 열여덟 개입니다. 온전한 음절이 되는 것만 자판에서처럼 모아 알려 줍니다. 일부러 쓴 낱자는 그대로 둡니다. ㅋㅋㅋ, ㅠㅠ, ㅇㅋ, ㄱ), ㅇㅅㅇ, 그리고 어쩌다 음절 꼴이 된 표정이 그렇습니다. 고치면 글의 모양이 달라지므로 제안만 합니다.',
    },
  },
  examples: [
    { before: 'ㅇㅏㄴㄴㅕㅇ 세계', after: '안녕 세계' },
    { before: 'ㅎㅏㄴㄱㅡㄹ', after: '한글' },
    { before: '\uffbe\uffc2\uffa4', after: '한' },
  ],
  leaves: [
    { before: 'ㅋㅋㅋ ㅠㅠ ㅎㅎ ㅇㅋ ㄱㅅ ㄷㄷㄷ' },
    { before: 'ㅇㅅㅇ ㅠㅅㅠ ㅇㅡㅇ ㅋㅠㅋ ㅋㅠㅋㅠ ㅋㅋㅋㅋㅠㅠㅠ ㅎㅏㅏㅏ' },
    { before: 'ㄱ) 첫째 ㄴ) 둘째' },
    { before: 'ㄱ + ㅏ = 가' },
  ],
  *find({ text, from, to }) {
    for (const { found, start, end } of matchesOf(text, from, to, run)) {
      const [letters] = found;
      const syllables = compose(letters);
      if (syllables === undefined || drawn.test(letters)) continue;
      yield {
        start,
        end,
        values: { letters: shortened(letters), syllables: shortened(syllables) },
        edits: [{ start, end, text: syllables }],
      };
    }
  },
};

type Place = keyof typeof places;

/** The conjoining letter in a place of a syllable. */
function conjoining(letter: string, place: Place): string | undefined {
  const { from, letters } = places[place];
  const index = letter === '' ? -1 : letters.indexOf(letter);
  return index < 0 ? undefined : String.fromCharCode(from + index);
}

/** Half-width letters as compatibility letters: by what both are compatible with. */
const wide = new Map(
  Array.from({ length: 0xffdc - 0xffa0 }, (_, i) => String.fromCharCode(0xffa1 + i)).flatMap((half) => {
    const compatible = half.normalize('NFKC');
    const letter = Array.from(places.lead.letters + places.vowel.letters + places.tail.letters).find(
      (candidate) => candidate.normalize('NFKC') === compatible,
    );
    return letter === undefined ? [] : [[half, letter] as const];
  }),
);

/** What a keyboard makes of the letters; undefined where one of them stays alone. */
function compose(run: string): string | undefined {
  const letters = Array.from(run, (letter) => wide.get(letter) ?? letter);
  let conjoined = '';
  for (let i = 0; i < letters.length;) {
    const lead = conjoining(letters[i]!, 'lead');
    const vowel = conjoining(letters[i + 1] ?? '', 'vowel');
    if (lead === undefined || vowel === undefined) return undefined;
    conjoined += lead + vowel;
    i += 2;
    // A consonant closes the syllable where no vowel follows that it would open the next one with.
    const tail = i < letters.length ? conjoining(letters[i]!, 'tail') : undefined;
    if (tail !== undefined && conjoining(letters[i + 1] ?? '', 'vowel') === undefined) {
      conjoined += tail;
      i++;
    }
  }
  return conjoined.normalize('NFC');
}
