/** Sections of every kind of file, and their texts, held against JSON.parse, TypeScript's compiler and Python itself. */
import { execFileSync } from 'node:child_process';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import { decoded } from './literal.ts';
import { promptDialogue } from './promptDialogue.ts';
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
