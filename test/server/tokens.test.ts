/** Counts, byte characters and hovers, over the real protocol: always those of the text on screen. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Hover } from 'vscode-languageserver-protocol';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import {
  ByteCharacters,
  CheckTokenizer,
  CountRanges,
  ListTokenizers,
  TokenCounts,
  TokenizerProblem,
} from '../../server/src/protocol.ts';
import { LanguageClient, uriOf } from './languageClient.ts';
import { startOnTwoTokenizers } from './twoTokenizers.ts';
import type { SentencePiece } from './sentencePiece.ts';
import { sampleModel } from './workspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;
let english: SentencePiece;
let korean: SentencePiece;

beforeAll(async () => {
  ({ workspace, client, english, korean } = await startOnTwoTokenizers());
});

afterAll(async () => {
  expect(await client.stop()).toBe(0);
  workspace.remove();
});

const fileUri = (name: string): string => uriOf(path.join(workspace.folder, name));

/** The count that was told of one version of a document. */
const counted = (uri: string, version = 1) =>
  client.until(TokenCounts.type, (p) => p.uri === uri && p.version === version);

describe('TokenCounts', () => {
  it('counts an opened document as SentencePiece does, bytes apart', async () => {
    const uri = fileUri('a.txt');
    const text = 'Good morning.\n햄버거를 먹는 공룡';
    await client.open(uri, text);
    const { tokens, byteTokens, byteCharacters, tokenizer } = await counted(uri);
    const pieces = english.encodePieces(text);
    expect(tokens).toBe(pieces.length);
    expect(byteTokens).toBe(pieces.filter((piece) => /^<0x..>$/.test(piece)).length);
    // Of the Korean words each syllable has three bytes, and the newline is one.
    expect(byteCharacters).toBe(9);
    expect(tokenizer).toEqual({ path: workspace.english, name: 'a-english', algorithm: 'bpe', size: 500 });
  });

  it('gives an untitled document the tokenizer of the first folder', async () => {
    await client.open('untitled:Untitled-1', 'hello');
    expect((await counted('untitled:Untitled-1')).tokens).toBe(english.encodeIds('hello').length);
  });

  it('is right after every one of many random edits', async () => {
    const random = generator(7);
    const uri = fileUri('edits.md');
    const start = readFileSync(path.resolve(import.meta.dirname, '../../client/sample/reading.ko.md'), 'utf8');
    let text = TextDocument.create(uri, 'markdown', 1, start);
    await client.open(uri, start, 'markdown');
    for (let round = 0; round < 150; round++) {
      const changes: TextDocumentContentChangeEvent[] = [];
      let edited = text;
      for (let n = 1 + Math.floor(random() * 3); n > 0; n--) {
        const change = randomChange(edited, random);
        changes.push(change);
        edited = TextDocument.update(edited, [change], edited.version);
      }
      text = edited;
      const version = await client.change(uri, changes);
      // Every tenth version is waited for; the others may be passed over, as while typing.
      if (round % 10 !== 9) continue;
      const { tokens, byteCharacters } = await counted(uri, version);
      expect(tokens, `round ${round}`).toBe(english.encodeIds(text.getText()).length);
      const everything = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };
      const answer = await client.request(ByteCharacters.type, { uri, range: everything });
      expect(answer?.version).toBe(version);
      // No piece of this tokenizer holds a line break.
      const breaks = text.getText().match(/[\r\n]/g)?.length ?? 0;
      expect(answer?.characters).toHaveLength(byteCharacters - breaks);
      for (const { range, bytes } of answer?.characters ?? []) {
        expect(Buffer.byteLength(text.getText(range))).toBe(bytes);
      }
    }
  });

  it('follows the setting, per document', async () => {
    const uri = fileUri('setting.txt');
    const text = '아침에 일어나서 물을 마셨다.';
    await client.open(uri, text);
    expect((await counted(uri)).tokens).toBe(english.encodeIds(text).length);
    client.forget();
    await client.setSettings({ tokenizer: 'tokenizers/b-korean.model' });
    const { tokens, tokenizer } = await counted(uri);
    expect([tokens, tokenizer.name]).toEqual([korean.encodeIds(text).length, 'b-korean']);
    client.forget();
    await client.setSettings({});
    expect((await counted(uri)).tokens).toBe(english.encodeIds(text).length);
  });

  it('answers others while it counts a large document', async () => {
    const uri = fileUri('large.txt');
    const text = '안녕하세요, the weather is fine today.\n'.repeat(100_000);
    await client.open(uri, text);
    await client.open(fileUri('small.txt'), 'small');
    await counted(fileUri('small.txt'));
    expect(client.told(TokenCounts.type).some((p) => p.uri === uri)).toBe(false);
    const line = { start: { line: 5, character: 0 }, end: { line: 5, character: 5 } };
    const ranges = await client.request(CountRanges.type, { uri, ranges: [line] });
    expect(ranges?.counts).toEqual([english.encodeIds('안녕하세요').length]);
    expect(client.told(TokenCounts.type).some((p) => p.uri === uri)).toBe(false);
    const { tokens } = await counted(uri);
    // Lines are units here: no piece holds a newline. The dummy prefix stands at the first one alone.
    const each =
      english.encodeIds('x\n안녕하세요, the weather is fine today.\n').length - english.encodeIds('x\n').length;
    expect(tokens).toBe(100_000 * each + 1);
    await client.close(uri);
  });
});

describe('while a large document is counted', () => {
  const text = '안녕하세요, the weather is fine today.\n'.repeat(40_000);
  const told = (uri: string) => client.told(TokenCounts.type).filter((p) => p.uri === uri);
  const aMoment = () => new Promise((done) => setTimeout(done, 60));

  afterEach(() => client.setSettings({}));

  it('edits join the count under way: the last version is told once', async () => {
    const uri = fileUri('typed.txt');
    await client.open(uri, text);
    const at = { line: 20_000, character: 0 };
    let version = 1;
    for (let i = 0; i < 20; i++) {
      version = await client.change(uri, [{ range: { start: at, end: at }, text: 'x' }]);
      await new Promise((done) => setTimeout(done, 10));
    }
    const { tokens } = await counted(uri, version);
    // Whatever else is under way for this document would be told before an answer that comes after it.
    const around = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
    await client.request(CountRanges.type, { uri, ranges: [around] });
    expect(told(uri).filter((p) => p.version === version)).toHaveLength(1);
    const lines = text.split('\n');
    lines[20_000] = 'x'.repeat(20) + lines[20_000]!;
    const halves = [lines.slice(0, 20_000), lines.slice(20_000)].map((part) => part.join('\n'));
    // No piece holds a line break: the two halves can be encoded apart, but for the dummy prefix of the second.
    const [first, second] = [english.encodeIds(`${halves[0]!}\n`), english.encodeIds(`\n${halves[1]!}`)];
    expect(tokens).toBe(first.length + second.length - english.encodeIds('\n').length);
    await client.close(uri);
  });

  it('closing it ends the count, and what is opened under its name is another document', async () => {
    const uri = fileUri('closed.txt');
    await client.open(uri, text);
    await aMoment();
    await client.close(uri);
    await client.open(uri, 'small');
    const small = english.encodeIds('small').length;
    await client.until(TokenCounts.type, (p) => p.uri === uri && p.tokens === small);
    await aMoment();
    expect(told(uri).at(-1)?.tokens).toBe(small);
    await client.close(uri);
  });

  it('another tokenizer ends the count under the old one', async () => {
    const uri = fileUri('exchanged.txt');
    await client.open(uri, text);
    await aMoment();
    await client.setSettings({ tokenizer: workspace.korean });
    await client.until(TokenCounts.type, (p) => p.uri === uri && p.tokenizer.path === workspace.korean);
    await aMoment();
    expect(told(uri).at(-1)?.tokenizer.path).toBe(workspace.korean);
    await client.close(uri);
  });

  it('the characters in bytes of one endless line are found up to a bound, each once', async () => {
    const uri = fileUri('line.txt');
    const line = '햄버거 and 🍔 '.repeat(20_000);
    await client.open(uri, line);
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: line.length } };
    const answer = await client.request(ByteCharacters.type, { uri, range });
    const starts = answer!.characters.map((character) => character.range.start.character);
    expect(starts).toHaveLength(ByteCharacters.most);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    const expected = [...line.matchAll(/[햄버거🍔]/gu)].map((match) => match.index);
    expect(starts).toEqual(expected.slice(0, ByteCharacters.most));
    await client.close(uri);
  });
});

describe('CountRanges', () => {
  it('counts each range as a text of its own, of the version it names', async () => {
    const uri = fileUri('ranges.txt');
    await client.open(uri, 'Good morning\n좋은 아침');
    const answer = await client.request(CountRanges.type, {
      uri,
      ranges: [
        { start: { line: 0, character: 5 }, end: { line: 0, character: 12 } },
        { start: { line: 1, character: 0 }, end: { line: 1, character: 2 } },
      ],
    });
    expect(answer).toEqual({
      version: 1,
      counts: [english.encodeIds('morning').length, english.encodeIds('좋은').length],
    });
    expect(await client.request(CountRanges.type, { uri: fileUri('never-opened.txt'), ranges: [] })).toBeNull();
  });
});

describe('hover', () => {
  const hover = async (uri: string, line: number, character: number) => {
    const answer: Hover | null = await client.connection.sendRequest('textDocument/hover', {
      textDocument: { uri },
      position: { line, character },
    });
    return answer === null ? null : { text: (answer.contents as { value: string }).value, range: answer.range };
  };

  it('shows the bytes of a character, with their ids, and what another tokenizer makes of the word', async () => {
    const uri = fileUri('hover.txt');
    await client.open(uri, '햄은 맛있다');
    const shown = await hover(uri, 0, 0);
    const ids = ['<0xED>', '<0x96>', '<0x84>'].map((piece) => english.encodePieces('햄').indexOf(piece));
    expect(ids).toEqual([1, 2, 3]);
    const [, ...bytes] = english.encodeIds('햄');
    expect(shown?.text.split('\n\n')[0]).toBe(`\`<0xED> <0x96> <0x84>\` · ids ${bytes.join(' ')} · 3 tokens`);
    expect(shown?.range).toEqual({ start: { line: 0, character: 0 }, end: { line: 0, character: 1 } });
    const [, word, table] = shown?.text.split('\n\n') ?? [];
    expect(word).toBe('`햄은`');
    const rows = table?.split('\n');
    expect(rows?.[0]).toBe('| | tokens | pieces |');
    const row = (name: string, sp: SentencePiece) =>
      `| ${name} | ${sp.encodeIds('햄은').length} | \`${sp.encodePieces('햄은').join(' ')}\` |`;
    expect(rows?.slice(2)).toEqual([row('a-english', english), row('b-korean', korean)]);
  });

  it('shows copies of one vocabulary once', async () => {
    const copy = path.join(workspace.folder, 'tokenizers/model/a-english.model');
    mkdirSync(path.dirname(copy));
    copyFileSync(workspace.english, copy);
    try {
      const uri = fileUri('copies.txt');
      await client.open(uri, '햄은 맛있다');
      await client.request(ListTokenizers.type, {});
      const shown = await hover(uri, 0, 0);
      expect(shown?.text.match(/a-english/g)).toHaveLength(1);
    } finally {
      rmSync(path.dirname(copy), { recursive: true });
    }
  });

  it('shows another token with its piece, id and bytes', async () => {
    const uri = fileUri('hover2.txt');
    await client.open(uri, 'a the');
    const shown = await hover(uri, 0, 3);
    const id = english.encodeIds('a the').at(-1);
    expect(english.encodePieces('a the').at(-1)).toBe('▁the');
    expect(shown?.text.split('\n\n')[0]).toBe(`\`▁the\` · id ${id} · 1 token · 4 bytes \`20 74 68 65\``);
    expect(shown?.range).toEqual({ start: { line: 0, character: 1 }, end: { line: 0, character: 5 } });
    expect(await hover(uri, 0, 5)).toBeNull();
  });
});

describe('a tokenizer that cannot be used', () => {
  it('is told with the reason, its counts withdrawn, and taken again once it is mended', async () => {
    const file = path.join(workspace.folder, 'tokenizers/c.model');
    copyFileSync(workspace.english, file);
    const uri = fileUri('broken.txt');
    await client.setSettings({ tokenizer: file });
    await client.open(uri, 'some text');
    const whole = (await counted(uri)).tokens;
    writeFileSync(file, readFileSync(workspace.english).subarray(0, 3000));
    await client.filesChanged(file);
    const { problem } = await client.until(TokenizerProblem.type, (p) => p.uri === uri);
    expect(problem.where?.file).toBe(file);
    expect(problem.what).not.toBe('');
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 4 } };
    expect(await client.request(CountRanges.type, { uri, ranges: [range] })).toBeNull();
    expect(await client.request(ByteCharacters.type, { uri, range })).toBeNull();
    const list = await client.request(ListTokenizers.type, { uri });
    expect(list.find((entry) => entry.path === file)).toMatchObject({
      source: 'setting',
      problem: { what: problem.what },
    });
    client.forget();
    // Mended, and nobody says so: the server looks by itself.
    writeFileSync(file, sampleModel('en'));
    expect((await counted(uri)).tokens).toBe(whole);
    await client.setSettings({});
    rmSync(file);
  });

  it('is refused by CheckTokenizer, in words', async () => {
    const file = path.join(workspace.folder, 'not-a.model');
    writeFileSync(file, '<!doctype html>');
    await expect(client.request(CheckTokenizer.type, { path: file })).rejects.toMatchObject({
      data: { what: 'the file is a web page, not a SentencePiece model', where: { file } },
    });
    await expect(client.request(CheckTokenizer.type, { path: `${file}.none` })).rejects.toThrow(/no such file/);
    rmSync(file);
    expect((await client.request(CheckTokenizer.type, { path: workspace.korean })).size).toBe(900);
  });
});

describe('ListTokenizers', () => {
  it('lists what the workspace holds, with the document counted under each', async () => {
    const uri = fileUri('list.txt');
    await client.open(uri, '좋은 아침입니다');
    const list = await client.request(ListTokenizers.type, { uri });
    expect(list.map(({ path: file, source, tokens }) => [file, source, tokens])).toEqual([
      [workspace.english, 'workspace', english.encodeIds('좋은 아침입니다').length],
      [workspace.korean, 'workspace', korean.encodeIds('좋은 아침입니다').length],
    ]);
  });

  it('tells a workspace without any from one that is set and missing', async () => {
    const empty = path.join(workspace.folder, 'texts-only');
    const other = await LanguageClient.start({ folders: [empty] });
    const uri = uriOf(path.join(empty, 'a.txt'));
    await other.open(uri, 'text');
    expect((await other.until(TokenizerProblem.type)).problem.what).toMatch(
      /no SentencePiece \.model file and no tokenizer\.json was found/,
    );
    await other.setSettings({ tokenizer: '/none.model' });
    await other.until(TokenizerProblem.type, (p) => p.problem.where?.file === '/none.model');
    expect(await other.stop()).toBe(0);
  });
});

/** Park and Miller's minimal standard generator, in [0, 1). */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 0x7fffffff) / 0x7fffffff;
}

const snippets = [
  'a',
  ' ',
  '\n',
  '\r\n',
  '햄',
  '가나',
  'the quick',
  '😀',
  '\t',
  '  ',
  'é',
  '\u1112\u1161\u11ab',
  '▁',
  'x'.repeat(300),
];

function randomChange(document: TextDocument, random: () => number): TextDocumentContentChangeEvent {
  const pick = (n: number) => Math.floor(random() * n);
  const text = document.getText();
  const boundary = (offset: number) => (/[\udc00-\udfff]/.test(text.charAt(offset)) ? offset + 1 : offset);
  if (random() < 0.02) return { text: text.slice(0, boundary(pick(text.length))) + snippets[pick(snippets.length)]! };
  const start = boundary(pick(text.length + 1));
  const end = boundary(Math.min(text.length, start + (random() < 0.5 ? 0 : pick(random() < 0.1 ? 400 : 6))));
  const range = { start: document.positionAt(start), end: document.positionAt(end) };
  const inserted =
    random() < 0.25 ? '' : Array.from({ length: 1 + pick(3) }, () => snippets[pick(snippets.length)]!).join('');
  return { range, text: inserted };
}
