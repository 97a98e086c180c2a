/** The same sentence twice in one text. */
import type { Edit } from '../../base/edit.ts';
import { ends, spacedEnds } from '../data/sentences.ts';
import { numberOf, type Rule } from '../rule.ts';

const end = new RegExp(
  `[${spacedEnds}]+["'\\u201d\\u2019)\\]]*(?=\\s|\\\\n|$)|[${ends}]+["'\\u201d\\u2019\\u300d\\u300f)]*|\\n+|\\\\n`,
  'gu',
);

/** Units searched between two pauses. */
const unitsAtOnce = 16_384;

const id = 'repeated-sentence';

export const repeatedSentence: Rule = {
  id,
  preset: 'recommended',
  severity: 'information',
  scope: 'passage',
  inCode: false,
  fix: 'suggestion',
  leastSaved: 1,
  options: { letters: 20 },
  words: {
    en: {
      title: 'Repeated sentences',
      message: 'This sentence stands here already',
      fix: 'Remove the repetition',
      related: 'where it stands first',
      why: 'Prompts that grow over weeks say the same thing twice. Told are sentences of twenty letters or more (option `letters`) that are equal to the last letter within one text; rows of JSON lines are texts of their own.',
    },
    ko: {
      title: '되풀이된 문장',
      message: '이 문장은 앞에 이미 있습니다',
      fix: '되풀이 지우기',
      related: '처음 나온 곳',
      why: '몇 주에 걸쳐 자란 프롬프트는 같은 말을 두 번 합니다. 한 글 안에서 끝 글자까지 같은 스무 글자 이상의 문장(옵션 `letters`)을 알려 줍니다. JSON Lines의 행은 저마다 하나의 글입니다.',
    },
  },
  examples: [
    {
      before: 'Answer in one short sentence. Be kind. Answer in one short sentence. Go on.',
      after: 'Answer in one short sentence. Be kind. Go on.',
    },
    {
      before: '모르는 것은 지어내지 말고 모른다고 답하세요.\n짧게.\n모르는 것은 지어내지 말고 모른다고 답하세요.\n',
      after: '모르는 것은 지어내지 말고 모른다고 답하세요.\n짧게.\n',
      options: { letters: 15 },
    },
  ],
  leaves: [
    { before: 'Yes. No. Yes. No.' },
    { before: '{"a":"Answer in one short sentence."}\n{"a":"Answer in one short sentence."}', kind: 'jsonl' },
  ],
  *find({ text, from, to, recall }, options) {
    const least = numberOf(options, 'letters');
    if (to - from < 2 * least) return;
    const places = new Map<number, Place[]>();
    for (let at = from; at < to;) {
      const upTo = sentenceEnd(text, at + unitsAtOnce, to);
      const make = () => sentencesOf(text.slice(at, upTo), least);
      const sentences = recall === undefined || to - from < unitsAtOnce ? make() : recall(id, at, upTo, make);
      for (const sentence of sentences) {
        const place = { start: sentence.start + at, end: sentence.end + at };
        const alike = places.get(sentence.hash);
        const said = text.slice(place.start, place.end);
        const known = alike?.find(({ start, end }) => text.slice(start, end) === said);
        if (known !== undefined)
          yield { ...place, edits: [removal(text, from, to, sentence.before + at, place)], related: known };
        else if (alike === undefined) places.set(sentence.hash, [place]);
        else alike.push(place);
      }
      yield undefined;
      at = upTo;
    }
  },
};

interface Place {
  readonly start: number;
  readonly end: number;
}

interface Sentence extends Place {
  /** Where the space before it begins. */
  readonly before: number;
  /** Equal for equal sentences. */
  readonly hash: number;
}

/** Sentences long enough to be told; offsets in the stretch. */
function sentencesOf(stretch: string, least: number): Sentence[] {
  const sentences: Sentence[] = [];
  let at = 0;
  const add = (before: number, stop: number): void => {
    const whole = stretch.slice(before, stop);
    const said = whole.trim();
    // Lines of signs part sections; they say nothing.
    if (said.length < least || !/\p{L}.*\p{L}/su.test(said)) return;
    const start = before + whole.length - whole.trimStart().length;
    sentences.push({ before, start, end: start + said.length, hash: hashOf(said) });
  };
  for (const found of stretch.matchAll(end)) {
    const isBreak = /^(?:\n|\\n)/.test(found[0]);
    add(at, found.index + (isBreak ? 0 : found[0].length));
    at = found.index + found[0].length;
  }
  add(at, stretch.length);
  return sentences;
}

function hashOf(text: string): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Where a sentence ends, from a place on. */
function sentenceEnd(text: string, at: number, to: number): number {
  if (at >= to) return to;
  const next = new RegExp(end);
  next.lastIndex = at;
  return next.exec(text) === null ? to : Math.min(to, next.lastIndex);
}

/** With the space before it, or, at a line's start, the break behind it. */
function removal(text: string, from: number, to: number, before: number, { start, end }: Place): Edit {
  if (start !== from && text[start - 1] !== '\n') return { start: before, end, text: '' };
  return { start, end: end + (/^\r?\n/.exec(text.slice(end, Math.min(to, end + 2)))?.[0].length ?? 0), text: '' };
}
