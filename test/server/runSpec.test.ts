/** Run specs in the editor: problems at their place while typing, and a lens to run them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeLens, Diagnostic, PublishDiagnosticsParams } from 'vscode-languageserver-protocol';
import { SpecMemory, SpecTrains } from '../../server/src/protocol.ts';
import { type LanguageClient, uriOf } from './languageClient.ts';
import { startInWorkspace } from './startInWorkspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;

beforeAll(async () => {
  ({ workspace, client } = await startInWorkspace());
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});

const message = (diagnostic: Diagnostic): string =>
  typeof diagnostic.message === 'string' ? diagnostic.message : diagnostic.message.value;

const problems = (uri: string, fits: (messages: readonly string[]) => boolean) =>
  client.until(
    'textDocument/publishDiagnostics',
    (told: PublishDiagnosticsParams) => told.uri === uri && fits(told.diagnostics.map(message)),
  );

const text = `{
  // what is learnt
  "kind": "pretrain",
  "model": "tokenizers",
  "output": "out",
  "data": [{ "path": "text.txt" }],
  "stepz": 5
}
`;

describe('a run spec', () => {
  it('shows its problems at their place, and fewer as they are mended', async () => {
    const uri = uriOf(path.join(workspace.folder, 'a.run.json'));
    await client.open(uri, text, 'jsonc');
    const first = await problems(uri, (messages) => messages.length > 0);
    expect(first.diagnostics).toEqual([
      {
        range: { start: { line: 6, character: 2 }, end: { line: 6, character: 9 } },
        severity: 1,
        source: 'bllossom',
        message: '"stepz" is not known here. Do you mean "steps"?',
      },
    ]);
    const at = { start: { line: 6, character: 6 }, end: { line: 6, character: 8 } };
    await client.change(uri, [{ range: at, text: 'ps' }]);
    const second = await problems(uri, (messages) => messages.some((m) => /there is no file/.test(m)));
    expect(second.diagnostics.map((d) => [d.range.start.line, message(d).slice(0, 24)])).toEqual([
      [3, 'there is no config.json '],
      [5, 'there is no file ' + workspace.folder.slice(0, 7)],
    ]);
    expect(second.version).toBe(2);
    // A file that a spec names appears: the squiggle goes without a keystroke.
    client.forget();
    const data = path.join(workspace.folder, 'text.txt');
    writeFileSync(data, 'text\n');
    await client.filesChanged(data);
    await problems(uri, (messages) => messages.length === 1);
    client.forget();
    await client.close(uri);
    await problems(uri, (messages) => messages.length === 0);
  });

  it('tells what it trains while it is typed', async () => {
    const uri = uriOf(path.join(workspace.folder, 'c.run.json'));
    writeFileSync(path.join(workspace.folder, 'c.txt'), 'text\n');
    const tiny = path.resolve(import.meta.dirname, '../fixtures/tiny-llama');
    const lora = { rank: 4, alpha: 8, targets: ['q_proj'] };
    const spec = { kind: 'pretrain', model: tiny, output: 'c', data: [{ path: 'c.txt' }], steps: 1, lora };
    const written = JSON.stringify(spec);
    await client.open(uri, written, 'jsonc');
    const factors = 2 * 4 * (32 + 40);
    expect(await client.request(SpecTrains.type, { uri })).toMatchObject({
      trained: factors,
      groups: [{ name: 'q_proj lora_A' }, { name: 'q_proj lora_B' }],
    });
    const at = { line: 0, character: written.indexOf('"rank":4') + '"rank":'.length };
    const end = { line: 0, character: at.character + 1 };
    await client.change(uri, [{ range: { start: at, end }, text: '8' }]);
    expect(await client.request(SpecTrains.type, { uri })).toMatchObject({ trained: 2 * factors });
    await client.change(uri, [{ range: { start: at, end }, text: '-' }]);
    expect(await client.request(SpecTrains.type, { uri })).toBeNull();
  });

  it('tells what memory its run would take, and complains where that is too much', { timeout: 60_000 }, async () => {
    const uri = uriOf(path.join(workspace.folder, 'd.run.json'));
    writeFileSync(path.join(workspace.folder, 'd.txt'), 'text\n');
    const tiny = path.resolve(import.meta.dirname, '../fixtures/tiny-llama');
    const folder = path.join(workspace.folder, 'wide');
    mkdirSync(folder);
    const config = JSON.parse(readFileSync(path.join(tiny, 'config.json'), 'utf8')) as object;
    const many = {
      ...config,
      max_position_embeddings: 4096,
      vocab_size: 1_000_000,
      hidden_size: 65_536,
      head_dim: 4096,
    };
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(many));
    const spec = { kind: 'pretrain', model: tiny, output: 'd', data: [{ path: 'd.txt' }], steps: 1, batchSize: 2 };
    const written = JSON.stringify({ ...spec, backend: 'reference' });
    await client.open(uri, written, 'jsonc');
    const small = await client.until(SpecMemory.type, (told) => told.uri === uri && told.memory !== null);
    const { parts, memories } = small.memory!;
    expect(memories).toMatchObject([{ name: 'RAM', needed: parts.reduce((sum, { bytes }) => sum + bytes, 0) }]);
    const at = { line: 0, character: written.indexOf(tiny) };
    const end = { line: 0, character: at.character + tiny.length };
    await client.change(uri, [{ range: { start: at, end }, text: 'wide' }]);
    const { diagnostics } = await problems(uri, (messages) => messages.some((m) => /of memory/.test(m)));
    expect(diagnostics.map(message)).toEqual([expect.stringMatching(/^the run needs about \d+ GB of memory, and the/)]);
    expect(diagnostics[0]).toMatchObject({ severity: 1, range: { start: { line: 0 } } });
    await client.change(uri, [{ range: { start: at, end: at }, text: '"' }]);
    await client.until(SpecMemory.type, (told) => told.uri === uri && told.memory === null);
  });

  it('has a lens that runs it, above its first words', async () => {
    const uri = uriOf(path.join(workspace.folder, 'b.run.json'));
    await client.open(uri, text, 'jsonc');
    const lenses: CodeLens[] = await client.connection.sendRequest('textDocument/codeLens', { textDocument: { uri } });
    expect(lenses).toEqual([
      {
        range: { start: { line: 2, character: 0 }, end: { line: 2, character: 0 } },
        command: { title: '▶ Run', command: 'bllossom.startRun', arguments: [uri] },
      },
    ]);
    const other = uriOf(path.join(workspace.folder, 'package.json'));
    await client.open(other, '{}', 'json');
    expect(await client.connection.sendRequest('textDocument/codeLens', { textDocument: { uri: other } })).toEqual([]);
  });
});
