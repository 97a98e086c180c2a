/** The real SentencePiece (WebAssembly, 0.1.97) for tests: what it makes of a model and a text is right by definition. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

interface Processor {
  load(file: string): Promise<void>;
  encodeIds(text: string): number[];
  decodeIds(ids: readonly number[]): string;
}

/** Texts given must be well-formed: the library swallows what follows a lone surrogate. */
export interface Oracle {
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
}

export async function oracleOf(model: Uint8Array): Promise<Oracle> {
  const library = createRequire(import.meta.url)('sentencepiece-js') as { SentencePieceProcessor: new () => Processor };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'oracle-'));
  const file = path.join(folder, 'oracle.model');
  await writeFile(file, model);
  const processor = new library.SentencePieceProcessor();
  // Each load hangs handlers onto the process that would swallow a test's own errors.
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(process.listeners(event as 'uncaughtException')));
  await processor.load(file);
  for (const [i, event] of events.entries()) {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[i]!.has(listener)) process.off(event, listener);
    }
  }
  await rm(folder, { recursive: true });
  return {
    encode: (text) => processor.encodeIds(text),
    decode: (ids) => processor.decodeIds(ids),
  };
}
