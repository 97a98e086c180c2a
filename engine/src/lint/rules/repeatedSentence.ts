/** The same sentence twice in one text. */
import { ends, spacedEnds } from '../data/sentences.ts';
import { numberOf, type Rule } from '../rule.ts';

const end = new RegExp(
  `[${spacedEnds}]+["'\\u201d\\u2019)\\]]*(?=\\s|\\\\n|$)|[${ends}]+["'\\u201d\\u2019\\u300d\\u300f)]*|\\n+|\\\\n`,
  'gu',
);

/** Units searched between two pauses. */
const unitsAtOnce = 16_384;

export const repeatedSentence: Rule = {
  id: 'repeated-sentence',
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
  *find({ text, from, to }, options) {
    const least = numberOf(options, 'letters');
    if (to - from < 2 * least) return;
    const passage = text.slice(from, to);
    const first = new Map<string, { start: number; end: number }>();
    let at = 0;
    const sentence = function* (start: number, stop: number) {
      const whole = passage.slice(start, stop);
      const said = whole.trim();
      // Lines of signs part sections; they say nothing.
      if (said.length < least || !/\p{L}.*\p{L}/su.test(said)) return;
      const lead = whole.length - whole.trimStart().length;
      const place = { start: from + start + lead, end: from + start + lead + said.length };
      const known = first.get(said);
      if (known === undefined) {
        first.set(said, place);
        return;
      }
      // With the space before it, or, at a line's start, the break behind it.
      const atLineStart = passage[start + lead - 1] === '\n' || start + lead === 0;
      const removed = atLineStart
        ? {
            start: place.start,
            end: place.end + (/^\r?\n/.exec(passage.slice(place.end - from, place.end - from + 2))?.[0].length ?? 0),
            text: '',
          }
        : { start: from + start, end: place.end, text: '' };
      yield { ...place, edits: [removed], related: known };
    };
    let paused = 0;
    for (const found of passage.matchAll(end)) {
      if (found.index - paused > unitsAtOnce) {
        yield undefined;
        paused = found.index;
      }
      const isBreak = /^(?:\n|\\n)/.test(found[0]);
      const stop = found.index + (isBreak ? 0 : found[0].length);
      yield* sentence(at, stop);
      at = found.index + found[0].length;
    }
    yield* sentence(at, passage.length);
  },
};
