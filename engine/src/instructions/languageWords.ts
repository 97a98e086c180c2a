/** Words by which a question asks for an answer in other letters than its own, in lower case: a further language is a further line. */

/** Ask for a translation, whatever the language. */
export const translationWords = ['translat', 'transliterat', 'romaniz', '번역', '통역', '옮겨', '옮기', '직역', '의역', '음역', 'traduc', 'traduis', 'übersetz', '翻訳', '翻译', '翻譯', '訳して', 'перевод', 'переведи']; // prettier-ignore

/** Ask for code, which is written in Latin letters. */
export const codeWords = ['code', 'script', 'query', 'python', 'sql', 'html', 'css', 'regex', '코드', '함수', '프로그램', '스크립트', '쿼리', '질의문', '정규식', '정규 표현식', '명령어', '파이썬', '자바', '알고리즘', 'コード', '代码', 'код']; // prettier-ignore

/** Names of the languages that a script writes. */
export const languageWords: Readonly<Record<string, readonly string[]>> = {
  Latin: ['english', 'french', 'german', 'spanish', 'italian', 'portuguese', 'dutch', 'latin', 'vietnamese', 'indonesian', 'turkish', 'polish', 'swedish', '영어', '영문', '영단어', '영작', '영국식', '미국식', '프랑스어', '불어', '독일어', '독어', '스페인어', '이탈리아어', '포르투갈어', '네덜란드어', '라틴어', '베트남어', '인도네시아어', '튀르키예어', '터키어', '폴란드어', '스웨덴어', '로마자', '알파벳', '외국어', '약어', '약자', '이니셜', '英語', '英语', '英文', 'английск'], // prettier-ignore
  Hangul: ['korean', 'hangul', '한국어', '한글', '우리말', '조선말', '조선어', '韓国語', '韩语', '한국말', 'корейск'],
  Han: ['chinese', 'mandarin', 'japanese', 'kanji', 'kana', 'hanja', '중국어', '일본어', '일어', '한자', '한문', '中文', '汉语', '日本語', '日语', 'китайск', 'японск'], // prettier-ignore
  Cyrillic: ['russian', 'ukrainian', 'bulgarian', 'serbian', 'cyrillic', '러시아어', '우크라이나어', '불가리아어', '키릴', 'русск', 'по-русски'], // prettier-ignore
  Greek: ['greek', '그리스어', '그리스 문자'],
  Arabic: ['arabic', 'persian', 'farsi', 'urdu', '아랍어', '페르시아어', '우르두어'],
  Hebrew: ['hebrew', 'yiddish', '히브리어'],
  Devanagari: ['hindi', 'sanskrit', 'nepali', 'marathi', '힌디어', '산스크리트어', '네팔어'],
  Bengali: ['bengali', 'bangla', '벵골어'],
  Tamil: ['tamil', '타밀어'],
  Telugu: ['telugu', '텔루구어'],
  Thai: ['thai', '태국어'],
  Khmer: ['khmer', '크메르어', '캄보디아어'],
  Lao: ['lao', '라오어', '라오스어'],
  Myanmar: ['burmese', '미얀마어', '버마어'],
  Georgian: ['georgian', '조지아어'],
  Armenian: ['armenian', '아르메니아어'],
  Ethiopic: ['amharic', '암하라어'],
};
