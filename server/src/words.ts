/** The server's own words, by the editor's language: what is shown without passing the client's translations. */
import { type Language, languages } from '../../engine/src/lint/index.ts';

/** The language for an editor's locale, `ko` or `ko-KR`; English where it is another's. */
export const languageOf = (locale: string | undefined): Language =>
  languages.find((name) => locale?.toLowerCase().startsWith(name) === true) ?? 'en';

const number = (value: number): string => value.toLocaleString('en');

const english = {
  // Hints and lenses: `214 tok`, `1.8 × English`.
  tok: (count: string): string => `${count} tok`,
  timesEnglish: (times: string): string => `${times} × English`,
  run: '▶ Run',
  // Hovers.
  tokens: (count: number): string => (count === 1 ? '1 token' : `${number(count)} tokens`),
  bytes: (count: number): string => (count === 1 ? '1 byte' : `${number(count)} bytes`),
  notInVocabulary: 'not in the vocabulary',
  tokensColumn: 'tokens',
  piecesColumn: 'pieces',
  // Problems that are the server's own.
  noTokenizer: 'no SentencePiece .model file and no tokenizer.json was found in this workspace',
  chooseTokenizer: 'Choose a tokenizer, or put its file into the workspace.',
  settingsUntold: (why: string): string => `the editor did not tell its settings (${why})`,
  littleMemory: (needed: string, total: string, name: string): string =>
    `the run needs about ${needed} of the ${total} of ${name}: little is left for anything else`,
  goOn: 'What was judged is kept: ask again to go on.',
  lessMemory: 'A smaller "batchSize", or "activationCheckpointing": true, takes less.',
};

export type Words = typeof english;

const korean: Words = {
  tok: (count) => `${count}토큰`,
  timesEnglish: (times) => `${times} × 영어`,
  run: '▶ 실행',
  tokens: (count) => `토큰 ${number(count)}개`,
  bytes: (count) => `${number(count)}바이트`,
  notInVocabulary: '어휘에 없음',
  tokensColumn: '토\u2060큰', // joined: over narrow numbers the head of a table would break between the syllables
  piecesColumn: '조각',
  noTokenizer: '이 작업 영역에 SentencePiece .model 파일도 tokenizer.json 파일도 없습니다',
  chooseTokenizer: '토크나이저를 고르거나 그 파일을 작업 영역에 넣으세요.',
  settingsUntold: (why) => `편집기가 설정을 알려 주지 않았습니다(${why})`,
  littleMemory: (needed, total, name) =>
    `이 실행에는 ${name} 메모리 ${total} 가운데 약 ${needed}가 필요합니다. 다른 일을 할 자리가 거의 남지 않습니다`,
  goOn: '판정된 것은 남아 있습니다. 다시 물으면 이어서 합니다.',
  lessMemory: '"batchSize"를 줄이거나 "activationCheckpointing": true로 하면 덜 씁니다.',
};

export const wordsOf = (language: Language): Words => ({ en: english, ko: korean })[language];
