/** Hangul's compatibility letters, and the conjoining ones that Unicode composes to syllables (Unicode 16, 3.12 and 18.6). */

/** By place in a syllable: compatibility letters in the order of the conjoining ones from `from` on; `_` where there is none. */
export const places = {
  lead: { from: 0x1100, letters: 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ' },
  vowel: { from: 0x1161, letters: 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ' },
  tail: { from: 0x11a8, letters: 'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ' },
} as const;

/** Faces and laughs that are drawn with letters and happen to spell syllables: ㅇㅡㅇ, ㅋㅠㅋ, ㅋㅠㅋㅠ. */
export const drawn = /^(?:(.)[ㅏ-ㅣ]\1|(.[ㅏ-ㅣ])\2+.?)$/;
