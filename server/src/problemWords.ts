/**
 * Problems of the engine in Korean, for the editor: the engine says them in English, as the command line does. Each template here
 * is one of the engine's own, word for word, with `{0}`, `{1}` … for its values (a test holds them against its sources); what no
 * template fits stays English.
 */
import { type Problem, oneLine, problemLine } from '../../engine/src/base/problem.ts';
import { templates } from './problemTemplates.ts';

interface Pattern {
  readonly matches: RegExp;
  /** It says so little that its one value is a name, not what another sentence says. */
  readonly brief: boolean;
  /** What stands between the values: quickly looked for, and rarely there. */
  readonly said: readonly string[];
  readonly korean: string;
}

const escaped = (text: string): string => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
const value = /\{\d\}/g;

/** Sentences without values. */
const plain: ReadonlyMap<string, string> = new Map(templates);

/** The others. Those that say most by themselves first: the rest may fit where they do. */
const patterns: readonly Pattern[] = templates
  .filter(([english]) => english.search(value) >= 0)
  .sort(([a], [b]) => b.replace(value, '').length - a.replace(value, '').length)
  .map(([english, korean]) => ({
    matches: new RegExp(`^${escaped(english).replace(value, '(.*?)')}$`, 's'),
    said: english.split(value),
    brief: /^[^{]*\{0\}[^{]*$/.test(english) && (english.match(/[A-Za-z]+/g) ?? []).length < 2,
    korean,
  }));

/** Words that stand as values in the engine's sentences. */
const values: Readonly<Record<string, string>> = {
  'a string': '문자열',
  'a number': '숫자',
  'an integer': '정수',
  'a boolean': 'true 또는 false',
  'an array': '배열',
  'an object': '객체',
  'value expected': '값이 필요함',
  'comma expected': '쉼표가 필요함',
  'colon expected': '콜론이 필요함',
  'property name expected': '속성 이름이 필요함',
  'close brace expected': '}가 필요함',
  'close bracket expected': ']가 필요함',
  'end of file expected': '파일이 끝나야 함',
  'invalid symbol': '잘못된 기호',
  'invalid number format': '잘못된 숫자',
  'unexpected end of string': '문자열이 끝나지 않음',
  'invalid character': '잘못된 문자',
  'the file': '파일',
  s: '초',
  min: '분',
  h: '시간',
  word: '낱말',
  character: '글자',
  queued: '대기 중',
  preparing: '준비 중',
  running: '실행 중',
  stopping: '중지 중',
  stopped: '중지됨',
  done: '완료',
  failed: '실패',
  interrupted: '중단됨',
};

/** Things that are counted, as they stand behind a number: `3 answers`. */
const counters: Readonly<Record<string, (n: string) => string>> = {
  answer: (n) => `답 ${n}개`,
  prompt: (n) => `프롬프트 ${n}개`,
  verdict: (n) => `판정 ${n}건`,
  error: (n) => `오류 ${n}건`,
};

function countedIn(text: string): string | undefined {
  const [, n, noun] = /^([\d,]+) (\w+?)s?$/.exec(text) ?? [];
  return noun !== undefined && Object.hasOwn(counters, noun) ? counters[noun]!(n!) : undefined;
}

/** What JavaScript says of JSON that it cannot read: words of its own, with the place in the text. */
function jsonFault(text: string): string | undefined {
  if (!/ JSON\b/.test(text)) return undefined;
  const [, at] = / at position (\d+)/.exec(text) ?? [];
  if (at !== undefined) return `${at}번째 글자에서 어긋남`;
  if (text === 'Unexpected end of JSON input') return '도중에 끝남';
  return / is not valid JSON$/.test(text) ? '잘못된 글자가 있음' : undefined;
}

/** What a run would need with each change: `"sequenceLength": 512: 8.1 GB, which fits; with both of the first: 6 GB`. */
function memoriesIn(text: string): string | undefined {
  const told = text.split('; with ').map((change) => {
    const [, words, size, fits] = /^(.+): ([\d.]+ [MG]B)(, which fits)?$/.exec(change) ?? [];
    const korean = words === undefined ? undefined : valueIn(words.replaceAll(' and "', ', "'));
    return korean === undefined ? undefined : `${korean} → ${size!}${fits === undefined ? '' : sentenceIn(fits)!}`;
  });
  return told.includes(undefined) ? undefined : told.join('; ');
}

const unquoted = (text: string): string => text.replace(/"(?:[^"\\]|\\.)*"|\S*[/\\]\S*/g, '');

const isPhrase = (text: string): boolean => unquoted(text).trim().includes(' ');

/** A value in Korean; undefined where it is an English phrase that nobody has translated. */
function valueIn(text: string): string | undefined {
  const known = values[text];
  if (known !== undefined) return known;
  const state = /^, (\w+) at step (\d+)$/.exec(text);
  if (state !== null) return ` (${values[state[1]!] ?? state[1]!}, 스텝 ${state[2]!})`;
  if (/^("[^"]*"|[\w.]+)( or ("[^"]*"|[\w.]+))+$/.test(text)) return text.replaceAll(' or ', ' 또는 ');
  const trimmed = text.trim();
  if (trimmed !== text && !plain.has(text)) {
    const told = trimmed === '' ? trimmed : (sentenceIn(text) ?? valueIn(trimmed));
    return told === undefined ? undefined : text.replace(trimmed, () => told);
  }
  const sentence = countedIn(text) ?? jsonFault(text) ?? sentenceIn(text) ?? memoriesIn(text);
  if (sentence !== undefined) return sentence;
  return /[A-Za-z]{2,} [a-z]{2,}/.test(unquoted(text)) ? undefined : text;
}

/** The engine's own sentences are shorter; what others said within one may be of any length, and is looked through for long. */
const longest = 2000;

/** A sentence of the engine's in Korean; undefined where no template fits. */
function sentenceIn(text: string): string | undefined {
  if (text.length > longest) return undefined;
  const whole = plain.get(text);
  if (whole !== undefined) return whole;
  const [, figure, more] = /^(.+), (about [\d.]+ (?:s|min|h) left|[\d,]+ errors?)$/s.exec(text) ?? [];
  if (figure !== undefined && more !== undefined) return listIn([figure, more], ', ');
  for (const { matches, said, brief, korean } of patterns) {
    const found = said.every((part) => text.includes(part)) ? matches.exec(text) : null;
    if (found === null || (brief && isPhrase(found[1] ?? ''))) continue;
    const given = found.slice(1).map(valueIn);
    if (given.includes(undefined)) continue;
    return korean.replaceAll(value, (place) => given[Number(place[1])] ?? '');
  }
  return behindPath(text) ?? lineIn(text) ?? listIn(text.split('; '), '; ');
}

/** The problem of another file, behind its path. */
function behindPath(text: string): string | undefined {
  const [, file, rest] = /^((?:\/|[A-Za-z]:\\)\S+): (.+)$/s.exec(text) ?? [];
  const inner = rest === undefined ? undefined : sentenceIn(rest);
  return inner === undefined ? undefined : `${file!}: ${inner}`;
}

/** What is wrong and the remedy, as in a line for people. */
function lineIn(text: string): string | undefined {
  const [, what, remedy] = /^([^.]+(?:\.\S[^.]*)*)\.(?: (.+))?$/s.exec(text) ?? [];
  const told = what === undefined ? undefined : sentenceIn(what);
  if (told === undefined || remedy === undefined) return told;
  const mend = sentenceIn(remedy) ?? sentenceIn(`${remedy}.`);
  return mend === undefined ? undefined : `${told}. ${mend}`;
}

/** Several reasons, or a figure and how long it will take yet. */
function listIn(parts: readonly string[], between: string): string | undefined {
  const told = parts.length < 2 ? [undefined] : parts.map((part) => sentenceIn(part) ?? countedIn(part));
  return told.includes(undefined) ? undefined : told.join(between);
}

const isKorean = (locale: string | undefined): boolean => locale?.toLowerCase().startsWith('ko') === true;

/** What the engine says, in the language of an editor's locale as far as it is known there. */
export const engineWords = (locale: string | undefined, text: string): string =>
  isKorean(locale) ? (sentenceIn(text) ?? text) : text;

/** A problem in the language of an editor's locale: what is wrong and the remedy, each as far as it is known there. */
export function problemIn(locale: string | undefined, problem: Problem): Problem {
  if (!isKorean(locale)) return problem;
  const { what, remedy } = problem;
  return {
    ...problem,
    what: sentenceIn(what) ?? what,
    ...(remedy === undefined ? {} : { remedy: remedyIn(remedy) }),
  };
}

/** Behind a file's first problem stands how many more there are. */
function remedyIn(remedy: string): string {
  const [, own = '', more] = /^(.*?) ?(?:\((\d+) more in this file\.\))?$/s.exec(remedy) ?? [];
  const told = sentenceIn(own) ?? own;
  return more === undefined ? told : `${told}${told === '' ? '' : ' '}(이 파일에 ${more}개 더 있습니다.)`;
}

/** `problemLine` in the language of an editor's locale. */
export function problemLineIn(locale: string | undefined, problem: Problem): string {
  if (!isKorean(locale)) return problemLine(problem);
  const { what, remedy, where } = problemIn(locale, problem);
  const column = where?.column === undefined ? '' : ` ${where.column}번째 칸`;
  const place = [
    where?.file,
    where?.line === undefined ? undefined : `${where.line}번째 줄${column}`,
    where?.byteOffset === undefined ? undefined : `${where.byteOffset}번째 바이트`,
    where?.name === undefined ? undefined : (sentenceIn(where.name) ?? where.name),
  ].filter((part) => part !== undefined);
  const head = place.length === 0 ? '' : `${place.join(', ')}: `;
  return oneLine(`${head}${what}.${remedy === undefined ? '' : ` ${remedy}`}`);
}
