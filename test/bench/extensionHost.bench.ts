/**
 * What the extension host computes at a stretch for the counts of a document of a megabyte: a count that is told, the characters in bytes
 * and the dear words on screen, the marks in the ruler. The features are the client's own, on a stand-in for the editor's API that
 * writes what is drawn as JSON, as the host does to send it; the answers are the built server's. The goal is a frame, 16 ms.
 */
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { EditorEnd, serverFile } from './editorEnd.ts';
import { hasShared, root, shared } from './places.ts';
import { type Section, type Times, timesOf } from './section.ts';

const allowedMs = 16;
const counts = 40;
/** Lines on screen. */
const screen = { first: 4000, last: 4060 } as const;

export async function bench(): Promise<Section> {
  const how = `processor time of one stretch of work, ${counts} counts, Llama 2 on 1 MB of Korean reviews, ${screen.last - screen.first} lines on screen; and of a screen of one line of 1 MB`;
  if (!hasShared || !existsSync(serverFile))
    return { how, ratios: [], skipped: ['everything: it needs ../shared/data and npm run build'] };
  const korean = await readFile(path.join(shared, 'corpora/nsmc.ko.txt'), 'utf8');
  const lines = korean.split('\n').slice(0, 10_000);
  const times = [...(await measure('lines', lines.join('\n'))), ...(await measure('one line', lines.join(' ')))];
  return { how, ratios: [], times, skipped: [] };
}

type Register = (workbench: object, other: object) => object;

/** The client's features over the stand-in. */
async function features(): Promise<Record<string, Register> & { vscode: typeof import('./vscodeStub.ts') }> {
  const outfile = path.join(root, 'test/output/bench/extensionHostFeatures.mjs');
  const contents = ['tokenCounts', 'byteCharacters', 'heat']
    .map((name) => `export * from './client/src/${name}.ts';`)
    .concat(`export * as vscode from 'vscode';`)
    .join('\n');
  await build({
    stdin: { contents, resolveDir: root, sourcefile: 'features.ts', loader: 'ts' },
    alias: { vscode: path.join(root, 'test/bench/vscodeStub.ts') },
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['vscode-languageserver-protocol', 'vscode-jsonrpc'],
    outfile,
  });
  const loaded = (await import(pathToFileURL(outfile).href)) as Awaited<ReturnType<typeof features>>;
  await rm(outfile);
  return loaded;
}

async function measure(name: string, text: string): Promise<Times[]> {
  const { vscode, registerTokenCounts, registerByteCharacters, registerHeat } = await features();
  const tokenizer = path.join(shared, 'tokenizers/llama2.model');
  const end = await EditorEnd.start({ tokenizer });
  const file = pathToFileURL(path.join(root, 'bench.txt')).href;
  await end.open(file, text);
  const told = await end.counted(file, 1);

  const taken: Record<string, number[]> = {};
  /** Processor milliseconds at the beginning of a stretch that has not ended. */
  let begun: { readonly what: string; readonly at: number } | undefined;
  const now = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const finish = () => {
    if (begun !== undefined) (taken[begun.what] ??= []).push(now() - begun.at);
    begun = undefined;
  };

  const uri = { scheme: 'file', toString: () => file };
  const document = {
    uri,
    languageId: 'plaintext',
    version: 1,
    isClosed: false,
    validateRange: (range: unknown) => range,
  };
  const visible = text.includes('\n') ? screen : { first: 0, last: 0 };
  const editor = {
    document,
    selections: [],
    visibleRanges: [{ start: { line: visible.first }, end: { line: visible.last } }],
    setDecorations: (_: unknown, ranges: readonly unknown[]) => JSON.stringify(ranges).length,
  };
  vscode.window.activeTextEditor = editor;
  vscode.window.visibleTextEditors = [editor];
  const asRange = ({ start: a, end: b }: InstanceType<typeof vscode.Range>) =>
    new vscode.Range(a.line, a.character, b.line, b.character);
  let hear: (params: unknown) => void = () => undefined;
  /** Answers by method and parameters, as they come over the wire. */
  const answers = new Map<string, string>();
  const server = {
    on: ({ method }: { method: string }, handler: typeof hear) => {
      if (method === 'bllossom/tokenCounts') hear = handler;
      return { dispose: () => undefined };
    },
    onReady: () => ({ dispose: () => undefined }),
    client: { protocol2CodeConverter: { asRange }, code2ProtocolConverter: { asRange } },
    request: async ({ method }: { method: string }, params: object) => {
      const key = method + JSON.stringify(params);
      let written = answers.get(key);
      if (written === undefined) answers.set(key, (written = JSON.stringify(await end.request(method, params))));
      // Drawn once the promise is fulfilled, and nothing comes in between.
      begun = { what: method, at: now() };
      setImmediate(finish);
      return JSON.parse(written) as unknown;
    },
  };
  const messages = { quietly: (what: string, error: unknown) => process.emitWarning(`${what}: ${String(error)}`) };
  const workbench = { extension: { subscriptions: [] }, server, messages };
  const compared = { get: () => undefined, lines: () => [], onCompared: () => ({ dispose: () => undefined }) };
  const tokenCounts = registerTokenCounts!(workbench, compared);
  registerByteCharacters!(workbench, tokenCounts);
  registerHeat!(workbench, tokenCounts);
  const message = JSON.stringify(told);
  for (let i = 0; i < counts; i++) {
    begun = { what: 'a count', at: now() };
    hear(JSON.parse(message));
    finish();
    // Longer than what the features wait before they ask.
    await delay(500);
  }
  await end.stop();
  return Object.entries(taken).map(([what, ms]) => timesOf(`${name}: ${what}`, ms, allowedMs));
}
