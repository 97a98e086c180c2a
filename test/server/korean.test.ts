/** A server whose editor speaks Korean: hints, lenses, hovers, diagnostics, fixes and what is said of settings, all in Korean. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeAction, CodeLens, CompletionItem, Hover, InlayHint } from 'vscode-languageserver-protocol';
import { configWords } from '../../engine/src/lint/configWords.ts';
import { languages } from '../../engine/src/lint/index.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { appendVerdict } from '../../engine/src/preference/index.ts';
import { LintRules, ReadPreference, TokenizerProblem } from '../../server/src/protocol.ts';
import type { PreferenceReport } from '../../server/src/protocol.ts';
import { wordsOf, type Words } from '../../server/src/words.ts';
import { comparisonFolder } from './comparisonFolder.ts';
import { LanguageClient, bundle, uriOf } from './languageClient.ts';
import { actions, diagnose, lintCapabilities, textOf } from './lintClient.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;

beforeAll(async () => {
  await bundle();
  workspace = makeWorkspace();
  const capabilities = { ...lintCapabilities };
  client = await LanguageClient.start({ folders: [workspace.folder], capabilities, locale: 'ko-KR' });
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});

const fileUri = (name: string): string => uriOf(path.join(workspace.folder, name));
const ask = <T>(method: string, params: object): Promise<T> => client.connection.sendRequest<T>(method, params);
const at = (line: number, character: number) => ({ line, character });
const everything = { start: at(0, 0), end: at(1000, 0) };
/** Words in Latin letters that Korean texts use too: names of files, fields, rules, units and numbers. */
const isKorean = (text: string): boolean => /\p{Script=Hangul}/u.test(text) && !/\b(the|of|is|are|and|row|tokens?|bytes?|write|known)\b/i.test(text.replace(/`[^`]*`|"[^"]*"|\b[a-z]+(-[a-z]+)+/g, '')); // prettier-ignore

describe('in Korean', () => {
  it('are hints, their explanations and lenses', async () => {
    const uri = fileUri('a.jsonl');
    await client.setSettings({ sectionCounts: 'inlayHints', compareTokenizer: 'tokenizers/b-korean.model' });
    await client.open(uri, '{"ko": "물을 마신다", "en": "drink water"}', 'jsonl');
    const [hint] = await ask<InlayHint[]>('textDocument/inlayHint', { textDocument: { uri }, range: everything });
    expect(hint!.label).toMatch(/^\d+토큰$/);
    const { tooltip } = await ask<InlayHint>('inlayHint/resolve', hint!);
    expect(tooltip).toMatch(/^ko \d+토큰 · a-english\n.*토큰, .* · b-korean\n[\d.]+ × 영어$/);
    await client.setSettings({ sectionCounts: 'codeLens' });
    const [lens] = await ask<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect((await ask<CodeLens>('codeLens/resolve', lens!)).command?.title).toMatch(/^ko \d+토큰 · [\d.]+ × 영어$/);
    await client.setSettings({});
  });

  it('is the lens of a run spec', async () => {
    const uri = fileUri('a.run.json');
    await client.open(uri, '{\n  "kind": "sft"\n}', 'jsonc');
    const [lens] = await ask<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect(lens?.command?.title).toBe('▶ 실행');
    await client.close(uri);
  });

  it('is a hover', async () => {
    const uri = fileUri('hover.jsonl');
    const text = '{"instruction":"색 하나","output":"파랑"}';
    await client.open(uri, text, 'jsonl');
    const hover = (character: number) =>
      ask<Hover>('textDocument/hover', { textDocument: { uri }, position: at(0, character) });
    const shown = ((await hover(text.indexOf('파랑'))).contents as { readonly value: string }).value.split('\n\n');
    expect(shown[0]).toMatch(/^`output` · 답 · 토큰 \d+개 · .* · \*\*손실에 들어갑니다\*\*$/);
    expect(shown[1]).toMatch(/ · ids? [\d ]+ · 토큰 \d+개/);
    expect(shown.at(-1)).toMatch(/^\| \| 토\u2060큰 \| 조각 \|\n/);
    const [item] = await ask<CompletionItem[]>('textDocument/completion', {
      textDocument: { uri },
      position: at(0, 2),
    });
    expect(isKorean((item?.documentation as { readonly value: string }).value)).toBe(true);
    await client.close(uri);
  });

  it('are diagnostics and what can be done about them', async () => {
    const uri = fileUri('told.jsonl');
    const row = '{"instruction":"\u200b색 하나","output":" "}';
    await client.open(uri, `${row}\n${row}\n{"instruction":"a"}\n{"instruc`, 'jsonl');
    const told = await diagnose(client, uri);
    expect(told.map(({ code }) => code)).toEqual(expect.arrayContaining(['invisible', 'row-empty', 'row-duplicate', 'row-field', 'row-syntax'])); // prettier-ignore
    for (const diagnostic of told) {
      expect(textOf(diagnostic)).toSatisfy(isKorean);
      for (const { message } of diagnostic.relatedInformation ?? []) expect(message).toSatisfy(isKorean);
    }
    const list: CodeAction[] = [];
    for (const diagnostic of told)
      list.push(...(await actions(client, uri, diagnostic.range, { diagnostics: [diagnostic] })));
    list.push(...(await actions(client, uri, everything, { diagnostics: [], only: ['source.fixAll'] })));
    expect(list.length).toBeGreaterThan(10);
    for (const { title } of list) expect(title).toSatisfy(isKorean);
    await client.close(uri);
  });

  it('is what is said of settings, of .bllossomlint.json and of tokenizers', async () => {
    const uri = fileUri('settings.txt');
    await client.open(uri, 'a');
    for (const lint of [4, { preset: 'most' }, { rules: { x: 'off' } }, { rules: { invisible: 'loud' } }, { rules: { base64: ['hint', { a: 1 }] } }]) {
      await client.setSettings({ lint });
      await diagnose(client, uri);
    } // prettier-ignore
    const told = client.told<{ message: string }>('window/showMessage').map(({ message }) => message);
    expect(told).toHaveLength(5);
    for (const message of told) expect(message.replace(/^[\w.-]+: /, '')).toSatisfy(isKorean);
    const config = fileUri('.bllossomlint.json');
    await client.open(config, '{ "presets": 1 }', 'jsonc');
    expect((await diagnose(client, config)).map(textOf)).toEqual([
      '"presets" 항목은 여기에 쓸 수 없습니다. "preset"과 "rules"를 쓸 수 있습니다.',
    ]);
    await client.setSettings({});
    const bare = await LanguageClient.start({ folders: [], locale: 'ko' });
    await bare.open('untitled:a', 'a');
    const { problem } = await bare.until(TokenizerProblem.type);
    expect([problem.what, problem.remedy ?? '']).toSatisfy((lines: string[]) => lines.every(isKorean));
    await bare.stop();
  });

  it('are the pages of the rules', async () => {
    for (const { title, page } of await client.request(LintRules.type, {})) {
      expect(title).toMatch(/\p{Script=Hangul}|Base64|URL/u);
      expect(page).toMatch(/심각도/);
    }
  });

  it('is why a judge has no verdict', async () => {
    const answers = { a: ['하나'], b: ['둘'] };
    const directory = await comparisonFolder(workspace.folder, 'judged', [{ id: 'p0', prompt: '질문' }], answers);
    const judge = { kind: 'judge', name: 'scripted' } as const;
    const error = 'the reply says no verdict';
    for (const order of ['ab', 'ba'] as const)
      unwrap(await appendVerdict(directory, judge, { id: 'p0', order, error, at: new Date(0).toISOString() }));
    const report = (await client.request(ReadPreference.type, { directory })) as PreferenceReport;
    expect(report.rows[0]?.verdicts).toEqual([{ outcome: 'error', reason: '답에 판정이 없습니다' }]);
  });
});

it('has every word in each language, with the same values, none alike', () => {
  const filled = (words: Words | (typeof configWords)['en']): [string, string][] =>
    Object.entries(words).map(([key, word]) => [
      key,
      typeof word === 'string' ? word : (word as (...values: unknown[]) => string)(...(key === 'write' || key === 'known' ? [['«0»', '«1»']] : /^(tokens|bytes)$/.test(key) ? [7] : ['«0»', '«1»', '«2»'])), // prettier-ignore
    ]);
  const values = (text: string) => (text.match(/«\d»|7/g) ?? []).sort();
  for (const of of [wordsOf, (language: 'en' | 'ko') => configWords[language]]) {
    const [en, ko] = languages.map((language) => filled(of(language)));
    expect(ko!.map(([key]) => key)).toEqual(en!.map(([key]) => key));
    for (const [i, [key, text]] of ko!.entries()) {
      expect(text, key).not.toBe(en![i]![1]);
      expect(text, key).toMatch(/\p{Script=Hangul}|^«0»\(/u);
      if (key !== 'optionOf') expect(values(text), key).toEqual(values(en![i]![1]));
    }
  }
});
