/** Lint in the language server: pull diagnostics under each document's own tokenizer and settings, never of an older text. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import { unwrap } from '../../engine/src/base/problem.ts';
import { readTokenizerFile, type Tokenizer } from '../../engine/src/tokenizers/index.ts';
import { LintRules } from '../../server/src/protocol.ts';
import { LanguageClient, bundle, uriOf } from './languageClient.ts';
import { brief, diagnose, documentOf, lintCapabilities, pull, textOf } from './lintClient.ts';
import { makeWorkspace } from './workspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;
let tokenizer: Tokenizer;
let english: Tokenizer;
let opened = 0;

beforeAll(async () => {
  await bundle();
  workspace = makeWorkspace();
  tokenizer = unwrap(await readTokenizerFile(workspace.korean));
  english = unwrap(await readTokenizerFile(workspace.english));
  client = await LanguageClient.start({ folders: [workspace.folder], capabilities: lintCapabilities });
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});
afterEach(async () => {
  await client.setSettings({});
  client.forget();
});

const uriFor = (name: string) => uriOf(path.join(workspace.folder, `${++opened}-${name}`));
const open = async (name: string, text: string, languageId?: string): Promise<string> => {
  const uri = uriFor(name);
  await client.open(uri, text, languageId);
  return uri;
};
const file = (name: string) => path.join(workspace.folder, name);
const refreshed = () => client.until('workspace/diagnostic/refresh');

const nfd = '한국어'.normalize('NFD');
const saves = (by: Tokenizer, before: string, after: string) => by.count(before) - by.count(after);

describe('diagnostics', () => {
  it('tell what is wrong where, what mending saves, and where it is explained', async () => {
    const uri = await open('a.txt', `one\n${nfd} two\n`);
    const saved = saves(english, `one\n${nfd} two\n`, 'one\n한국어 two\n');
    expect(saved).toBeGreaterThan(3);
    expect(await diagnose(client, uri)).toEqual([
      {
        range: { start: { line: 1, character: 0 }, end: { line: 1, character: nfd.length } },
        severity: 2,
        source: 'bllossom',
        code: 'decomposed',
        codeDescription: { href: 'command:bllossom.showLintRule?%5B%22decomposed%22%5D' },
        message: `Decomposed Hangul (NFD): 3 syllables written in letters (−${saved} tokens)`,
        data: { saved },
      },
    ]);
  });

  it('are unchanged where they are, and others where they are not', async () => {
    const uri = await open('a.txt', 'a\u200bb\n');
    const first = await pull(client, uri);
    const again = await pull(client, uri, first.resultId);
    expect(again).toEqual({ kind: 'unchanged', resultId: first.resultId });
    const end = { line: 1, character: 0 };
    await client.change(uri, [{ range: { start: end, end }, text: 'more' }]);
    expect((await pull(client, uri, first.resultId)).kind).toBe('unchanged');
    await client.change(uri, [{ range: { start: end, end }, text: '\u200b' }]);
    const third = await pull(client, uri, first.resultId);
    expect(third.kind === 'full' ? third.items.map(brief) : third).toEqual(['invisible 0:1-0:2', 'invisible 1:0-1:1']);
  });

  it('are quiet: five rules unless more are asked for', async () => {
    const text = 'two  spaces\n\n\n\n“quoted” 12345678901234567890\n';
    const uri = await open('a.txt', text);
    expect(await diagnose(client, uri)).toEqual([]);
    await client.setSettings({ lint: { preset: 'all' } });
    await refreshed();
    const rules = new Set((await diagnose(client, uri)).map(({ code }) => code));
    expect([...rules]).toEqual(expect.arrayContaining(['repeated-space', 'long-number']));
    await client.setSettings({ lint: { preset: 'none' } });
    expect(await diagnose(client, uri)).toEqual([]);
  });

  it('take each rule’s severity and options from the settings', async () => {
    const uri = await open('a.txt', 'a\u200bb 12345\n');
    await client.setSettings({ lint: { rules: { invisible: 'error', 'long-number': ['hint', { digits: 5 }] } } });
    expect((await diagnose(client, uri)).map(({ code, severity }) => [code, severity])).toEqual([
      ['invisible', 1],
      ['long-number', 4],
    ]);
    await client.setSettings({ lint: { rules: { invisible: 'off' } } });
    expect(await diagnose(client, uri)).toEqual([]);
  });

  it('are those of the document’s own tokenizer, measured anew when it changes', async () => {
    const uri = await open('a.txt', nfd);
    const told = async () => (await diagnose(client, uri)).map(({ data }) => data as unknown);
    expect(await told()).toEqual([{ saved: saves(english, nfd, '한국어') }]);
    await client.setSettings({ tokenizer: 'tokenizers/b-korean.model' });
    await refreshed();
    expect(await told()).toEqual([{ saved: saves(tokenizer, nfd, '한국어') }]);
    expect(saves(tokenizer, nfd, '한국어')).not.toBe(saves(english, nfd, '한국어'));
    // What needs no measuring is told without a tokenizer.
    await client.setSettings({ tokenizer: 'there/is/none.model' });
    expect(await told()).toEqual([{}]);
  });

  it('point to the place that explains them', async () => {
    const sentence = 'Answer in one short sentence.';
    const uri = await open('a.prompt', `${sentence} Be kind. ${sentence} Go on.`, 'bllossom-prompt');
    await client.setSettings({ lint: { preset: 'recommended' } });
    const [repeated] = (await diagnose(client, uri)).filter(({ code }) => code === 'repeated-sentence');
    expect(repeated?.relatedInformation).toEqual([
      {
        location: {
          uri,
          range: { start: { line: 0, character: 0 }, end: { line: 0, character: sentence.length } },
        },
        message: 'where it stands first',
      },
    ]);
  });

  it('tell where the budget of a prompt ends, in a text of a megabyte too', async () => {
    const text = 'The sky is blue. '.repeat(60_000);
    const uri = await open('a.prompt', text, 'bllossom-prompt');
    await client.setSettings({ lint: { rules: { 'over-budget': ['error', { window: 40, answer: 8 }] } } });
    const [over] = await diagnose(client, uri);
    // The token that begins a text is one of the 32.
    const { starts, ids } = english.encode(text);
    expect(over?.range.start).toEqual({ line: 0, character: starts[31] });
    expect(textOf(over!)).toContain(`${(ids.length + 1).toLocaleString('en')} tokens are`);
    // The budget of the status bar; none where no window is known.
    await client.setSettings({ context: { window: 40, reservedAnswer: 8 } });
    expect(await diagnose(client, uri)).toEqual([over]);
    await client.setSettings({});
    expect(await diagnose(client, uri)).toEqual([]);
  });
});

describe('what is linted', () => {
  it.each([
    ['a.md', 'markdown', 'x\u200b\n', 1],
    ['a.prompt', 'bllossom-prompt', 'x\u200b\n', 1],
    ['a.jsonl', 'plaintext', '{"a\u200b": "x\u200b"}\n', 1],
    ['a.jsonl', 'json', '{"a": "x\u200b"}\n', 1],
    ['a.json', 'json', '[{"a": "x\u200b"}]\n', 1],
    ['settings.json', 'json', '{"a": "x\u200b"}\n', 0],
    ['a.run.json', 'jsonc', '{"output": "x\u200b"}\n', 0],
    ['a.py', 'python', 'a = "x\u200b"\n# bllossom: prompt\nb = "x\u200b"\n', 1],
    ['a.css', 'css', 'x\u200b\n', 0],
  ])('in %s as %s', async (name, languageId, text, count) => {
    const uri = await open(name, text, languageId);
    expect(await diagnose(client, uri)).toHaveLength(count);
  });

  it('is what is open', async () => {
    expect(await diagnose(client, uriFor('never.txt'))).toEqual([]);
    const uri = await open('a.txt', 'x\u200b');
    expect(await diagnose(client, uri)).toHaveLength(1);
    await client.close(uri);
    expect(await diagnose(client, uri)).toEqual([]);
  });

  it('is left alone where a comment says so', async () => {
    const uri = await open('a.md', '<!-- bllossom-disable-next-line invisible -->\nx\u200b\nx\u200b\n', 'markdown');
    expect((await diagnose(client, uri)).map(brief)).toEqual(['invisible 2:1-2:2']);
  });
});

describe('a file .bllossomlint.json', () => {
  const config = () => file('deep/.bllossomlint.json');
  const write = async (text: string) => {
    mkdirSync(file('deep/er'), { recursive: true });
    writeFileSync(config(), text);
    client.forget();
    await client.filesChanged(config());
    await refreshed();
  };

  it('holds for its folder and below, before the settings, and is heeded when it changes', async () => {
    await client.setSettings({ lint: { preset: 'all' } });
    await write('{ "preset": "none" } // quiet\n');
    const below = uriOf(file('deep/er/a.txt'));
    await client.open(below, 'x\u200b  y');
    const beside = await open('a.txt', 'x\u200by');
    expect(await diagnose(client, below)).toEqual([]);
    expect(await diagnose(client, beside)).toHaveLength(1);
    await write('{ "rules": { "invisible": "hint", "repeated-space": "off" } }');
    expect((await diagnose(client, below)).map(({ code, severity }) => [code, severity])).toEqual([['invisible', 4]]);
  });

  it('with a fault is told once, shows it in the file, and the settings hold', async () => {
    await write('{\n  "preset": "most"\n}\n');
    const one = uriOf(file('deep/one.txt'));
    const two = uriOf(file('deep/er/two.txt'));
    for (const uri of [one, two, one]) {
      await client.open(uri, 'x\u200by');
      expect(await diagnose(client, uri)).toHaveLength(1);
    }
    const messages = client.told<{ message: string }>('window/showMessage').map(({ message }) => message);
    expect(messages).toEqual([expect.stringMatching(/\.bllossomlint\.json, line 2:13: this preset is not known/)]);
    const uri = uriOf(config());
    await client.open(uri, readFileSync(config(), 'utf8'), 'jsonc');
    expect((await diagnose(client, uri)).map(({ range, message }) => [range.start, message])).toEqual([
      [{ line: 1, character: 12 }, expect.stringMatching(/^this preset is not known\. Write "none"/)],
    ]);
    rmSync(file('deep'), { recursive: true });
  });
});

it.each([
  [4, 'bllossom.lint: an object is wanted here'],
  [{ preset: 4 }, 'bllossom.lint.preset: this preset is not known'],
  [{ rules: 'off' }, 'bllossom.lint.rules: an object is wanted here'],
  [{ rules: { invisible: [] } }, 'bllossom.lint.rules.invisible: this severity is not known'],
  [{ rules: { x: 'off' } }, 'bllossom.lint.rules.x: there is no rule "x"'],
])('settings %j are told once, and the rest holds', async (lint, message) => {
  const uris = [await open('a.txt', 'x\u200by'), await open('b.txt', 'x\u200by')];
  await client.setSettings({ lint });
  for (const uri of uris) expect((await diagnose(client, uri)).map(brief)).toEqual(['invisible 0:1-0:2']);
  await client.setSettings({ lint, tokenizer: workspace.korean });
  for (const uri of uris) expect(await diagnose(client, uri)).toHaveLength(1);
  const told = client.told<{ message: string }>('window/showMessage').map((m) => m.message);
  expect(told).toEqual([expect.stringContaining(message)]);
});

describe('while a text is edited', () => {
  it('an answer is of the text as it is by then', async () => {
    const uri = await open('a.txt', 'clean '.repeat(150_000));
    const early = pull(client, uri);
    const start = { line: 0, character: 0 };
    await client.change(uri, [{ range: { start, end: start }, text: '\u200b' }]);
    const late = pull(client, uri);
    for (const report of await Promise.all([early, late]))
      expect(report.kind === 'full' ? report.items.map(brief) : report).toEqual(['invisible 0:0-0:1']);
  });

  it('what nobody waits for is given up, and asking again is answered', async () => {
    const uri = await open('a.txt', 'clean '.repeat(150_000) + '\u200b');
    const source = new CancellationTokenSource();
    const params = { textDocument: { uri } };
    const given = client.connection.sendRequest('textDocument/diagnostic', params, source.token);
    source.cancel();
    await expect(given).rejects.toThrow();
    expect(await diagnose(client, uri)).toHaveLength(1);
  });

  it('other requests are answered meanwhile', async () => {
    const uri = await open('a.txt', `${nfd} `.repeat(60_000));
    const order: string[] = [];
    const long = diagnose(client, uri).then((found) => order.push(`${found.length > 100}`));
    const short = client.request(LintRules.type, {}).then(() => order.push('rules'));
    await Promise.all([long, short]);
    expect(order).toEqual(['rules', 'true']);
  });

  it('ranges lie in the text, whatever is typed', async () => {
    const parts = [
      nfd,
      'x\u200by',
      '\r\n',
      '\n',
      '\u00a0',
      'ㄱㅏ',
      '🙂',
      '\ud83d',
      '\udc00',
      '  ',
      '“q”',
      '\r',
      'word',
    ];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    await client.setSettings({ lint: { preset: 'all' } });
    let document = documentOf(uriFor('storm.md'), '');
    await client.open(document.uri, '', 'markdown');
    let found = 0;
    for (let i = 0; i < 120; i++) {
      const text = document.getText();
      const from = random(text.length + 1);
      const to = Math.min(text.length, from + random(4) * random(8));
      const range = { start: document.positionAt(from), end: document.positionAt(to) };
      const inserted = Array.from({ length: random(6) }, () => parts[random(parts.length)]!).join('');
      const version = await client.change(document.uri, [{ range, text: inserted }]);
      const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
      document = documentOf(document.uri, text.slice(0, start) + inserted + text.slice(end), version);
      if (i % 3 !== 0) continue;
      const lines = document.lineCount;
      for (const { range: told } of await diagnose(client, document.uri)) {
        found++;
        for (const place of [told.start, told.end]) {
          expect(place.line).toBeLessThan(lines);
          expect(document.positionAt(document.offsetAt(place))).toEqual(place);
        }
        expect(document.offsetAt(told.end)).toBeGreaterThanOrEqual(document.offsetAt(told.start));
      }
    }
    expect(found).toBeGreaterThan(100);
  });
});

it('speaks the editor’s language where it can', async () => {
  const korean = await LanguageClient.start({ folders: [workspace.folder], locale: 'ko' });
  const uri = uriOf(file('ko.txt'));
  await korean.open(uri, nfd);
  expect(textOf((await diagnose(korean, uri))[0]!)).toMatch(/^풀어 쓴 한글\(NFD\): .*\(−토큰 \d+개\)$/);
  const rules = await korean.request(LintRules.type, {});
  // Nineteen of texts, nine of rows of instruction data.
  expect(rules).toHaveLength(19 + 9);
  expect(rules[0]).toMatchObject({ id: 'decomposed', title: expect.stringContaining('한글') as string });
  await korean.stop();
});
