/** What is said beside a count, over the real protocol: a second tokenizer, a window, sections, cost. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancellationTokenSource, LSPErrorCodes } from 'vscode-languageserver-protocol/node';
import type { CodeLens, Hover, InlayHint } from 'vscode-languageserver-protocol';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Random } from '../../engine/src/base/random.ts';
import { templateOf } from '../../engine/src/data/templates.ts';
import {
  ChosenModel,
  ComparedCounts,
  ContextBudget,
  Heat,
  HeatLines,
  SettingFault,
  TranslationCounts,
} from '../../server/src/protocol.ts';
import { type LanguageClient, uriOf } from './languageClient.ts';
import { startOnTwoTokenizers } from './twoTokenizers.ts';
import type { SentencePiece } from './sentencePiece.ts';
import { makeWorkspace } from './workspace.ts';
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
const by = (tokenizer: SentencePiece) => (text: string) => tokenizer.encodeIds(text).length;
const set = async (settings: Readonly<Record<string, unknown>>) => {
  client.forget();
  await client.setSettings(settings);
};

describe('ComparedCounts', () => {
  it('follows the text and the setting', async () => {
    const uri = fileUri('compared.txt');
    await set({ compareTokenizer: 'tokenizers/b-korean.model' });
    await client.open(uri, '아침에 물을 마셨다.');
    const first = await client.until(ComparedCounts.type, (p) => p.uri === uri && p.version === 1);
    expect(first.compared).toMatchObject({
      tokens: by(korean)('아침에 물을 마셨다.'),
      tokenizer: { name: 'b-korean' },
    });
    const version = await client.change(uri, [{ text: '밤에 잔다.' }]);
    const second = await client.until(ComparedCounts.type, (p) => p.uri === uri && p.version === version);
    expect(second.compared?.tokens).toBe(by(korean)('밤에 잔다.'));
    // The document's own: nothing to compare.
    await set({ compareTokenizer: 'tokenizers/a-english.model' });
    expect(await client.until(ComparedCounts.type, (p) => p.uri === uri)).toEqual({ uri, version });
    await set({ compareTokenizer: 'tokenizers/none.model' });
    const bad = await client.until(ComparedCounts.type, (p) => p.uri === uri);
    expect(bad.problem?.where?.file).toBe(path.join(workspace.folder, 'tokenizers/none.model'));
    await set({});
    expect(await client.until(ComparedCounts.type, (p) => p.uri === uri)).toEqual({ uri, version });
    await client.close(uri);
  });

  it('is that of the text on screen after any edits', async () => {
    const uri = fileUri('storm.txt');
    await set({ compareTokenizer: 'tokenizers/b-korean.model' });
    const random = new Random(5);
    const parts = ['물', 'a ', '\n', '\ud83c', '\udf54', '햄버거', '  ', 'morning'];
    let text = parts.join('').repeat(20);
    await client.open(uri, text);
    let version = 1;
    for (let round = 0; round < 200; round++) {
      const document = TextDocument.create(uri, 'plaintext', version, text);
      const [a, b] = [random.below(text.length + 1), random.below(text.length + 1)].sort((x, y) => x - y) as [
        number,
        number,
      ];
      const end = Math.min(b, a + random.below(9));
      const inserted = parts[random.below(parts.length)]!;
      const range = { start: document.positionAt(a), end: document.positionAt(end) };
      text = TextDocument.applyEdits(document, [{ range, newText: inserted }]);
      version = await client.change(uri, [{ range, text: inserted }]);
    }
    const { compared } = await client.until(ComparedCounts.type, (p) => p.uri === uri && p.version === version);
    expect(compared?.tokens).toBe(by(korean)(Buffer.from(text).toString()));
    await client.close(uri);
  });
});

describe('a hover', () => {
  it('says what the compared tokenizer makes of a word, wherever its file is', async () => {
    const elsewhere = makeWorkspace();
    const uri = fileUri('hover.txt');
    await set({ compareTokenizer: elsewhere.korean });
    await client.open(uri, '아침');
    const hover = await client.connection.sendRequest<Hover>('textDocument/hover', {
      textDocument: { uri },
      position: { line: 0, character: 0 },
    });
    const rows = JSON.stringify(hover.contents)
      .split('\\n')
      .filter((row) => row.startsWith('| '));
    expect(rows[2]).toMatch(new RegExp(`^\\| b-korean \\| ${by(korean)('아침')} \\|`));
    await client.close(uri);
    await set({});
    elsewhere.remove();
  });
});

describe('TranslationCounts', () => {
  it('counts the English text that stands beside another', async () => {
    const uri = fileUri('letter.ko.txt');
    const file = path.join(workspace.folder, 'letter.en.txt');
    await set({});
    await client.open(uri, '좋은 아침');
    await client.open(fileUri('letter.en.md'), 'no translation of itself');
    writeFileSync(file, 'Good morning');
    await client.change(uri, [{ text: '좋은 아침!' }]);
    const told = await client.until(TranslationCounts.type, (p) => p.uri === uri && p.version === 2);
    expect(told.english).toEqual({ file, tokens: by(english)('Good morning') });
    rmSync(file);
    await client.filesChanged(file);
    await client.change(uri, [{ text: '좋은 아침' }]);
    expect(await client.until(TranslationCounts.type, (p) => p.uri === uri && p.version === 3)).toEqual({
      uri,
      version: 3,
    });
    expect(client.told(TranslationCounts.type).every((p) => p.uri === uri)).toBe(true);
    await client.close(uri);
  });
});

describe('ContextBudget', () => {
  it('counts a text in the words of a template, with its special tokens', async () => {
    const uri = fileUri('budget.txt');
    const text = 'How are you today?';
    await set({ context: { window: 100, reservedAnswer: 20 }, ask: { template: 'alpaca' } });
    await client.open(uri, text);
    const { budget } = await client.until(ContextBudget.type, (p) => p.uri === uri);
    const used =
      by(english)(
        templateOf('alpaca')
          .turn.filter((part) => typeof part === 'string')
          .join('')
          .replace('{question}', text),
      ) + 1;
    const added = used - by(english)(text);
    expect(budget).toEqual({ window: 100, from: 'setting', reserved: 20, used, added, template: 'alpaca' });
    await set({ context: { window: 100 }, ask: { template: 'none' } });
    expect((await client.until(ContextBudget.type, (p) => p.uri === uri)).budget).toEqual({
      window: 100,
      from: 'setting',
      reserved: 512,
      used: by(english)(text) + 1,
      added: 1,
    });
    await client.close(uri);
  });

  it("knows a prompt's roles; what the template has no place for is told", async () => {
    const uri = fileUri('budget.prompt');
    await set({ context: { window: 200 }, ask: { template: 'llama2-chat' } });
    await client.open(uri, 'system:\nBe kind.\n\nuser:\nHi\n\nassistant:\nHello\n\nuser:\nWho?\n', 'bllossom-prompt');
    const { budget } = await client.until(ContextBudget.type, (p) => p.uri === uri);
    const turns = ['[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHi [/INST]', 'Hello ', '[INST] Who? [/INST]'];
    const used = turns.reduce((sum, turn) => sum + by(english)(turn), 3); // BOS, EOS, BOS
    expect(budget).toMatchObject({ used, template: 'llama2-chat' });
    await set({ context: { window: 200 }, ask: { template: 'alpaca' } });
    const refused = await client.until(ContextBudget.type, (p) => p.uri === uri);
    expect(refused.budget?.problem?.what).toContain('no place for a system text');
    await client.close(uri);
  });

  it('takes window and template of the chosen model', async () => {
    const uri = fileUri('model.txt');
    const model = path.join(workspace.folder, 'model');
    mkdirSync(model);
    const sizes = {
      hidden_size: 8,
      intermediate_size: 16,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      vocab_size: 500,
    };
    const config = { model_type: 'llama', architectures: ['LlamaForCausalLM'], rms_norm_eps: 1e-5, ...sizes };
    writeFileSync(path.join(model, 'config.json'), JSON.stringify({ ...config, max_position_embeddings: 64 }));
    writeFileSync(path.join(model, 'tokenizer_config.json'), JSON.stringify({ bllossom_template: 'plain' }));
    await set({});
    await client.open(uri, 'Hi');
    await client.connection.sendNotification(ChosenModel.method, { model });
    const { budget } = await client.until(ContextBudget.type, (p) => p.uri === uri);
    expect(budget).toMatchObject({ window: 64, from: { model }, reserved: 512, template: 'plain', added: 1 });
    client.forget();
    await client.connection.sendNotification(ChosenModel.method, {});
    expect((await client.until(ContextBudget.type, (p) => p.uri === uri)).budget).toBeNull();
    await client.close(uri);
  });
});

const whole = { start: { line: 0, character: 0 }, end: { line: 1e6, character: 0 } };
const hints = (uri: string, range = whole) =>
  client.connection.sendRequest<InlayHint[] | null>('textDocument/inlayHint', { textDocument: { uri }, range });
const labels = async (uri: string, range = whole) => ((await hints(uri, range)) ?? []).map(({ label }) => label);
const lenses = (uri: string) =>
  client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
const resolved = (lens: CodeLens) => client.connection.sendRequest<CodeLens>('codeLens/resolve', lens);

describe('section counts', () => {
  const row = { instruction: 'Say "good morning".', input: '', output: '안녕하세요\n좋은 아침' };
  const text = `${JSON.stringify(row)}\n${JSON.stringify({ instruction: 'second' })}`;
  const tok = (n: number) => `${n} tok`;

  it('are off', async () => {
    const uri = fileUri('off.jsonl');
    await set({});
    await client.open(uri, text, 'jsonl');
    expect([await hints(uri), await lenses(uri)]).toEqual([[], []]);
    await client.close(uri);
  });

  it('are hints in the lines asked for, of the decoded text alone', async () => {
    const uri = fileUri('hints.jsonl');
    await set({ sectionCounts: 'inlayHints', compareTokenizer: 'tokenizers/b-korean.model' });
    await client.open(uri, text, 'jsonl');
    await client.until(ComparedCounts.type, (p) => p.uri === uri);
    const first = { start: whole.start, end: { line: 0, character: 1e6 } };
    expect(await labels(uri, first)).toEqual([row.instruction, row.output].map((value) => tok(by(english)(value))));
    expect(await labels(uri)).toHaveLength(3);
    const [, output] = (await hints(uri)) ?? [];
    expect(text.split('\n')[0]!.slice(output!.position.character)).toBe(`${JSON.stringify(row.output)}}`);
    const { tooltip } = await client.connection.sendRequest<InlayHint>('inlayHint/resolve', output);
    expect(tooltip).toContain(`${by(english)(row.output)} → ${by(korean)(row.output)} tok`);
    expect(await lenses(uri)).toEqual([]);
    // Of the text as it is now.
    await client.change(uri, [{ text: '{"instruction": "third"}' }]);
    expect(await labels(uri)).toEqual([tok(by(english)('third'))]);
    await client.close(uri);
  });

  it('are lenses that are counted when they are looked at, and refused when they are stale', async () => {
    const uri = fileUri('lenses.prompt');
    await set({ sectionCounts: 'codeLens' });
    await client.open(uri, 'system:\nBe kind.\n\nuser:\n안녕\n', 'bllossom-prompt');
    const all = await lenses(uri);
    expect(all.map(({ range, command }) => [range.start.line, command])).toEqual([
      [0, undefined],
      [3, undefined],
    ]);
    expect((await resolved(all[1]!)).command?.title).toBe(`user ${tok(by(english)('안녕'))}`);
    await client.change(uri, [{ text: 'user: other' }]);
    await expect(resolved(all[1]!)).rejects.toThrow('the text has changed');
    await client.close(uri);
  });

  it('are given up when nobody wants them any more', async () => {
    const uri = fileUri('cancelled.jsonl');
    await set({ sectionCounts: 'inlayHints' });
    await client.open(uri, '{"instruction": "good morning, 안녕하세요"}\n'.repeat(40_000), 'jsonl');
    const source = new CancellationTokenSource();
    const params = { textDocument: { uri }, range: whole };
    const asked = client.connection.sendRequest('textDocument/inlayHint', params, source.token);
    source.cancel();
    await expect(asked).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled });
    // The file is long, and an answer is not.
    expect(await labels(uri)).toHaveLength(500);
    await client.close(uri);
  });

  it('say what a row costs beside its English', async () => {
    const uri = fileUri('pairs.jsonl');
    await set({ sectionCounts: 'codeLens' });
    await client.open(uri, '{"ko": "물", "en": "water"}', 'jsonl');
    const [lens] = await lenses(uri);
    const [ko, en] = [by(english)('물'), by(english)('water')];
    expect((await resolved(lens!)).command?.title).toBe(`ko ${tok(ko)} · ${(ko / en).toFixed(2)} × English`);
    await client.close(uri);
  });

  it('are those of strings in code, of Markdown, of cells of notebooks', async () => {
    await set({ sectionCounts: 'inlayHints' });
    const python = 'vscode-notebook-cell:/some/where.ipynb#cell1';
    await client.open(python, '# bllossom: prompt\nask = "Good\\tday"\n', 'python');
    expect(await labels(python)).toEqual([tok(by(english)('Good\tday'))]);
    const markdown = 'vscode-notebook-cell:/some/where.ipynb#cell2';
    await client.open(markdown, '# Title\nwords\n', 'markdown');
    expect(await labels(markdown)).toEqual([tok(by(english)('# Title\nwords'))]);
    await client.close(python);
    await client.close(markdown);
  });
});

describe('heat', () => {
  it('tells dear words with what they cost, and their lines', async () => {
    const uri = fileUri('heat.txt');
    await set({});
    const lines = ['the morning', '', '햄버거 the 햄버거', '햄버거'];
    await client.open(uri, lines.join('\n'));
    const answer = await client.request(Heat.type, { uri, range: whole });
    const tokens = english.encodePieces('x 햄버거').filter((piece) => piece.startsWith('<0x')).length;
    expect(answer?.spans.map(({ range, tokens: own }) => [range.start.line, range.start.character, own])).toEqual([
      [2, 0, tokens],
      [2, 8, tokens], // without the space before it, a token of its own
      [3, 0, tokens],
    ]);
    expect(answer?.spans.map(({ level, characters }) => [level, characters])).toEqual([
      [3, 3],
      [3, 3],
      [3, 3],
    ]);
    expect(await client.request(HeatLines.type, { uri })).toEqual({
      version: 1,
      runs: [{ from: 2, to: 3, level: 3 }],
    });
    await client.close(uri);
  });
});

describe('settings of another type', () => {
  it('give the default, and are told once', async () => {
    const uri = fileUri('wrong.txt');
    await set({
      compareTokenizer: 7,
      sectionCounts: 'everything',
      heat: 'yes',
      context: { window: -1, reservedAnswer: 'x' },
    });
    await client.open(uri, 'text');
    expect([await hints(uri), await lenses(uri)]).toEqual([[], []]);
    const told = client.told(SettingFault.type);
    expect(told.map(({ name, found }) => [name, found]).sort()).toEqual([
      ['bllossom.compareTokenizer', '7'],
      ['bllossom.context.reservedAnswer', '"x"'],
      ['bllossom.context.window', '-1'],
      ['bllossom.heat', '"yes"'],
      ['bllossom.sectionCounts', '"everything"'],
    ]);
    await client.close(uri);
  });
});
