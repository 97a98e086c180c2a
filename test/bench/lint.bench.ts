/**
 * Lint as an editor sees it: over the protocol, from a keystroke in a text of a megabyte to the diagnostics of the text with it. The
 * peer is what people notice: 200 ms.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { StreamMessageReader, StreamMessageWriter, createMessageConnection } from 'vscode-languageserver-protocol/node';
import type { DocumentDiagnosticReport } from 'vscode-languageserver-protocol';
import { hasShared, root, shared } from './places.ts';
import { type Ratio, ratioOf, type Section } from './section.ts';

const allowedMs = 200;
const keystrokes = 25;
const bytes = 1_000_000;

const server = path.join(root, 'dist/server.cjs');

export async function bench(): Promise<Section> {
  const how = `wall time over the protocol on standard input and output, ${keystrokes} keystrokes, the median (lowest: the slowest keystroke); 30 ms of it are the wait for the next one`;
  if (!hasShared) return { how, ratios: [], skipped: ['everything: there is no ../shared/data'] };
  if (!existsSync(server))
    return { how, ratios: [], skipped: ['everything: there is no dist/server.cjs; run npm run build'] };
  const korean = await readFile(path.join(shared, 'corpora/nsmc.ko.txt'), 'utf8');
  const lines = korean.repeat(20).split('\n');
  const clean = cut(lines);
  const decomposed = cut(lines.map((line, i) => (i % 50 === 0 ? line.normalize('NFD') : line)));
  const ratios: Ratio[] = [];
  for (const tokenizer of ['llama2.model', 'kobert.model'])
    for (const [what, preset, text] of [
      ['reviews', 'default', clean],
      ['reviews, a line in 50 decomposed', 'default', decomposed],
      ['reviews, a line in 50 decomposed', 'recommended', decomposed],
    ] as const) {
      const times = await typed(tokenizer, preset, text);
      const name = `1 MB of ${what}, ${tokenizer}, preset ${preset}`;
      ratios.push(
        ratioOf(
          name,
          `${allowedMs} ms`,
          times.map((ms) => allowedMs / ms),
        ),
      );
    }
  return { how, ratios, skipped: [] };
}

function cut(lines: readonly string[]): string {
  let length = 0;
  const end = lines.findIndex((line) => (length += Buffer.byteLength(line) + 1) > bytes);
  return lines.slice(0, end < 0 ? lines.length : end).join('\n');
}

/** Milliseconds of each keystroke. */
async function typed(tokenizer: string, preset: string, text: string): Promise<number[]> {
  const child = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const settings = { tokenizer: path.join(shared, 'tokenizers', tokenizer), lint: { preset } };
  connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => settings));
  connection.listen();
  const options = { enginePath: path.join(root, 'dist/bllossom.cjs'), editorExecPath: process.execPath };
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: { workspace: { configuration: true } },
    workspaceFolders: null,
    initializationOptions: { ...options, extensionVersion: '0.0.0-bench' },
  });
  await connection.sendNotification('initialized', {});
  const uri = pathToFileURL(path.join(root, 'bench.txt')).href;
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'plaintext', version: 1, text },
  });
  const pull = () =>
    connection.sendRequest<DocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri } });
  const first = await pull();
  const lines = text.split('\n').length;
  const times: number[] = [];
  for (let i = 0; i < keystrokes; i++) {
    const at = { line: Math.floor((lines * (i + 0.5)) / keystrokes), character: 0 };
    const start = performance.now();
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: i + 2 },
      contentChanges: [{ range: { start: at, end: at }, text: '햄' }],
    });
    const report = await pull();
    times.push(performance.now() - start);
    if (first.kind !== 'full' || report.kind !== 'full' || report.items.length < first.items.length - 1)
      throw new Error('the answer lacks what was there before');
  }
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  connection.dispose();
  return times;
}
