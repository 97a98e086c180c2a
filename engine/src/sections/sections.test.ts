/** Sections of every kind of file, and their texts, held against JSON.parse, TypeScript's compiler and Python itself. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import { decoded } from './literal.ts';
import { promptDialogue } from './promptDialogue.ts';
import { namedCharacter } from './unicodeNames.ts';
import { findSections, sectionsOf, sectionText } from './find.ts';

const found = (text: string, languageId: string) =>
  sectionsOf(text, languageId).map((section) => [section.name, sectionText(text, section)]);

describe('a prompt', () => {
  const prompt =
    'system:\nBe kind.\n\nUSER: 안녕?\r\n둘째 줄\r\n\n도우미：\n  네.\n---\nnot a role\n### Instruction(명령어):\ndo it\n';

  it('is cut at its roles', () => {
    expect(found(prompt, 'bllossom-prompt')).toEqual([
      ['system', 'Be kind.'],
      ['USER', '안녕?\r\n둘째 줄'],
      ['도우미', '네.'],
      ['Instruction(명령어)', 'do it'],
    ]);
  });

  it('has a count behind each role line', () => {
    expect(sectionsOf(prompt, 'bllossom-prompt').map(({ at }) => prompt.slice(0, at).split('\n').at(-1))).toEqual([
      'system:',
      'USER: 안녕?',
      '도우미：',
      '### Instruction(명령어):',
    ]);
  });

  it('without roles has no sections', () => {
    expect(found('Nothing: here\n user is a word\n', 'plaintext')).toEqual([]);
  });

  it('makes a conversation', () => {
    expect(promptDialogue('system: S\nuser:\nQ\ninput: I\nassistant: A\nuser: R\n')).toEqual({
      system: 'S',
      exchanges: [{ question: 'Q', input: 'I', answer: 'A' }],
      question: 'R',
    });
    expect(promptDialogue('user:\nQ\n\nassistant:\n')).toEqual({ exchanges: [], question: 'Q' });
    expect(promptDialogue('assistant: first\n')).toEqual({ exchanges: [], question: 'assistant: first' });
    expect(promptDialogue(' just text ')).toEqual({ exchanges: [], question: 'just text' });
  });
});

describe('Markdown', () => {
  it('is cut at headings, a section with those below it, code left alone', () => {
    const text = '# One\na\n## Two ##\nb\n```sh\n# no heading\n```\n### \n# Three\nc\n\n';
    expect(found(text, 'markdown')).toEqual([
      ['One', '# One\na\n## Two ##\nb\n```sh\n# no heading\n```\n###'],
      ['Two', '## Two ##\nb\n```sh\n# no heading\n```\n###'],
      ['', '###'],
      ['Three', '# Three\nc'],
    ]);
  });
});

describe('rows', () => {
  it('of JSON lines: fields and messages, broken rows beside whole ones', () => {
    const text = [
      '{"id": 1, "instruction": "say \\"hi\\"\\n\\ud55c", "input": "", "output": "hi \\u1112"}',
      '{"instruction": "broken',
      '{"messages": [{"role": "user", "content": "Q"}, {"content": "A", "role": "assistant"}], "n": 2}',
      '{"text": "plain"}',
    ].join('\n');
    expect(found(text, 'jsonl')).toEqual([
      ['instruction', 'say "hi"\n한'],
      ['input', ''],
      ['output', 'hi ᄒ'],
      ['instruction', 'broken'],
      ['user', 'Q'],
      ['assistant', 'A'],
      ['text', 'plain'],
    ]);
  });

  it('of JSON: in a list, in a list under a name, alone; not of files for another purpose', () => {
    expect(found('[{"instruction": "a", "output": "b"}, {"output": "c", "instruction": "d"}]', 'json')).toEqual([
      ['instruction', 'a'],
      ['output', 'b'],
      ['output', 'c'],
      ['instruction', 'd'],
    ]);
    expect(found('{"data": [{"prompt": "a", "score": 1, "chosen": "b"}]}', 'json')).toEqual([
      ['prompt', 'a'],
      ['chosen', 'b'],
    ]);
    expect(found('// a comment with "quotes"\n{"conversations": [{"from": "human", "value": "x"}]}', 'jsonc')).toEqual([
      ['human', 'x'],
    ]);
    expect(found('{"input": "src/index.ts", "output": "dist"}', 'json')).toEqual([]);
    expect(found('{"a": {"b": {"instruction": "deep"}}}', 'json')).toEqual([]);
  });

  it('of chats have parts for contents, and those of Alpaca earlier pairs', () => {
    const lines = [
      '{"messages": [{"role": "user", "content": [{"type": "text", "text": "Q\\n"}, {"type": "image_url", "image_url": {"url": "u"}}, {"text": "R", "type": "text"}]}, {"role": "assistant", "content": "A"}]}',
      '{"conversations": [{"value": [{"type": "text", "text": "V"}], "from": "human"}]}',
      '{"instruction": "I", "history": [["q1", "a1"], ["q2", "a\\u0032"]], "output": "O", "tags": [["no", "no"]]}',
    ];
    const expected = [
      ['user', 'Q\n'],
      ['user', 'R'],
      ['assistant', 'A'],
      ['human', 'V'],
      ['instruction', 'I'],
      ['history[0][0]', 'q1'],
      ['history[0][1]', 'a1'],
      ['history[1][0]', 'q2'],
      ['history[1][1]', 'a2'],
      ['output', 'O'],
    ];
    expect(found(lines.join('\n'), 'jsonl')).toEqual(expected);
    expect(found(`[\n${lines.join(',\n')}\n]`, 'json')).toEqual(expected);
  });

  it('of one text in several languages have English beside the others', () => {
    const text = '{"ko": "물", "en": "water", "id": 7}\n{"ko": "alone"}';
    const sections = sectionsOf(text, 'jsonl');
    expect(sections.map((section) => [section.name, section.english && sectionText(text, section.english)])).toEqual([
      ['ko', 'water'],
      ['en', undefined],
    ]);
  });

  it('are those that JSON.parse reads', () => {
    const random = new Random(3);
    const texts = ['a', '한글', '\n', '"', '\\', '\u0001', '😀', '{', '}', ']', ':', '/* x */', '//', ' '];
    const text = () => Array.from({ length: random.below(12) }, () => texts[random.below(texts.length)]).join('');
    const rows = Array.from({ length: 300 }, () => ({ n: random.below(9), instruction: text(), output: text() }));
    const expected = rows.flatMap(({ instruction, output }) => [
      ['instruction', instruction],
      ['output', output],
    ]);
    expect(found(rows.map((row) => JSON.stringify(row)).join('\n'), 'jsonl')).toEqual(expected);
    expect(found(JSON.stringify(rows, undefined, 2), 'json')).toEqual(expected);
    expect(found(JSON.stringify({ version: 1, data: rows }), 'json')).toEqual(expected);
  });
});

/** Pieces of string literals, with escapes of every kind, whole and broken. */
const pieces = [
  'a',
  '한',
  ' ',
  '\\n',
  '\\t',
  '\\\\',
  "\\'",
  '\\"',
  '\\x41',
  '\\u1112',
  '\\b',
  '\\v',
  '\\f',
  '{x}',
  '\\\n',
  '😀',
];
/** What a program of Python prints of an input, both JSON; undefined where there is no Python. */
function byPython(program: string, input: unknown): unknown {
  const head = 'import json,sys,warnings\nwarnings.simplefilter("ignore")\n';
  const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
  try {
    const options = { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
    return JSON.parse(execFileSync(python, ['-c', head + program], options)) as unknown;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const literals = (more: readonly string[]): string[] => {
  const random = new Random(11);
  const all = [...pieces, ...more];
  return Array.from({ length: 200 }, () =>
    Array.from({ length: random.below(10) }, () => all[random.below(all.length)]).join(''),
  );
};

describe('strings under a comment', () => {
  it('of Python', () => {
    const text = '# bllossom: prompt\nASK = f"""\nHi {name}\\n"""\nother = "no"\n# bllossom: prompt\nx(r"\\n", "no")\n';
    expect(found(text, 'python')).toEqual([
      ['ASK', '\nHi {name}\n'],
      ['', '\\n'],
    ]);
    expect(sectionsOf(text, 'python').map(({ at }) => text.slice(at, at + 4))).toEqual(['f"""', 'r"\\n']);
  });

  it('of TypeScript', () => {
    const text =
      "// bllossom: prompt\nconst ask: string = `Hi ${name}\\u{1F600}`;\n/* bllossom: prompt */ say('it\\'s');\n" +
      '// bllossom: prompt\nexport const raw = String.raw`\\n`;\n';
    expect(found(text, 'typescript')).toEqual([
      ['ask', 'Hi ${name}😀'],
      ['', "it's"],
      ['raw', '\\n'],
    ]);
  });

  it('of f-strings keep fields as they are written, and escapes that name a character mean it', () => {
    const text = [
      `A = f"{{name}}: {name!r:>{width}} \\N{EM DASH}\\x7b {d['k{']}}}"`,
      'B = rf"\\n{{x}} {x}"',
      'C = "{{kept}} \\N{HANGUL SYLLABLE HAN}\\N{no such name}"',
      'D = f"{half',
    ];
    expect(found(text.map((line) => `# bllossom: prompt\n${line}\n`).join(''), 'python')).toEqual([
      ['A', `{name}: {name!r:>{width}} —{ {d['k{']}}`],
      ['B', '\\n{x} {x}'],
      ['C', '{{kept}} 한\\N{no such name}'],
      ['D', '{half'],
    ]);
  });

  it('of formats mean what Python reads, with fields as they are written', ({ skip }) => {
    const random = new Random(5);
    const all = ['{{', '}}', '{x}', '\\x7b', '\\x7d', '\\N{LEFT CURLY BRACKET}', '\\N{HANGUL SYLLABLE GGWELH}', '\\N{latin small letter e with acute}', ...pieces.filter((p) => p !== '{x}')]; // prettier-ignore
    const texts = Array.from({ length: 400 }, () =>
      Array.from({ length: random.below(12) }, () => all[random.below(all.length)]!).join(''),
    );
    // In a raw one a name's braces would be a field.
    const raw = texts.map((text) => text.replaceAll('\\N{', '{{').replaceAll(/(?<=\{\{[A-Za-z ]+)\}/g, '}}'));
    const answer = byPython(
      'rows = json.load(sys.stdin)\nprint(json.dumps([[eval(p + \'"""\' + t + \'"""\', {"x": "{x}"}) for t in some] for p, some in zip(("f", "rf"), rows)]))',
      [texts, raw],
    );
    if (answer === undefined) skip('there is no Python here');
    expect([texts.map((text) => decoded(text, 'pythonFormat')), raw.map((text) => decoded(text, 'rawFormat'))]).toEqual(
      answer,
    );
  });

  it('name characters as Python does, all Hangul syllables and Latin letters among them', ({ skip }) => {
    const names = byPython(
      'import unicodedata\nprint(json.dumps([[chr(c), unicodedata.name(chr(c), "")] for c in range(0x20, 0x20000) if unicodedata.name(chr(c), "")]))',
      [],
    ) as (readonly [string, string])[] | undefined;
    if (names === undefined) skip('there is no Python here');
    const wrong = names!.filter(([character, name]) => (namedCharacter(name) ?? character) !== character);
    expect(wrong).toEqual([]);
    const known = names!.filter(([character, name]) => namedCharacter(name) === character).length;
    expect(known).toBeGreaterThan(11_172 + 26 * 2 + 150);
    expect(namedCharacter('HANGUL SYLLABLE XA')).toBeUndefined();
    expect(namedCharacter('constructor')).toBeUndefined();
  });

  it("mean what TypeScript's compiler reads", () => {
    for (const literal of literals(['\\0', '\\u{1F600}', '\\q', '\\\r\n'])) {
      const file = ts.createSourceFile('a.ts', `x = "${literal.replaceAll('\r\n', '\n')}"`, ts.ScriptTarget.Latest);
      const { expression } = file.statements[0] as ts.ExpressionStatement;
      const read = (expression as ts.BinaryExpression).right as ts.StringLiteral;
      expect(decoded(literal, 'javascript'), literal).toBe(read.text);
    }
  });

  it('mean what Python reads', ({ skip }) => {
    const all = literals(['\\a', '\\7', '\\101', '\\U0001F600', '\\q']);
    const program =
      'import ast,json,sys,warnings\nwarnings.simplefilter("ignore")\n' +
      'print(json.dumps([ast.literal_eval(\'"""\' + x + \'"""\') for x in json.load(sys.stdin)]))';
    let answer: string;
    try {
      answer = execFileSync('python3', ['-c', program], { input: JSON.stringify(all), encoding: 'utf8' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      skip('there is no Python here');
      return;
    }
    expect(all.map((literal) => decoded(literal, 'python'))).toEqual(JSON.parse(answer));
  });
});

it('stops for others in a long file without sections', () => {
  for (const [languageId, line] of [
    ['bllossom-prompt', 'words and words\n'],
    ['markdown', 'words and words\n'],
    ['jsonl', '{"n": [1, 2]}\n'],
  ] as const) {
    const text = line.repeat(5000);
    const pauses = [...findSections(text, languageId)];
    expect(pauses.length).toBeGreaterThan(text.length / 10_000);
  }
});
