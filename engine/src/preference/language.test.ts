import { describe, expect, it } from 'vitest';
import { languageOfAnswer, scriptOfLanguage, scriptOfPrompt } from './language.ts';

const english =
  'First you should think about what kind of soup you want to make, and then go and buy everything that is needed for it.';
const korean =
  '먼저 어떤 국을 끓일지 정하고 필요한 재료를 시장에서 사 오면 됩니다. 그다음에는 물을 넉넉히 붓고 천천히 끓여 주세요.';
const question = { prompt: '미역국을 맛있게 끓이는 법을 알려 주세요.' };

describe('the language of an answer', () => {
  it('is that of the question, with names and loan words in it', () => {
    expect(languageOfAnswer(question, korean)).toEqual({ script: 'Hangul', expected: 'Hangul' });
    const names = `${korean} Samsung Galaxy, Apple iPhone, Google Pixel, Sony Xperia, LG Velvet 같은 제품이 있습니다. ${korean}`;
    expect(languageOfAnswer(question, names).other).toBeUndefined();
    expect(languageOfAnswer({ prompt: 'How do I make soup?' }, english)).toEqual({
      script: 'Latin',
      expected: 'Latin',
    });
  });

  it('is not told by fenced code, formulas, links and addresses', () => {
    const code = 'for item in list of things that are here and there\nprint the value and go on to another of them';
    for (const any of [
      `\n~~~python\n${code}\n~~~\n`,
      `\n\`\`\`\n${code}\n\`\`\`\n`,
      '\n$$\\text{where every one of the roots is real and none is of the others}$$\n',
      '\n\\[ \\text{where every one of the roots is real and none is of the others} \\]\n',
      ' [the long formula for everyone who wants to learn it properly](https://example.org/a) ',
      ' https://example.org/the-long-formula-for-everyone/who/wants/to/learn/it ',
    ])
      expect(languageOfAnswer(question, `${korean}${any}${korean}`), any).toEqual({
        script: 'Hangul',
        expected: 'Hangul',
      });
    // No fence: a word drawn out.
    expect(languageOfAnswer(question, `${korean} 안녕~~~ ${english}`).other).toBeGreaterThan(0);
  });

  it('is told of a long run without spaces, as a model in a loop writes it', () => {
    for (const run of ['a'.repeat(400_000), '='.repeat(400_000), '가'.repeat(400_000)])
      expect(languageOfAnswer(question, `${korean} ${run}`).expected).toBe('Hangul');
  });

  it('may be another from the first word on', () => {
    expect(languageOfAnswer(question, english)).toEqual({ script: 'Latin', expected: 'Hangul', other: 0 });
    expect(languageOfAnswer(question, `네! ${english}`)).toMatchObject({ other: 0 });
    expect(languageOfAnswer(question, 'You boil it with seaweed.')).toMatchObject({ other: 0 });
    expect(languageOfAnswer({ prompt: 'How do I make soup?' }, korean)).toMatchObject({ other: 0 });
  });

  it('may go over into another, at a place', () => {
    const { other, script } = languageOfAnswer(question, `${korean}\n\n${english}`);
    expect(script).toBe('mixed');
    expect(other).toBeCloseTo((korean.length + 2) / (korean.length + 2 + english.length), 6);
    // And back again: still a finding, at the same place.
    const back = languageOfAnswer(question, `${korean} ${english} ${korean} ${korean} ${korean}`);
    expect(back.other).toBeCloseTo((korean.length + 1) / (4 * korean.length + english.length + 4), 6);
  });

  it('is not told by code, addresses, quotations or brackets', () => {
    const code = 'for (const number of numbers) { console.log("the number is", number); }';
    for (const part of [`\`\`\`js\n${code}\n\`\`\``, `\`${code}\``, `"${english}"`, `“${english}”`, `(${english})`])
      expect(languageOfAnswer(question, `${korean} ${part}`), part).toEqual({ script: 'Hangul', expected: 'Hangul' });
    // Code without a fence, sums, addresses and titles, as they stand in Korean answers.
    const bare = [
      'CREATE TABLE guests (guest_id INT, first_name VARCHAR(50), last_name VARCHAR(50), address VARCHAR(255));',
      '6x1=6, 6x2=12, 6x3=18, 6x4=24, 6x5=30, 6x6=36, 6x7=42, 6x8=48, 6x9=54',
      'alice@example.com, bob@example.com, charlie@example.com, dan@example.com',
      "Ed Sheeran의 'Bad Habits and other songs', dua lipa의 'don't start now'",
      '<div class="page"><p id="first">x</p><p id="second">y</p></div>',
    ];
    for (const part of bare) expect(languageOfAnswer(question, `${korean} ${part}`).other, part).toBeUndefined();
    const address = 'https://example.org/a-very-long-address/that-has-many/words-in-it/and-goes-on';
    expect(languageOfAnswer(question, `${korean} ${address}`).other).toBeUndefined();
  });

  it('is as asked where the question asks for another, and nothing is said then', () => {
    const asks = { prompt: '다음 문장을 영어로 번역해 주세요: 국을 끓입니다.' };
    expect(languageOfAnswer(asks, english)).toEqual({ script: 'Latin' });
  });

  it('follows a named language before the letters of the prompt', () => {
    expect(languageOfAnswer({ prompt: 'iPhone 15 Pro vs Galaxy S24?', language: 'ko' }, english)).toMatchObject({
      other: 0,
    });
    expect(languageOfAnswer({ prompt: '123?', language: 'xx-nonsense!' }, english)).toEqual({ script: 'Latin' });
    expect(languageOfAnswer(question, '42')).toEqual({ script: 'none' });
  });

  it('is told in other scripts as well', () => {
    const russian = 'Сначала нужно решить, какой суп вы хотите сварить, а потом купить всё необходимое на рынке.';
    expect(languageOfAnswer({ prompt: 'Как сварить суп?' }, russian)).toEqual({
      script: 'Cyrillic',
      expected: 'Cyrillic',
    });
    expect(languageOfAnswer({ prompt: 'Как сварить суп?' }, `${russian} ${english}`).other).toBeCloseTo(0.43, 1);
    expect(languageOfAnswer({ prompt: 'スープの作り方を教えてください' }, korean)).toMatchObject({
      expected: 'Han',
      other: 0,
    });
  });

  it('is asked for in the script of a prompt, though names in it are in Latin letters', () => {
    const scripts = [
      'iPhone Pro Max와 Galaxy Ultra의 차이는?',
      'What does 정 mean to people in Korea?',
      '한국어 и русский',
      '12',
    ];
    expect(scripts.map((prompt) => scriptOfPrompt({ prompt }))).toEqual(['Hangul', 'Latin', undefined, undefined]);
  });

  it("knows a language's script", () => {
    const all = ['ko', 'en', 'ja', 'zh', 'zh-TW', 'ru', 'th', 'hi', 'ko-KR', 'sr-Latn'].map(scriptOfLanguage);
    expect(all).toEqual(['Hangul', 'Latin', 'Han', 'Han', 'Han', 'Cyrillic', 'Thai', 'Devanagari', 'Hangul', 'Latin']);
  });
});
