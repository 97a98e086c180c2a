/** Letters written in parts, base and marks or the letters of a syllable, that have a character of their own (NFC). */
import type { Match, Rule } from '../rule.ts';

/** A character and what may compose with it: marks, conjoining jamo, the vowel signs of Kirat Rai. */
const stretch = /[^][\p{M}\u1160-\u11ff\ud7b0-\ud7ff\u{16d40}-\u{16d7f}]+/gu;
/** Stretches no further apart are told as one. */
const together = 16;
/** But not more than so many units: a line may be a book. */
const mostUnits = 500;

export const decomposed: Rule = {
  id: 'decomposed',
  preset: 'default',
  severity: 'warning',
  scope: 'lines',
  inCode: true,
  fix: 'safe',
  leastSaved: 1,
  options: {},
  words: {
    en: {
      title: 'Decomposed Hangul and accents (NFD)',
      message: '{characters} characters are written in parts (NFD)',
      fix: 'Compose them (NFC)',
      why: 'Texts from macOS file names, PDFs and some editors hold each syllable as its separate letters, 한 as ᄒ ᅡ ᆫ, or an accented letter as a letter and a mark. They look the same, and most tokenizers spell them in bytes: nine tokens in place of one or three. Composing (Unicode normalization form C) changes nothing that is seen. What has no composed form, as most Indic vowel signs, is left alone, and so are characters that NFC would replace by others.',
      variants: {
        Hangul: {
          message: 'Decomposed Hangul (NFD): {characters} syllables written in letters',
          fix: 'Compose the Hangul',
        },
      },
    },
    ko: {
      title: '풀어 쓴 한글과 악센트 글자(NFD)',
      message: '글자 {characters}개가 조각으로 풀어져 있습니다(NFD)',
      fix: '글자 합치기(NFC)',
      why: 'macOS의 파일 이름, PDF, 일부 편집기에서 온 글에는 음절이 낱자로, 곧 한이 ᄒ ᅡ ᆫ으로, 악센트 글자가 글자와 부호로 나뉘어 있습니다. 눈에는 같아 보이지만 토크나이저는 대개 바이트로 씁니다. 토큰 하나나 셋이면 될 것이 아홉이 됩니다. 합치기(유니코드 정규화 NFC)는 보이는 것을 전혀 바꾸지 않습니다. 인도 문자의 모음 기호처럼 합친 꼴이 없는 것과, NFC가 다른 글자로 바꾸어 버릴 글자는 그대로 둡니다.',
      variants: {
        Hangul: { message: '풀어 쓴 한글(NFD): 음절 {characters}개가 낱자로 쓰였습니다', fix: '한글 모아쓰기' },
      },
    },
  },
  examples: [
    { before: 'a \u1112\u1161\u11ab\u1100\u1173\u11af b', after: 'a 한글 b' },
    { before: 'cafe\u0301', after: 'caf\u00e9' },
    { before: 'か\u3099', after: 'が' },
  ],
  leaves: [{ before: '한글 café' }, { before: 'हिन्दी क्षेत्र' }, { before: '\u1112\u119e\u11ab' }, { before: '\ufa10' }],
  *find({ text, from, to }) {
    const block = text.slice(from, to);
    if (block.normalize('NFC') === block) return;
    let group: { start: number; end: number; characters: number; hangul: boolean; edits: Edits } | undefined;
    for (const found of block.matchAll(stretch)) {
      const [part] = found;
      const composed = part.normalize('NFC');
      // Shorter: something was composed. Characters that NFC replaces by others are as long, or longer.
      if (composed.length >= part.length || /^\p{M}/u.test(part)) continue;
      const start = from + found.index;
      const edit = { start, end: start + part.length, text: composed };
      if (
        group !== undefined &&
        (start - group.end > together || edit.end - group.start > mostUnits || /\n/.test(text.slice(group.end, start)))
      ) {
        yield told(group);
        group = undefined;
      }
      group ??= { start, end: start, characters: 0, hangul: true, edits: [] };
      group.end = edit.end;
      group.characters++;
      group.hangul &&= /^\p{Script=Hangul}/u.test(composed);
      group.edits.push(edit);
    }
    if (group !== undefined) yield told(group);
  },
};

type Edits = { start: number; end: number; text: string }[];

const told = ({
  start,
  end,
  characters,
  hangul,
  edits,
}: {
  start: number;
  end: number;
  characters: number;
  hangul: boolean;
  edits: Edits;
}): Match => ({
  start,
  end,
  values: { characters },
  edits,
  ...(hangul ? { variant: 'Hangul' } : {}),
});
