/** The linter on any text under any tokenizer: what it claims to save is what is saved, and making changes comes to an end. */
import { describe, expect, it } from 'vitest';
import { applied } from '../base/edit.ts';
import { finish } from '../base/steps.ts';
import { createTokenizer } from '../tokenizers/modelFile.ts';
import { parseModel } from '../tokenizers/sentencePieceModel.ts';
import { byteLevelJson, jsonBytes } from '../tokenizers/testing/byteLevel.ts';
import { parseTokenizerJson } from '../tokenizers/tokenizerJson.ts';
import { dice, english, korean, modelBytes, oddText, trained } from '../tokenizers/testing/models.ts';
import { hostileText } from '../tokenizers/testing/hostile.ts';
import { PieceType, type Tokenizer } from '../tokenizers/index.ts';
import { unwrap } from '../base/problem.ts';
import { layerOf, settingsOf } from './config.ts';
import { fixAll } from './fix.ts';
import { type Finding, lint } from './lint.ts';
import { Measure } from './measure.ts';
import { rules } from './rules.ts';
import type { KindName } from './source.ts';

const all = settingsOf([layerOf({ preset: 'all', rules: { 'costly-word': ['hint', { saved: 1 }] } })]);
const lines = [...english, ...korean];
const syllables = Array.from('한국어안녕하세요있습니다. ', (c, i) => [c.replace(' ', '\u2581'), -2 - (i % 3)] as const);
const unigram = [
  ...new Map([...syllables, ['a', -3], ['b', -3], ['ab', -4], ['\u2581한', -3], ['\u2581', -2]] as [string, number][]),
];

/** Every way in which tokens may hang together. */
const tokenizers: Readonly<Record<string, Tokenizer>> = {
  'bpe, in parts': createTokenizer(trained(lines, { size: 520 })),
  'byte-level bpe': createTokenizer(
    unwrap(parseTokenizerJson(jsonBytes(byteLevelJson({ lines, merges: 200 })), 't.json')),
  ),
  'unigram, a chain': createTokenizer(unwrap(parseModel(modelBytes({ algorithm: 'unigram', pieces: unigram, byteFallback: true }), 'u.model'))), // prettier-ignore
  'bpe with unused pieces, as a whole': createTokenizer(
    unwrap(parseModel(modelBytes({ algorithm: 'bpe', byteFallback: true, pieces: [['\u2581', -9], ['a', -8], ['b', -7], ['ab', -1, PieceType.unused], ['aba', -2], [' ', -3]] }), 'w.model')), // prettier-ignore
  ),
};

const texts = (seed: number, count: number): string[] => {
  const random = dice(seed);
  return Array.from({ length: count }, (_, i) => {
    const text = i % 2 === 0 ? hostileText(random) : oddText(random);
    const line = lines[random(lines.length)]!;
    return [text, `${line} ${line.normalize('NFD')}\n`, 'https://a.kr/%ED%95%9C?utm_id=1  {{x}}  “q”\n\n\n\n', text]
      .slice(random(4))
      .join(' ');
  });
};

const editsOf = (finding: Finding) => finding.edits ?? [];

describe.each(Object.entries(tokenizers))('%s', (_, tokenizer) => {
  it('claims of each change what encoding the whole texts says', () => {
    let claims = 0;
    for (const text of texts(3, 60))
      for (const finding of finish(lint({ text, kind: 'plaintext', settings: all, tokenizer }))) {
        if (finding.edits === undefined) continue;
        const after = applied(text, editsOf(finding));
        expect(finding.saved, JSON.stringify({ text, edits: finding.edits })).toBe(
          tokenizer.encode(text).ids.length - tokenizer.encode(after).ids.length,
        );
        claims++;
      }
    expect(claims).toBeGreaterThan(100);
  });

  it.each(['plaintext', 'markdown', 'prompt'] as const)('ends making changes in %s, and saves what it says', (kind) => {
    for (const text of texts(4, 40)) {
      const input = { text, kind, settings: all, tokenizer };
      for (const wanted of [(f: Finding) => f.safe, (f: Finding) => f.edits !== undefined]) {
        const fixed = finish(fixAll(input, wanted));
        const [before, after] = [text, fixed.text].map((t) => tokenizer.encode(t).ids.length);
        expect(applied(text, fixed.edits)).toBe(fixed.text);
        expect(after!, text).toBeLessThanOrEqual(before!);
        expect(fixed.saved).toBe(before! - after!);
        // Once more changes nothing.
        expect(finish(fixAll({ ...input, text: fixed.text }, wanted)).text).toBe(fixed.text);
      }
    }
  });
});

describe('safe changes', () => {
  const settings = (id: string) => ({ rules: new Map([[id, all.rules.get(id)!]]) });
  const fix = (id: string, text: string) => finish(fixAll({ text, kind: 'plaintext', settings: settings(id) })).text;

  it('of decomposed text are the same text to Unicode', () => {
    for (const text of texts(5, 300)) expect(fix('decomposed', text).normalize('NFC')).toBe(text.normalize('NFC'));
  });

  it('of invisible characters and spaces take nothing that is seen', () => {
    const seen = (text: string) => text.replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}\s]/gu, '');
    for (const text of texts(6, 300)) {
      expect(seen(fix('invisible', text))).toBe(seen(text));
      expect(seen(fix('exotic-space', text))).toBe(seen(text));
    }
  });

  it('are all of changes that rules call safe', () => {
    const safe = rules.filter((rule) => rule.fix === 'safe').map(({ id }) => id);
    expect(safe).toEqual(['decomposed', 'invisible', 'exotic-space']);
  });
});

describe('a text', () => {
  const found = (text: string, kind: KindName, settings = all) =>
    finish(lint({ text, kind, settings })).map((f) => `${f.rule.id} ${f.start}`);

  it('of JSON is its strings, not what is between them', () => {
    expect(found('{\n\n\n\n  "a":  "x  y",\n  "b\u200b": "\u200b"}', 'json')).toEqual([
      'repeated-space 15',
      'invisible 30',
    ]);
  });

  it('of code is the strings that are marked', () => {
    expect(found('a = "x\u200b"\n# bllossom: prompt\nb = """x\u200b\n"""\n', 'python')).toEqual(['invisible 36']);
    expect(found('// bllossom: prompt\nconst a = `x\u200b ${b}`; // \u200b\n', 'typescript')).toEqual(['invisible 32']);
  });

  it('keeps a quote in JSON a quote of the text', () => {
    const text = '["그는 “아”라고"]';
    const fixed = finish(fixAll({ text, kind: 'json', settings: all, tokenizer: tokenizers['bpe, in parts'] }, (f) => f.edits !== undefined)); // prettier-ignore
    expect(JSON.parse(fixed.text)).toEqual(['그는 "아"라고']);
  });

  it('begins with a byte order mark if it likes, and keeps its line ends', () => {
    const text = '\ufeffa\r\nb\u200b\r\nc\r\n';
    expect(finish(fixAll({ text, kind: 'plaintext', settings: all })).text).toBe('\ufeffa\r\nb\r\nc\r\n');
  });

  it('is silenced in comments of its kind', () => {
    const z = 'x\u200by';
    const told = (text: string, kind: KindName) => found(text, kind).length;
    expect(told(`<!-- bllossom-disable invisible -->\n${z}\n<!-- bllossom-enable -->\n${z}`, 'markdown')).toBe(1);
    expect(
      told(`<!-- bllossom-disable-next-line invisible, exotic-space -- as it came -->\n${z}\n${z}`, 'markdown'),
    ).toBe(1);
    expect(told(`${z} <!-- bllossom-disable-line -->\n${z}`, 'prompt')).toBe(1);
    expect(told(`${z}\n<!-- bllossom-disable-file other invisible -->`, 'plaintext')).toBe(0);
    expect(told(`${z}\n<!-- bllossom-disable-file other -->`, 'plaintext')).toBe(1);
    expect(told(`# bllossom-disable invisible\n# bllossom: prompt\na = "${z}"`, 'python')).toBe(0);
    expect(told(`// bllossom-disable-next-line\n// bllossom: prompt\nb("${z}")`, 'typescript')).toBe(1);
    expect(told(`{"bllossom-disable": "invisible", "a": "${z}"}\n{"a": "${z}"}`, 'jsonl')).toBe(1);
    expect(told(`["${z}", // bllossom-disable-line\n"${z}"]`, 'json')).toBe(1);
    expect(told(`bllossom-disable\n${z}`, 'markdown')).toBe(1);
  });

  it('of a second language is read by the same rules', () => {
    const vietnamese = 'Tiếng Việt rất đẹp'.normalize('NFD');
    const [finding] = finish(lint({ text: vietnamese, kind: 'plaintext', settings: all }));
    expect(finding).toMatchObject({ rule: { id: 'decomposed' }, safe: true });
    expect(applied(vietnamese, finding!.edits!)).toBe('Tiếng Việt rất đẹp');
    expect(found('यह वाक्य यहाँ दो बार आता है। और यह। यह वाक्य यहाँ दो बार आता है।', 'plaintext')).toEqual([
      'repeated-sentence 36',
    ]);
  });
});

describe('the time a text takes', () => {
  it.each([
    ['spaces', ' '],
    ['a character without a cut', 'a'],
    ['decomposed syllables', '한'.normalize('NFD')],
    ['dots', '.'],
    ['bars', '|'],
    ['zero-width spaces', '\u200b'],
    ['blank lines', ' \n'],
    ['backticks', '`'],
    ['quotes', '"'],
    ['escapes', '\\'],
    ['percent signs', '%ED'],
    ['digits', '7'],
    ['brackets', '<'],
    ['jamo', 'ㅎㅏㄴ'],
    ['no-break spaces', '\u00a0'],
  ])('does not explode with %s', (_, unit) => {
    const size = 60_000;
    const text = unit.repeat(size / unit.length);
    for (const kind of ['plaintext', 'markdown', 'json', 'python'] as const)
      finish(
        lint({ text: `# bllossom: prompt\n"${text}`, kind, settings: all, tokenizer: tokenizers['bpe, in parts'] }),
      );
  });

  it('gives others their turn every few units', () => {
    const steps = lint({ text: `${lines.join('\n')}\n`.repeat(200), kind: 'plaintext', settings: all });
    let pauses = 0;
    while (steps.next().done !== true) pauses++;
    expect(pauses).toBeGreaterThan(8);
  });
});

it('measures a change at the seams of texts, and several together', () => {
  const tokenizer = tokenizers['bpe, in parts']!;
  const text = '\u200b한국어 the\u200b';
  const measure = new Measure(tokenizer, text);
  const edits = [
    { start: 0, end: 1, text: '' },
    { start: text.length - 1, end: text.length, text: '' },
  ];
  for (const some of [edits, edits.slice(0, 1), edits.slice(1)])
    expect(measure.saved(some)).toBe(tokenizer.count(text) - tokenizer.count(applied(text, some)));
});
