/** SentencePiece's own C++ library, by way of Debian's Python package, in a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './places.ts';

const python = '/usr/bin/python3';

export interface NativeSentencePiece {
  readonly version: string;
  /** Processor seconds for encoding a file's lines in one thread, and how many tokens they are. */
  encode(file: string): Promise<{ seconds: number; tokens: number }>;
  end(): void;
}

/** Undefined where the package is not installed. */
export async function nativeSentencePiece(model: string): Promise<NativeSentencePiece | undefined> {
  if (spawnSync(python, ['-c', 'import sentencepiece'], { stdio: 'ignore' }).status !== 0) return undefined;
  const child = spawn(python, [path.join(root, 'test/bench/sentencepiece_peer.py'), model], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => JSON.parse(String((await answers.next()).value));
  const { version } = (await answer()) as { version: string };
  return {
    version,
    async encode(file) {
      child.stdin.write(`${file}\n`);
      return (await answer()) as { seconds: number; tokens: number };
    },
    end: () => child.stdin.end(),
  };
}
