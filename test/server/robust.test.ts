/** What happens to a server in a day: files that go, folders that go, settings of every type, cancelled requests. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CancellationTokenSource, ResponseError } from 'vscode-languageserver-protocol/node';
import {
  ByteCharacters,
  CountRanges,
  Heat,
  HeatLines,
  ListModels,
  ListTokenizers,
  SettingFault,
  TokenCounts,
  TokenizerProblem,
  TokenLines,
  TokenTotals,
  VocabularyRows,
  VocabularySummary,
} from '../../server/src/protocol.ts';
import { LanguageClient, uriOf } from './languageClient.ts';
import { diagnose, lintCapabilities } from './lintClient.ts';
import type { SentencePiece } from './sentencePiece.ts';
import { startOnTwoTokenizers } from './twoTokenizers.ts';
import { makeWorkspace, sampleModel, type TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;
let english: SentencePiece;
let korean: SentencePiece;

beforeAll(async () => {
  ({ workspace, client, english, korean } = await startOnTwoTokenizers({ capabilities: lintCapabilities }));
});
afterAll(async () => {
  expect(await client.stop()).toBe(0);
  workspace.remove();
});
afterEach(async () => {
  await client.setSettings({});
  client.forget();
});

const fileUri = (name: string): string => uriOf(path.join(workspace.folder, name));
const counted = (uri: string, version = 1, of = client) =>
  of.until(TokenCounts.type, (p) => p.uri === uri && p.version === version, 60_000);
const ask = <T>(method: string, params: object): Promise<T> => client.connection.sendRequest<T>(method, params);
const start = { line: 0, character: 0 };
const everything = { start, end: { line: 1_000_000, character: 0 } };

describe('a tokenizer’s file', () => {
  it('may go, come back as another, as a folder, as rubbish: counts follow, and each is told once', async () => {
    const file = path.join(workspace.folder, 'tokenizers/moving.model');
    copyFileSync(workspace.english, file);
    const uri = fileUri('moving.txt');
    await client.setSettings({ tokenizer: 'tokenizers/moving.model' });
    await client.open(uri, '물을 마신다');
    expect((await counted(uri)).tokens).toBe(english.encodeIds('물을 마신다').length);
    const problem = async (change: () => void) => {
      change();
      client.forget();
      await client.filesChanged(file);
      return (await client.until(TokenizerProblem.type, (p) => p.uri === uri)).problem;
    };
    const put = (bytes: Uint8Array) => writeFileSync(file, bytes);
    expect((await problem(() => rmSync(file))).what).toMatch(/no such file|there is no/);
    const whole = sampleModel('ko', 900);
    expect((await problem(() => put(whole.subarray(0, whole.length >> 1)))).where?.file).toBe(file);
    expect((await problem(() => put(Buffer.from('no model at all')))).where?.file).toBe(file);
    rmSync(file);
    await problem(() => mkdirSync(file));
    rmSync(file, { recursive: true });
    put(whole);
    client.forget();
    await client.filesChanged(file);
    expect((await counted(uri)).tokens).toBe(korean.encodeIds('물을 마신다').length);
    await client.change(uri, [{ text: '물' }]);
    expect((await counted(uri, 2)).tokens).toBe(korean.encodeIds('물').length);
    rmSync(file);
    await client.close(uri);
  });

  it('that a document has is asked about while it is gone, and every question has an answer', async () => {
    const uri = fileUri('gone.txt');
    await client.setSettings({
      tokenizer: 'nowhere.model',
      sectionCounts: 'inlayHints',
      compareTokenizer: 'none.model',
    });
    await client.open(uri, 'user: a\u200bb', 'bllossom-prompt');
    const textDocument = { uri };
    const position = start;
    for (const [method, params] of [
      ['textDocument/hover', { textDocument, position }],
      ['textDocument/inlayHint', { textDocument, range: everything }],
      ['textDocument/codeLens', { textDocument }],
      ['textDocument/completion', { textDocument, position }],
      [ByteCharacters.method, { uri, range: everything }],
      [Heat.method, { uri, range: everything }],
      [HeatLines.method, { uri }],
      [CountRanges.method, { uri, ranges: [everything] }],
    ] as const)
      expect([null, []], method).toContainEqual(await ask(method, params));
    expect(await diagnose(client, uri)).toHaveLength(1);
    await client.close(uri);
  });
});

describe('folders', () => {
  it('each have their own tokenizer, and one that is removed takes it along', async () => {
    const other = makeWorkspace();
    rmSync(other.english); // the Korean one is the first there
    const both = await LanguageClient.start({
      folders: [workspace.folder, other.folder],
      capabilities: lintCapabilities,
    });
    const text = '물을 마신다';
    const [here, there, cell] = [
      uriOf(path.join(workspace.folder, 'x.txt')),
      uriOf(path.join(other.folder, 'x.txt')),
      `vscode-notebook-cell:${path.join(other.folder, 'x.ipynb')}#W0sZmlsZQ%3D%3D`,
    ];
    for (const uri of [here, there, cell]) await both.open(uri, text, 'markdown');
    expect((await counted(here, 1, both)).tokens).toBe(english.encodeIds(text).length);
    expect((await counted(there, 1, both)).tokens).toBe(korean.encodeIds(text).length);
    expect((await counted(cell, 1, both)).tokens).toBe(korean.encodeIds(text).length);
    // A setting of one folder is not another's.
    both.connection.onRequest('workspace/configuration', ({ items }: { items: { scopeUri?: string }[] }) =>
      items.map(({ scopeUri }) => (scopeUri === uriOf(workspace.folder) ? { tokenizer: 'tokenizers/b-korean.model', lint: { preset: 'none' } } : {})),
    ); // prettier-ignore
    both.forget();
    await both.setSettings({});
    expect((await counted(here, 1, both)).tokenizer).toMatchObject({ path: workspace.korean });
    for (const uri of [here, there]) await both.change(uri, [{ text: 'a\u200bb' }]);
    expect(await diagnose(both, here)).toEqual([]);
    expect(await diagnose(both, there)).toHaveLength(1);
    // The folder goes; its documents stay open, and have what is left.
    both.connection.onRequest('workspace/workspaceFolders', () => [{ uri: uriOf(workspace.folder), name: 'a' }]);
    both.forget();
    await both.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
      event: { added: [], removed: [{ uri: uriOf(other.folder), name: 'b' }] },
    });
    await both.until(TokenCounts.type, (p) => p.uri === there && p.tokenizer.path.startsWith(workspace.folder));
    // The last one goes too.
    both.connection.onRequest('workspace/workspaceFolders', () => null);
    both.connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => ({})));
    both.forget();
    await both.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
      event: { added: [], removed: [{ uri: uriOf(workspace.folder), name: 'a' }] },
    });
    await both.until(TokenizerProblem.type, (p) => p.uri === here);
    // What was read is offered still, as chosen somewhere on disk.
    const left = await both.request(ListTokenizers.type, { uri: here });
    expect(left.map(({ source }) => source)).toEqual(left.map(() => 'chosen'));
    expect(await both.request(ListModels.type, {})).toEqual([]);
    expect(await both.stop()).toBe(0);
    other.remove();
  });

  it('are read from where a notebook lies, for its cells too', async () => {
    mkdirSync(path.join(workspace.folder, 'books'));
    writeFileSync(path.join(workspace.folder, 'books/.bllossomlint.json'), '{ "rules": { "invisible": "error" } }');
    const cell = `vscode-notebook-cell:${path.join(workspace.folder, 'books/x.ipynb')}#W1s`;
    await client.open(cell, '# bllossom: prompt\na = "x\u200b"\nb = "\u200b"\n', 'python');
    expect(
      (await diagnose(client, cell)).map(({ code, severity, range }) => [code, severity, range.start.line]),
    ).toEqual([['invisible', 1, 1]]);
    await client.close(cell);
    rmSync(path.join(workspace.folder, 'books'), { recursive: true });
  });
});

it.each(['untitled:Untitled-7', 'vscode-vfs://github/a/b/c.md', 'memfs:/a.md', 'vscode-notebook-cell:/b.ipynb#W0s', 'ssh:x', 'no uri'])(
  'a document %s has counts, lint and a hover',
  async (uri) => {
    await client.open(uri, 'plain 한글 a\u200bb', 'markdown');
    expect((await counted(uri)).tokens).toBe(english.encodeIds('plain 한글 a\u200bb').length);
    expect((await diagnose(client, uri)).map(({ code }) => code)).toEqual(['invisible']);
    expect(await ask('textDocument/hover', { textDocument: { uri }, position: start })).toMatchObject({ contents: {} });
    await client.close(uri);
  },
); // prettier-ignore

describe('settings', () => {
  const { contributes } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
    contributes: { configuration: { properties: Record<string, { type: string }> } };
  };
  /** Read by the language client itself. */
  const others = ['bllossom.trace.server'];
  const settings = Object.entries(contributes.configuration.properties).filter(([name]) => !others.includes(name));
  const nested = (name: string, value: unknown): Record<string, unknown> =>
    name
      .split('.')
      .slice(1)
      .reduceRight<unknown>((inside, key) => ({ [key]: inside }), value) as Record<string, unknown>;

  it.each(settings.map(([name, { type }]) => [name, type] as const))(
    '%s of another type is told by its name, and everything is answered',
    async (name, type) => {
      const uri = fileUri('types.prompt');
      const wrong = type === 'string' ? [5, ['x'], {}] : type === 'boolean' ? ['yes', 1] : type === 'integer' ? ['much', -1, 1.5] : ['off', 4]; // prettier-ignore
      await client.open(uri, 'user: a\u200bb\nassistant: hello', 'bllossom-prompt');
      for (const value of wrong) {
        await client.setSettings(nested(name, value));
        const textDocument = { uri };
        await ask('textDocument/inlayHint', { textDocument, range: everything });
        await ask('textDocument/codeLens', { textDocument });
        await ask(ByteCharacters.method, { uri, range: everything });
        expect((await diagnose(client, uri)).map(({ code }) => code)).toContain('invisible');
      }
      const told = [
        ...client.told(SettingFault.type).map((fault) => fault.name),
        ...client.told<{ message: string }>('window/showMessage').map(({ message }) => message),
      ];
      expect(told.filter((line) => line.startsWith(name)).length, JSON.stringify(told)).toBeGreaterThan(0);
      await client.close(uri);
    },
  );

  it.each([null, 5, 'x', [], [[]], true, { lint: null, context: 5, engine: [], instructions: 'x', byteFallback: 7 }])(
    'that are %j as a whole have their defaults',
    async (value) => {
      const uri = fileUri('whole.txt');
      await client.setSettings(value as Record<string, unknown>);
      await client.open(uri, 'a\u200bb');
      expect((await counted(uri)).tokens).toBe(english.encodeIds('a\u200bb').length);
      expect(await diagnose(client, uri)).toHaveLength(1);
      await client.close(uri);
    },
  );
});

describe('requests', () => {
  it('that are cancelled at once end, each of them, and the next are answered', async () => {
    const uri = fileUri('cancel.prompt');
    await client.setSettings({ sectionCounts: 'inlayHints' });
    await client.open(uri, 'user: 안녕 a\u200bb\n'.repeat(20_000), 'bllossom-prompt');
    const textDocument = { uri };
    const file = workspace.english;
    const query = {
      search: 'a',
      regex: false,
      matchCase: false,
      scripts: [],
      kinds: [],
      sort: 'id',
      descending: false,
    };
    const asked = [
      ['textDocument/diagnostic', { textDocument }],
      ['textDocument/hover', { textDocument, position: start }],
      ['textDocument/completion', { textDocument, position: start }],
      ['textDocument/inlayHint', { textDocument, range: everything }],
      ['textDocument/codeLens', { textDocument }],
      ['textDocument/codeAction', { textDocument, range: everything, context: { diagnostics: [], only: ['source.fixAll'] } }], // prettier-ignore
      [ByteCharacters.method, { uri, range: everything }],
      [Heat.method, { uri, range: everything }],
      [HeatLines.method, { uri }],
      [CountRanges.method, { uri, ranges: [everything] }],
      [ListTokenizers.method, { uri }],
      [VocabularySummary.method, { path: file }],
      [VocabularyRows.method, { path: file, query, from: 0, count: 5 }],
      [TokenTotals.method, { path: file, uri }],
      [TokenLines.method, { path: file, uri, from: 0, to: 5 }],
    ] as const;
    const ends = asked.map(([method, params]) => {
      const source = new CancellationTokenSource();
      const sent = client.connection.sendRequest(method, params, source.token);
      source.cancel();
      return sent.then(
        () => 'answered',
        (error: unknown) => (error instanceof ResponseError && [-32800, -32801].includes(error.code) ? 'stopped' : `${method}: ${String(error)}`),
      ); // prettier-ignore
    });
    for (const end of await Promise.all(ends)) expect(['answered', 'stopped']).toContain(end);
    // Once more, to the end.
    for (const [method, params] of asked) await ask(method, params);
    await client.close(uri);
  }, 60_000);

  it('of documents that are not open have no answer, and changes of them no effect', async () => {
    const uri = fileUri('never.txt');
    const range = { start, end: start };
    await client.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 4 },
      contentChanges: [{ range, text: 'x' }],
    });
    await client.connection.sendNotification('textDocument/didSave', { textDocument: { uri } });
    await client.close(uri);
    expect(await diagnose(client, uri)).toEqual([]);
    expect(await ask('textDocument/hover', { textDocument: { uri }, position: start })).toBeNull();
    expect(await ask(CountRanges.method, { uri, ranges: [everything] })).toBeNull();
    expect(client.told(TokenCounts.type).filter((p) => p.uri === uri)).toEqual([]);
    // Opened twice, closed twice: the later text holds.
    await client.open(uri, 'first');
    await client.open(uri, 'the second text');
    await client.until(
      TokenCounts.type,
      (p) => p.uri === uri && p.tokens === english.encodeIds('the second text').length,
    );
    await client.close(uri);
    await client.close(uri);
    expect(await diagnose(client, uri)).toEqual([]);
  });

  it('are answered through hundreds of documents that open and close', async () => {
    const uri = (i: number) => fileUri(`many-${i}.md`);
    const kept: number[] = [];
    for (let i = 0; i < 600; i++) {
      await client.open(uri(i), `Text ${i} 한글 `.repeat(50), 'markdown');
      if (i % 3 === 0) void diagnose(client, uri(i)).catch(() => undefined);
      if (i % 40 === 7) kept.push(i);
      else await client.close(uri(i));
    }
    for (const i of kept)
      expect((await counted(uri(i))).tokens).toBe(english.encodeIds(`Text ${i} 한글 `.repeat(50)).length);
    for (const i of kept) await client.close(uri(i));
  }, 60_000);
});
