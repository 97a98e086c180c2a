/** Instruction data in the editor: faults at their rows while typing, what a field costs, what may be written in a row. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompletionItem, Diagnostic, Hover } from 'vscode-languageserver-protocol';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { LanguageClient, bundle, uriOf } from './languageClient.ts';
import { actions, after, documentOf, lintCapabilities } from './lintClient.ts';
import { CountRanges } from '../../server/src/protocol.ts';
import { loadSentencePiece } from './sentencePiece.ts';
import { makeWorkspace } from './workspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;

beforeAll(async () => {
  await bundle();
  workspace = makeWorkspace();
  client = await LanguageClient.start({ folders: [workspace.folder], capabilities: lintCapabilities });
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});

const fileUri = (name: string): string => uriOf(path.join(workspace.folder, name));
const row = (instruction: string, output: string) => JSON.stringify({ instruction, input: '', output });

async function pull(uri: string): Promise<readonly Diagnostic[]> {
  const report = await client.connection.sendRequest<{ readonly items: readonly Diagnostic[] }>(
    'textDocument/diagnostic',
    { textDocument: { uri } },
  );
  return report.items.filter(({ code }) => String(code).startsWith('row-'));
}
const told = async (uri: string) => (await pull(uri)).map(({ code, range }) => `${range.start.line} ${String(code)}`);
const at = (line: number, character: number) => ({ line, character });

describe('faults of rows', () => {
  it('come and go with what is typed, on their own line', async () => {
    const uri = fileUri('a.jsonl');
    const lines = [row('Name a colour.', 'Blue.'), row('Name a fruit.', ''), row('Name a tree.', 'Oak.')];
    await client.open(uri, lines.join('\n'), 'jsonl');
    expect(await pull(uri)).toMatchObject([
      {
        code: 'row-empty',
        severity: 2,
        source: 'bllossom',
        codeDescription: { href: 'command:bllossom.showLintRule?%5B%22row-empty%22%5D' },
        message: 'The answer is empty',
        range: { start: at(1, 51), end: at(1, 53) },
      },
    ]);
    await client.change(uri, [{ range: { start: at(1, 52), end: at(1, 52) }, text: 'Pear.' }]);
    expect(await told(uri)).toEqual([]);
    // A line that is half typed.
    await client.change(uri, [{ range: { start: at(1, 0), end: at(1, 0) }, text: '{"instruction":"Na\n' }]);
    expect(await told(uri)).toEqual(['1 row-syntax']);
    // Several edits in one change, the later ones in the text that the earlier ones left.
    await client.change(uri, [
      { range: { start: at(1, 0), end: at(2, 0) }, text: '' },
      { range: { start: at(0, 0), end: at(0, 0) }, text: `${lines[2]!}\r\n` },
    ]);
    const [found, ...more] = await pull(uri);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ code: 'row-duplicate', range: { start: at(3, 1) }, message: 'The same as row 1' });
    expect(found!.relatedInformation?.[0]?.location).toMatchObject({ uri, range: { start: at(0, 1) } });
    await client.close(uri);
    expect(await told(uri)).toEqual([]);
  });

  it('are told of arrays of JSON too, but for their syntax, and of no other JSON', async () => {
    const uri = fileUri('b.json');
    await client.open(uri, `[\n  ${row('a', '')},\n  {"instruction":"b","output"}\n]`, 'json');
    expect(await told(uri)).toEqual(['1 row-empty']);
    await client.open(fileUri('package.json'), '{"name":"x","input":1,"output":""}', 'json');
    expect(await told(fileUri('package.json'))).toEqual([]);
    await client.open(fileUri('pairs.jsonl'), '{"ko":"물","en":"water"}\n{"ko', 'jsonl');
    expect(await told(fileUri('pairs.jsonl'))).toEqual([]);
  });

  it('follow the settings without a restart', async () => {
    const uri = fileUri('c.jsonl');
    const long = row('Tell a story.', 'Once upon a time there was a dragon, and it was kind. '.repeat(10));
    await client.open(uri, long, 'jsonl');
    expect(await told(uri)).toEqual([]);
    await client.setSettings({ instructions: { length: 150, template: 'alpaca' } });
    const [found] = await pull(uri);
    expect(found).toMatchObject({ code: 'row-too-long' });
    expect(found!.range.end.character).toBe(long.length - 2);
    await client.setSettings({ instructions: { check: false } });
    expect(await told(uri)).toEqual([]);
    await client.setSettings({ instructions: { length: 'much' } });
    expect(await told(uri)).toEqual([]);
    await client.setSettings({});
  });

  it('are as loud as the settings and the nearest .bllossomlint.json say', async () => {
    const uri = fileUri('set/rows.jsonl');
    await client.open(uri, `${row('a', '')}\n${row('b', ' Blue.')}\n${row('b', 'Blue.')}`, 'jsonl');
    const loud = async () => (await pull(uri)).map(({ code, severity }) => `${severity ?? 0} ${String(code)}`);
    expect(await loud()).toEqual(['2 row-empty', '2 row-duplicate']);
    await client.setSettings({ lint: { rules: { 'row-empty': 'off', 'row-space': 'hint' } } });
    expect(await loud()).toEqual(['4 row-space', '2 row-duplicate']);
    const config = path.join(workspace.folder, 'set/.bllossomlint.json');
    mkdirSync(path.dirname(config));
    writeFileSync(config, '{ "rules": { "row-duplicate": "error", "row-space": "off" } }');
    client.forget();
    await client.filesChanged(config);
    await client.until('workspace/diagnostic/refresh');
    expect(await loud()).toEqual(['1 row-duplicate']);
    rmSync(path.dirname(config), { recursive: true });
    await client.filesChanged(config);
    await client.setSettings({});
    await client.close(uri);
  });

  it('of 100,000 rows do not keep others waiting, and one more keystroke costs one row', async () => {
    const uri = fileUri('large.jsonl');
    const rows = Array.from({ length: 100_000 }, (_, i) => row(`Say ${i}.`, i === 99_999 ? '' : `It is ${i}.`));
    await client.open(uri, rows.join('\n'), 'jsonl');
    const all = pull(uri);
    const state = { done: false };
    void all.then(() => (state.done = true));
    await client.open(fileUri('small.txt'), 'small');
    let answered = 0;
    for (let i = 0; i < 3; i++) {
      const ranges = [{ start: at(0, 0), end: at(0, 5) }];
      await client.request(CountRanges.type, { uri: fileUri('small.txt'), ranges });
      if (!state.done) answered++;
    }
    expect(answered).toBeGreaterThan(0);
    expect((await all).map(({ range }) => range.start.line)).toEqual([99_999]);
    await client.change(uri, [{ range: { start: at(7, 19), end: at(7, 19) }, text: ' ' }]);
    expect(await told(uri)).toEqual(['99999 row-empty']);
    await client.close(uri);
  });
});

describe('inside of a row', () => {
  it('a hover tells what a field costs and whether it is learned', async () => {
    const uri = fileUri('d.jsonl');
    const text = row('Name a colour.', 'Blue it is.');
    await client.open(uri, text, 'jsonl');
    const hover = async (character: number) => {
      const answer = await client.connection.sendRequest<Hover>('textDocument/hover', {
        textDocument: { uri },
        position: at(0, character),
      });
      return (answer.contents as { readonly value: string }).value.split('\n\n')[0];
    };
    const english = await loadSentencePiece(workspace.english);
    const tokens = english.encodeIds('Blue it is.').length;
    for (const place of ['"output"', 'Blue'])
      expect(await hover(text.indexOf(place) + 2)).toMatch(
        new RegExp(`^\`output\` · answer · ${tokens} tokens · the row has \\d+ in the template \`alpaca\` · \\*\\*enters the loss\\*\\*$`), // prettier-ignore
      );
    expect(await hover(text.indexOf('colour'))).toMatch(/^`instruction` · question · .* · is read, does not enter/);
  });

  it('fields and roles that fit are proposed', async () => {
    const uri = fileUri('e.jsonl');
    const propose = async (text: string) => {
      await client.open(uri, text.replace('‸', ''), 'jsonl');
      const items = await client.connection.sendRequest<readonly CompletionItem[]>('textDocument/completion', {
        textDocument: { uri },
        position: at(0, text.indexOf('‸')),
      });
      await client.close(uri);
      return items;
    };
    expect((await propose('{"instruction":"a","‸"}')).map(({ label }) => label)).toEqual([
      'input',
      'output',
      'history',
      'system',
    ]);
    expect((await propose('{"messages":[{"role":"‸"}]}')).map(({ label }) => label)).toEqual([
      'system',
      'user',
      'assistant',
    ]);
    const [first] = await propose('{"ins‸');
    expect(first).toMatchObject({
      filterText: '"instruction"',
      textEdit: { range: { start: at(0, 1), end: at(0, 5) }, newText: '"instruction": "$1"' },
    });
    expect(await propose('{"‸"}\n{"ko":"물"}')).toEqual([]);
  });
});

describe('a quick fix', () => {
  let opened = 0;
  /** What is offered at the first fault of a rule in a new document. */
  const offered = async (text: string, rule: string, languageId = 'jsonl') => {
    const uri = fileUri(`fix-${++opened}.${languageId}`);
    await client.open(uri, text, languageId);
    const diagnostic = (await pull(uri)).find(({ code }) => code === rule);
    if (diagnostic === undefined) throw new Error(`nothing told of ${rule}`);
    const list = await actions(client, uri, diagnostic.range, { diagnostics: [diagnostic] });
    const made = (title: string) => {
      const action = list.find((one) => one.title === title);
      if (action === undefined) throw new Error(`none of ${list.map((one) => one.title).join(' | ')}`);
      return after(documentOf(uri, text), action);
    };
    return { uri, titles: list.map(({ title }) => title), made };
  };
  const rows = [row('a', 'b'), row('c', 'd'), row('a', 'b'), row('a ', 'b')] as const;

  it.each(['\n', '\r\n'])('deletes a row that says the same, or all of them; lines end in %j', async (eol) => {
    const { titles, made } = await offered(rows.join(eol), 'row-duplicate');
    expect(titles).toEqual([
      'Delete row 3, which says the same as row 1',
      'Delete all 2 rows that say the same as one before them',
      'Suppress row-duplicate in this row',
      'Turn off row-duplicate',
    ]);
    expect(made(titles[0]!)).toBe([rows[0], rows[1], rows[3]].join(eol));
    expect(made(titles[1]!)).toBe(rows.slice(0, 2).join(eol) + eol);
  });

  it('leaves an array of JSON one', async () => {
    const text = `[\n  ${rows.join(',\n  ')}\n]\n`;
    const { titles, made } = await offered(text, 'row-duplicate', 'json');
    const parsed = (title: string) => (JSON.parse(made(title)) as unknown[]).length;
    expect([parsed(titles[0]!), parsed(titles[1]!)]).toEqual([3, 2]);
    expect(made(titles[1]!)).toBe(`[\n  ${rows.slice(0, 2).join(',\n  ')}\n]\n`);
    expect(made('Suppress row-duplicate in this row')).toContain('{"bllossom-disable": "row-duplicate",');
  });

  it('silences the rule in the row alone', async () => {
    const { uri, made } = await offered([row('a', ''), row('c', '')].join('\n'), 'row-empty');
    await client.change(uri, [{ text: made('Suppress row-empty in this row') }]);
    expect(await told(uri)).toEqual(['1 row-empty']);
  });

  it('is none of another version of the text, and none for others’ diagnostics', async () => {
    const uri = fileUri('stale.jsonl');
    await client.open(uri, rows.join('\n'), 'jsonl');
    const [diagnostic] = await pull(uri);
    await client.change(uri, [{ text: rows.slice(0, 2).join('\n') }]);
    expect(await actions(client, uri, diagnostic!.range, { diagnostics: [diagnostic!], only: ['quickfix'] })).toEqual(
      [],
    );
    const other = { ...diagnostic!, source: 'other' };
    expect(await actions(client, uri, diagnostic!.range, { diagnostics: [other], only: ['quickfix'] })).toEqual([]);
  });

  it('gives a row its "input" where it is asked for', async () => {
    const uri = fileUri('input.jsonl');
    const text = '{"instruction": "a", "output": "b"}';
    await client.open(uri, text, 'jsonl');
    const range = { start: at(0, 5), end: at(0, 5) };
    const [action] = await actions(client, uri, range, { diagnostics: [], only: ['refactor'] });
    expect(action).toMatchObject({ title: 'Give the row an empty "input"', kind: 'refactor.rewrite' });
    const given = after(documentOf(uri, text), action!);
    expect(given).toBe('{"instruction": "a", "input": "", "output": "b"}');
    await client.change(uri, [{ text: given }]);
    expect(await actions(client, uri, range, { diagnostics: [], only: ['refactor'] })).toEqual([]);
  });
});
