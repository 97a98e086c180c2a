/** Quick fixes over the protocol: what their titles claim is what the edits save, for the version of the text they name. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeAction, Range } from 'vscode-languageserver-protocol';
import { unwrap } from '../../engine/src/base/problem.ts';
import { readTokenizerFile, type Tokenizer } from '../../engine/src/tokenizers/index.ts';
import { LanguageClient, bundle, uriOf } from './languageClient.ts';
import { actions, after, brief, diagnose, documentOf, lintCapabilities } from './lintClient.ts';
import { makeWorkspace } from './workspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;
let tokenizer: Tokenizer;
let opened = 0;

beforeAll(async () => {
  await bundle();
  workspace = makeWorkspace();
  tokenizer = unwrap(await readTokenizerFile(workspace.english));
  client = await LanguageClient.start({
    folders: [workspace.folder],
    capabilities: lintCapabilities,
    settings: { lint: { preset: 'recommended' } },
  });
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});

const nfd = (text: string) => text.normalize('NFD');

/** What is offered at the first diagnostic of a rule in a new document. */
async function offered(name: string, languageId: string, text: string, rule: string) {
  const uri = uriOf(path.join(workspace.folder, `${++opened}-${name}`));
  await client.open(uri, text, languageId);
  const diagnostic = (await diagnose(client, uri)).find(({ code }) => code === rule);
  if (diagnostic === undefined) throw new Error(`nothing told of ${rule}`);
  const document = documentOf(uri, text);
  return { uri, document, list: await actions(client, uri, diagnostic.range, { diagnostics: [diagnostic] }) };
}

const resolve = (action: CodeAction): Promise<CodeAction> =>
  client.connection.sendRequest('codeAction/resolve', action);
const savedIn = (title: string) => Number(/([\d,]+) tokens? saved$/.exec(title)?.[1]?.replaceAll(',', ''));
const titled = (list: readonly CodeAction[], title: RegExp): CodeAction => {
  const found = list.find((action) => title.test(action.title));
  if (found === undefined) throw new Error(`none of ${list.map((action) => action.title).join(' | ')}`);
  return found;
};
const whole: Range = { start: { line: 0, character: 0 }, end: { line: 1_000_000, character: 0 } };

describe('a quick fix', () => {
  it('mends its place and saves what it says; all of a rule at once saves what that says', async () => {
    const text = `앞 ${nfd('한국어')} 뒤\n보통 줄\n${nfd('안녕')} 그리고 a\u200bb\n`;
    const { document, list } = await offered('a.txt', 'plaintext', text, 'decomposed');
    const one = titled(list, /^Compose the Hangul: /);
    const mended = after(document, one);
    expect(mended).toBe(text.replace(nfd('한국어'), '한국어'));
    expect(savedIn(one.title)).toBe(tokenizer.count(text) - tokenizer.count(mended));
    expect(one).toMatchObject({ kind: 'quickfix', isPreferred: true });
    const all = titled(list, /^Fix all decomposed in this file: /);
    expect(all.edit).toBeUndefined();
    const resolved = await resolve(all);
    const allMended = after(document, resolved);
    expect(allMended).toBe(text.normalize('NFC'));
    expect(savedIn(all.title)).toBe(tokenizer.count(text) - tokenizer.count(allMended));
  });

  it('is for the version it names: of an edited text nothing stale is applied', async () => {
    const text = `${nfd('한국어')}\n${nfd('안녕')}\n`;
    const { uri, list } = await offered('a.txt', 'plaintext', text, 'decomposed');
    const all = titled(list, /^Fix all/);
    const start = { line: 0, character: 0 };
    const version = await client.change(uri, [{ range: { start, end: start }, text: 'new ' }]);
    expect((await resolve(all)).edit).toBeUndefined();
    // Asked anew with the diagnostic the editor still shows, moved as the editor moves it.
    const [now] = await diagnose(client, uri);
    const again = await actions(client, uri, now!.range, { diagnostics: [now!] });
    const document = documentOf(uri, `new ${text}`, version);
    expect(after(document, titled(again, /^Compose/))).toBe(`new ${text.replace(nfd('한국어'), '한국어')}`);
  });

  it('is offered for what is ours alone, and of the kinds asked for', async () => {
    const { uri, document } = await offered('a.txt', 'plaintext', 'a\u200bb', 'invisible');
    const [mine] = await diagnose(client, uri);
    expect(await actions(client, uri, whole, { diagnostics: [] })).toEqual([]);
    expect(await actions(client, uri, whole, { diagnostics: [{ ...mine!, source: 'other' }] })).toEqual([]);
    expect(await actions(client, uri, whole, { diagnostics: [mine!], only: ['refactor'] })).toEqual([]);
    const all = await actions(client, uri, whole, { diagnostics: [mine!], only: ['source.fixAll'] });
    expect(all.map(({ kind }) => kind)).toEqual(['source.fixAll.bllossom']);
    expect(after(document, all[0]!)).toBe('ab');
  });

  it('turns a rule off by a command that names it', async () => {
    const { uri, list } = await offered('a.txt', 'plaintext', 'a\u200bb', 'invisible');
    const off = titled(list, /^Turn off/).command;
    expect(off).toEqual({
      title: 'Turn off invisible',
      command: 'bllossom.turnOffLintRule',
      arguments: ['invisible', uri],
    });
  });

  it('writes a replacement in JSON as JSON', async () => {
    const text = '{"a": "say \u201chi\u201d"}\n';
    const { document, list } = await offered('a.jsonl', 'jsonl', text, 'smart-quotes');
    expect(JSON.parse(after(document, list[0]!))).toEqual({ a: 'say "hi"' });
  });
});

describe('suppressing here', () => {
  it.each([
    ['a.md', 'markdown', 'x\n  a\u200bb\n', 'x\n  <!-- bllossom-disable-next-line invisible -->\n  a\u200bb\n'],
    ['a.txt', 'plaintext', 'a\u200bb\r\n', '<!-- bllossom-disable-next-line invisible -->\r\na\u200bb\r\n'],
    [
      'a.md',
      'markdown',
      '<!-- bllossom-disable-next-line decomposed -->\na\u200bb',
      '<!-- bllossom-disable-next-line decomposed invisible -->\na\u200bb',
    ],
    ['a.jsonl', 'jsonl', '{"a":"\u200bx"}\n', '{"bllossom-disable": "invisible", "a":"\u200bx"}\n'],
    [
      'a.jsonl',
      'jsonl',
      '{"a":"\u200bx","bllossom-disable":"decomposed"}',
      '{"a":"\u200bx","bllossom-disable":"decomposed invisible"}',
    ],
    ['a.json', 'jsonc', '[\n"\u200bx"]', '[\n// bllossom-disable-next-line invisible\n"\u200bx"]'],
    [
      'a.py',
      'python',
      '#!/bin/python\n# bllossom: prompt\na = "\u200bx"\n',
      '#!/bin/python\n# bllossom-disable-file invisible\n# bllossom: prompt\na = "\u200bx"\n',
    ],
  ])('in %s (%s) silences the rule there: %j', async (name, languageId, text, expected) => {
    const { uri, document, list } = await offered(name, languageId, text, 'invisible');
    const silenced = after(document, titled(list, /^Suppress invisible /));
    expect(silenced).toBe(expected);
    await client.change(uri, [{ text: silenced }]);
    expect((await diagnose(client, uri)).map(brief).filter((line) => line.startsWith('invisible'))).toEqual([]);
  });

  it('is not offered where a file has no way to say so', async () => {
    const { list } = await offered('a.json', 'json', '["\u200bx"]', 'invisible');
    expect(list.map(({ title }) => title).filter((title) => title.startsWith('Suppress'))).toEqual([]);
  });
});

describe('fix all on saving', () => {
  const fixAll = (uri: string) => actions(client, uri, whole, { diagnostics: [], only: ['source.fixAll.bllossom'] });

  it('makes the changes that alter nothing that is seen, and says what they save', async () => {
    const text = `${nfd('한국어 텍스트')} a\u200bb c\u00a0d “q”  two\n`.repeat(40);
    const uri = uriOf(path.join(workspace.folder, 'all.txt'));
    await client.open(uri, text);
    const [action, ...more] = await fixAll(uri);
    expect(more).toEqual([]);
    const mended = after(documentOf(uri, text), action!);
    expect(mended).toBe('한국어 텍스트 ab c d “q”  two\n'.repeat(40));
    expect(savedIn(action!.title)).toBe(tokenizer.count(text) - tokenizer.count(mended));
    await client.change(uri, [{ text: mended }]);
    expect(await fixAll(uri)).toEqual([]);
  });

  it('of a text in letters from end to end is an edit of about its size', async () => {
    const text = `${nfd('한국어 글 한 줄입니다')}\n`.repeat(2000);
    const uri = uriOf(path.join(workspace.folder, 'long.txt'));
    await client.open(uri, text);
    const [action] = await fixAll(uri);
    expect(after(documentOf(uri, text), action!)).toBe(text.normalize('NFC'));
    expect(JSON.stringify(action).length).toBeLessThan(text.length);
  });
});
