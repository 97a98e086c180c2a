/** Looking through a vocabulary, and one text under two tokenizers: over the protocol, on the bundled server. */
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byteLevelJson, jsonBytes } from '../../engine/src/tokenizers/testing/byteLevel.ts';
import { english } from '../../engine/src/tokenizers/testing/models.ts';
import { CompareEnd, TokenLines, TokenTotals, VocabularyRows, VocabularySummary } from '../../server/src/protocol.ts';
import { LanguageClient } from './languageClient.ts';
import { loadSentencePiece } from './sentencePiece.ts';
import { makeWorkspace, sampleModel, type TestWorkspace } from './workspace.ts';

const shared = path.resolve(import.meta.dirname, '../../../shared/data');
const llama = path.join(shared, 'tokenizers/llama2.model');
const kobert = path.join(shared, 'tokenizers/kobert.model');
const hasShared = existsSync(llama) && existsSync(kobert);
if (!hasShared) process.stderr.write('no ../shared/data: Llama 2 and KoBERT are not looked through\n');

/** Each loading of the oracle adds listeners to the process. */
const oracles = new Map<string, ReturnType<typeof loadSentencePiece>>();
function oracle(file: string): ReturnType<typeof loadSentencePiece> {
  const loading = oracles.get(file) ?? loadSentencePiece(file);
  oracles.set(file, loading);
  return loading;
}

let workspace: TestWorkspace;
let client: LanguageClient;
/** A tokenizer.json as Llama 3 has it, of English alone: Korean is spelled in bytes. */
let byteLevel: string;
beforeAll(async () => {
  workspace = makeWorkspace();
  byteLevel = path.join(workspace.folder, 'tokenizer.json');
  writeFileSync(byteLevel, jsonBytes(byteLevelJson({ lines: english, merges: 200 })));
  client = await LanguageClient.start({ folders: [workspace.folder] });
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});

const everything: VocabularyRows.Query = {
  search: '',
  regex: false,
  matchCase: false,
  scripts: [],
  kinds: [],
  sort: 'id',
  descending: false,
};
const summary = (file: string) => client.request(VocabularySummary.type, { path: file });
const rows = (file: string, query: Partial<VocabularyRows.Query>, more: Partial<VocabularyRows.Params> = {}) =>
  client.request(VocabularyRows.type, { path: file, query: { ...everything, ...query }, from: 0, count: 50, ...more });

describe('a vocabulary', () => {
  it('is summed up', async () => {
    const answer = await summary(workspace.korean);
    expect(answer).toMatchObject({ name: 'b-korean', algorithm: 'bpe', size: 900, byteFallback: true });
    for (const counts of [answer.scripts, answer.kinds])
      expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(900);
    expect(answer.kinds).toContainEqual({ name: 'byte', count: 256, added: 0 });
    expect(answer.firstAdded).toBeUndefined();
  });

  it('is answered in pages that join without a seam', async () => {
    const whole = await rows(workspace.korean, { sort: 'piece' }, { count: 900 });
    const pages = await Promise.all(
      [0, 300, 600].map((from) => rows(workspace.korean, { sort: 'piece' }, { from, count: 300 })),
    );
    expect(pages.flatMap((page) => page.rows)).toEqual(whole.rows);
    expect(new Set(whole.rows.map(({ id }) => id)).size).toBe(900);
  });

  it('finds Hangul, and tells where a piece stands', async () => {
    const found = await rows(workspace.korean, { search: '다', scripts: ['Hangul'] });
    expect(found.total).toBeGreaterThan(3);
    expect(found.rows.every(({ piece, script }) => piece.includes('다') && script === 'Hangul')).toBe(true);
    const id = found.rows[2]!.id;
    expect((await rows(workspace.korean, { search: '다', scripts: ['Hangul'] }, { find: id })).place).toBe(2);
    expect((await rows(workspace.korean, { search: '다' }, { find: 0 })).place).toBe(-1);
  });

  it('is read anew once its file has changed', async () => {
    const file = path.join(workspace.folder, 'changing.model');
    writeFileSync(file, sampleModel('en'));
    const before = await summary(file);
    expect(before.size).toBe(500);
    writeFileSync(file, sampleModel('ko', 900));
    utimesSync(file, new Date(), new Date(Date.now() + 5000));
    const after = await summary(file);
    expect(after.size).toBe(900);
    expect(after.stamp).not.toBe(before.stamp);
    expect((await rows(file, {})).stamp).toBe(after.stamp);
  });

  it('knows which pieces a merge added, from the report beside it', async () => {
    const file = path.join(workspace.folder, 'tokenizer.model');
    writeFileSync(file, sampleModel('ko', 900));
    const report = { base: 500, files: { tokenizer: file } };
    writeFileSync(path.join(workspace.folder, 'merge-report.json'), JSON.stringify(report));
    const answer = await summary(file);
    expect(answer.firstAdded).toBe(500);
    expect(answer.scripts.reduce((sum, { added }) => sum + added, 0)).toBe(400);
    expect((await rows(file, { part: 'added' })).rows[0]?.id).toBe(500);
  });

  it('that is none is refused with a reason, and so is a broken query', async () => {
    const file = path.join(workspace.folder, 'other.model');
    writeFileSync(file, 'solver: SGD');
    await expect(summary(file)).rejects.toMatchObject({ data: { where: { file } } });
    await expect(summary(path.join(workspace.folder, 'none.model'))).rejects.toHaveProperty('data.what');
    await expect(rows(workspace.korean, { search: '(', regex: true })).rejects.toHaveProperty('data.remedy');
  });

  it('of a byte-level tokenizer.json is shown as text, and what is no whole character as bytes', async () => {
    const answer = await summary(byteLevel);
    expect(answer).toMatchObject({ algorithm: 'byte-level bpe' });
    expect(answer.normalizer).toBeUndefined();
    expect(answer.specials.map(({ piece }) => piece)).toEqual(['<|begin_of_text|>', '<|end_of_text|>']);
    // A space in the middle of nothing: pieces begin with it, as the file's `Ġ` says.
    const found = await rows(byteLevel, { search: ' th' });
    expect(found.rows.map(({ piece }) => piece)).toContain(' the');
    const bytes = await rows(byteLevel, { scripts: ['bytes'] });
    expect(bytes.total).toBeGreaterThanOrEqual(128);
    expect(bytes.rows.every(({ characters }) => characters === 0)).toBe(true);
    expect(bytes.rows.every((row) => row.bytes > 0)).toBe(true);
  });

  it.skipIf(!hasShared)('of 32,000 pieces is that of Llama 2', async () => {
    const answer = await summary(llama);
    expect(answer.size).toBe(32_000);
    expect(answer.kinds).toContainEqual({ name: 'byte', count: 256, added: 0 });
    expect(answer.specials.map(({ piece }) => piece)).toEqual(['<unk>', '<s>', '</s>']);
    const hangul = answer.scripts.find(({ name }) => name === 'Hangul');
    expect(hangul?.count).toBe((await rows(llama, { search: '[가-힣ㄱ-ㅎㅏ-ㅣ]', regex: true })).total);
  });
});

describe('a text under a tokenizer', () => {
  /** One character of it is a pair of surrogates. */
  const text = '# 햄버거를 먹는 공룡\r\n\r\nThe dinosaur eats a hamburger.\n\n😀 끝\n';
  const uri = 'untitled:compared';
  const allLines = async (file: string, more: Partial<TokenLines.Params> = {}) =>
    (await client.request(TokenLines.type, { uri, path: file, from: 0, to: 100, ...more }))?.lines ?? [];
  const idsOf = (lines: readonly TokenLines.Line[]) => lines.flatMap(({ spans }) => spans.flatMap(({ ids }) => ids));

  beforeAll(() => client.open(uri, text));

  const tokenizers = () => [workspace.english, workspace.korean, ...(hasShared ? [llama, kobert] : [])];

  it('is cut into lines whose tokens, one after another, are SentencePiece’s for the whole', async () => {
    for (const file of tokenizers()) {
      const lines = await allLines(file);
      expect(lines.map((line) => line.text)).toEqual(text.split(/\r?\n/));
      const expected = (await oracle(file)).encodeIds(text);
      expect(idsOf(lines), file).toEqual(expected);
      const totals = await client.request(TokenTotals.type, { uri, path: file });
      expect(totals).toMatchObject({ tokens: expected.length, lines: 6, characters: text.length - 1 });
    }
  });

  it('shows byte tokens of one character together', async () => {
    const [line] = await allLines(workspace.english);
    const byte = line!.spans.find(({ kind, start }) => kind === 'bytes' && start === 2)!;
    expect(byte.pieces.join(' ')).toBe('<0xED> <0x96> <0x84>');
    expect(line!.text.slice(byte.start, byte.end)).toBe('햄');
    expect(line!.tokens).toBe(idsOf([line!]).length);
  });

  it('follows edits, and a selection is a text of its own', async () => {
    const before = await client.request(TokenTotals.type, { uri, path: workspace.korean });
    const start = { line: 0, character: 2 };
    const version = await client.change(uri, [{ range: { start, end: start }, text: '큰 ' }]);
    const after = await client.request(TokenTotals.type, { uri, path: workspace.korean });
    expect(after?.version).toBe(version);
    expect(after!.characters).toBe(before!.characters + 2);
    const piece = await oracle(workspace.korean);
    expect(idsOf(await allLines(workspace.korean))).toEqual(piece.encodeIds(`# 큰 ${text.slice(2)}`));
    const range = { start: { line: 0, character: 2 }, end: { line: 0, character: 7 } };
    expect(idsOf(await allLines(workspace.korean, { range }))).toEqual(piece.encodeIds('큰 햄버거'));
    await client.connection.sendNotification(CompareEnd.method, { uri });
  });

  it('of byte-level pieces shows those that share a character together', async () => {
    const name = 'untitled:bytes';
    const content = 'the 햄버거\n끝';
    await client.open(name, content);
    const answer = await client.request(TokenLines.type, { uri: name, path: byteLevel, from: 0, to: 9 });
    const lines = answer!.lines;
    expect(lines.map((line) => line.text)).toEqual(content.split('\n'));
    const totals = await client.request(TokenTotals.type, { uri: name, path: byteLevel });
    expect(idsOf(lines).length).toBe(totals!.tokens);
    const spelled = lines[0]!.spans.filter(({ kind }) => kind === 'bytes');
    expect(spelled.map(({ start, end }) => lines[0]!.text.slice(start, end)).join('')).toContain('햄');
    expect(spelled.every(({ ids }) => ids.length > 1)).toBe(true);
  });

  it('is answered in any windows alike', async () => {
    const long = Array.from({ length: 300 }, (_, i) =>
      i % 7 === 0 ? '' : `줄 ${i}: ${'한국어 text '.repeat(i % 40)}`,
    );
    const name = 'untitled:windows';
    await client.open(name, long.join('\n'));
    for (const file of tokenizers()) {
      const at = async (from: number, to: number) =>
        (await client.request(TokenLines.type, { uri: name, path: file, from, to }))!.lines;
      const whole = [...(await at(0, 200)), ...(await at(200, 300))];
      expect(await at(31, 64)).toEqual(whole.slice(31, 64));
      expect(await at(299, 400)).toEqual(whole.slice(299));
      expect(idsOf(whole)).toEqual((await oracle(file)).encodeIds(long.join('\n')));
    }
  });

  it('of one endless line is cut where it gets long', async () => {
    const name = 'untitled:endless';
    await client.open(name, '가나다 '.repeat(200_000));
    const asked = client.request(TokenLines.type, { uri: name, path: workspace.korean, from: 0, to: 5 });
    const [line] = (await asked)!.lines;
    expect(line).toMatchObject({ cut: true });
    expect(line!.text.length).toBe(TokenLines.longest);
    const totals = client.request(TokenTotals.type, { uri: name, path: workspace.english });
    expect((await totals)!.characters).toBe(800_000);
  });

  it('that is not open has no answer; a tokenizer that cannot be read, a reason', async () => {
    expect(await client.request(TokenTotals.type, { uri: 'untitled:none', path: workspace.korean })).toBeNull();
    await expect(
      client.request(TokenTotals.type, { uri, path: `${workspace.folder}/none.model` }),
    ).rejects.toHaveProperty('data.what');
  });

  it.skipIf(!hasShared)('of a real page agrees with SentencePiece under KoBERT, whose rules join lines', async () => {
    const sample = readFileSync(path.join(shared, 'corpora/korean-english-park.dev.ko'), 'utf8')
      .split('\n')
      .slice(0, 150);
    const name = 'untitled:news';
    await client.open(name, sample.join('\n'));
    const lines = (await client.request(TokenLines.type, { uri: name, path: kobert, from: 0, to: 150 }))!.lines;
    expect(idsOf(lines)).toEqual((await oracle(kobert)).encodeIds(sample.join('\n')));
    for (const { text: shown, spans } of lines)
      for (const { start, end } of spans) expect(start >= 0 && end <= shown.length + 1).toBe(true);
  });
});
