/** SentencePiece itself, compiled to WebAssembly (npm `sentencepiece-js`): it is always there. */
import { bad, ok } from '../../base/problem.ts';
import { type OracleResult, peerVersion } from './oracle.ts';

/** Each load hangs handlers onto the process that would swallow its own errors; they are taken off again. */
const events = ['uncaughtException', 'unhandledRejection'] as const;

export async function sentencePieceOracle(file: string): Promise<OracleResult> {
  const { SentencePieceProcessor } = await import('sentencepiece-js');
  const processor = new SentencePieceProcessor();
  const listeners = (event: (typeof events)[number]) => process.listeners(event as 'uncaughtException');
  const before = events.map((event) => new Set(listeners(event)));
  try {
    await processor.load(file);
    if (processor.encodeIds('a').length === 0) return notTaken(file);
  } catch {
    return notTaken(file);
  } finally {
    for (const [i, event] of events.entries()) {
      for (const listener of listeners(event)) if (!before[i]!.has(listener)) process.off(event, listener);
    }
  }
  return ok({
    name: 'sentencepiece-js',
    version: peerVersion('sentencepiece-js'),
    encode: (lines) => Promise.resolve(lines.map((line) => processor.encodeIds(line))),
    decode: (ids) => processor.decodeIds(ids),
    losesByteOrderMark: true,
  });
}

const notTaken = (file: string) =>
  bad('SentencePiece does not load this file', { file }, 'It is damaged; get it again from its source.');
