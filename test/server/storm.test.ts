/** Edits of every kind at once, with requests and other settings between them: what is told at the end is what a fresh start tells. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnostic } from 'vscode-languageserver-protocol';
import { CancellationTokenSource, ResponseError } from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { wellFormed } from '../../engine/src/tokenizers/unicode.ts';
import { ByteCharacters, CountRanges, Heat, TokenCounts } from '../../server/src/protocol.ts';
import { LanguageClient, uriOf } from './languageClient.ts';
import { diagnose, lintCapabilities, textOf } from './lintClient.ts';
import type { SentencePiece } from './sentencePiece.ts';
import { startOnTwoTokenizers } from './twoTokenizers.ts';
import type { TestWorkspace } from './workspace.ts';

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

const fileUri = (name: string): string => uriOf(path.join(workspace.folder, name));
const counted = (uri: string, version = 1) =>
  client.until(TokenCounts.type, (p) => p.uri === uri && p.version === version, 60_000);
const start = { line: 0, character: 0 };
const everything = { start, end: { line: 1_000_000, character: 0 } };

/** The same numbers for the same seed. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

describe('a storm of edits', () => {
  const languages = { 'storm.md': 'markdown', 'storm.prompt': 'bllossom-prompt', 'storm.jsonl': 'jsonl', 'storm.py': 'python', 'storm.txt': 'plaintext' }; // prettier-ignore
  const parts = [
    ...['한국어', '\ud55c\uae00'.normalize('NFD'), 'word ', ' ', '  ', '\n', '\r\n', '\r', '\t', '\u200b', '\u00a0'],
    ...['🙂', '\ud83d', '\ude42', '𝒳', '"', '\\', '{"instruction":"', '","output":"', '"}\n', 'user:', '# ', '```'],
    ...['# bllossom: prompt\n', '"""', '\ufeff', '\0', '\uffff', '\u2028', '<!-- bllossom-disable -->', '0123456789'],
  ];

  it('of several documents, with requests, cancellations and other settings between them, ends where a fresh start does', async () => {
    const random = dice(11);
    const documents = new Map(
      Object.entries(languages).map(([name, languageId]) => [
        fileUri(name),
        TextDocument.create(fileUri(name), languageId, 1, 'Begin 시작 '.repeat(40)),
      ]),
    );
    const names = [...documents.keys()];
    for (const [uri, document] of documents) await client.open(uri, document.getText(), document.languageId);
    const place = (document: TextDocument) =>
      random(9) === 0 // beyond the end of a line, and of the text
        ? { line: random(2 * document.lineCount), character: random(500) }
        : document.positionAt(random(document.getText().length + 1));
    const under: Promise<unknown>[] = [];
    for (let i = 0; i < 500; i++) {
      const uri = names[random(names.length)]!;
      let document = documents.get(uri)!;
      const changes = Array.from({ length: 1 + random(3) }, () => {
        const at = document.offsetAt(place(document));
        // Often a unit alone, so that pairs of surrogates and of \r\n are torn.
        const to = Math.min(document.getText().length, at + [0, 1, 1, 2, random(60)][random(5)]!);
        const range = { start: document.positionAt(at), end: document.positionAt(to) };
        const text = Array.from({ length: random(5) }, () => parts[random(parts.length)]!).join('');
        const change = random(120) === 0 ? { text: text.repeat(20) } : { range, text };
        document = TextDocument.update(document, [change], document.version);
        return change;
      });
      const version = await client.change(uri, changes);
      documents.set(uri, TextDocument.create(uri, document.languageId, version, document.getText()));
      if (random(60) === 0)
        await client.setSettings([{}, { tokenizer: workspace.korean, lint: { preset: 'all' } }, { sectionCounts: 'inlayHints' }][random(3)]!); // prettier-ignore
      if (random(2) === 0) continue;
      const source = new CancellationTokenSource();
      const textDocument = { uri };
      const [method, params] = (
        [
          ['textDocument/diagnostic', { textDocument }],
          ['textDocument/hover', { textDocument, position: place(document) }],
          ['textDocument/completion', { textDocument, position: place(document) }],
          ['textDocument/inlayHint', { textDocument, range: everything }],
          ['textDocument/codeLens', { textDocument }],
          ['textDocument/codeAction', { textDocument, range: everything, context: { diagnostics: [], only: ['source.fixAll'] } }], // prettier-ignore
          [ByteCharacters.method, { uri, range: everything }],
          [Heat.method, { uri, range: everything }],
          [CountRanges.method, { uri, ranges: [everything] }],
        ] as const
      )[random(9)]!;
      under.push(client.connection.sendRequest(method, params, source.token).catch((error: unknown) => error));
      if (random(3) === 0) source.cancel();
    }
    const answers = await Promise.all(under);
    // Stopped, or overtaken by an edit: nothing else goes wrong.
    const failures = answers.flatMap((answer): unknown[] =>
      answer instanceof ResponseError ? [answer.code] : answer instanceof Error ? [String(answer)] : [],
    );
    for (const failure of failures) expect([-32800, -32801]).toContain(failure);
    await client.setSettings({ tokenizer: workspace.korean, lint: { preset: 'all' } });
    const fresh = await LanguageClient.start({
      ...{ folders: [workspace.folder], capabilities: lintCapabilities },
      settings: { tokenizer: workspace.korean, lint: { preset: 'all' } },
    });
    for (const [uri, document] of documents) {
      const text = document.getText();
      await fresh.open(uri, text, document.languageId);
      const told = async (of: LanguageClient) =>
        (await diagnose(of, uri)).map((d: Diagnostic) => [d.code, d.range, textOf(d)]);
      expect(await told(client), uri).toEqual(await told(fresh));
      if (document.languageId === 'python') continue; // counted by its marked strings alone
      const { version } = document;
      const { tokens } = await client.until(
        TokenCounts.type,
        (p) => p.uri === uri && p.version === version && p.tokenizer.name === 'b-korean',
      );
      expect(tokens, uri).toBe(korean.encodeIds(wellFormed(text)).length);
      await client.close(uri);
    }
    await fresh.stop();
  }, 120_000);

  it('that takes surrogates apart and puts them together counts what is there', async () => {
    await client.setSettings({});
    const uri = fileUri('torn.txt');
    let text = TextDocument.create(uri, 'plaintext', 1, 'a🙂b\ud83dc\ude42d');
    await client.open(uri, text.getText());
    expect((await counted(uri)).tokens).toBe(english.encodeIds(wellFormed(text.getText())).length);
    const at = (from: number, to = from) => ({ start: { line: 0, character: from }, end: { line: 0, character: to } });
    // Into the pair, half of it out, halves to a pair, from a pair to another.
    for (const [range, inserted] of [
      [at(2), 'x'],
      [at(2, 3), ''],
      [at(2, 3), ''],
      [at(1, 2), '\ud83d\ude43\ud83d'],
      [at(5, 6), '\ude00'],
      [at(0, 1), '\ude00'],
    ] as const) {
      const change = { range, text: inserted };
      text = TextDocument.update(text, [change], text.version);
      const version = await client.change(uri, [change]);
      const now = wellFormed(text.getText());
      expect((await counted(uri, version)).tokens, JSON.stringify(text.getText())).toBe(english.encodeIds(now).length);
    }
    await client.close(uri);
  });
});
