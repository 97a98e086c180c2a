/**
 * A question's candidates as rows of token ids, by lm-evaluation-harness's rule: context and candidate are encoded apart
 * (so the candidate has the tokenizer's own dummy prefix), no BOS is added but where the context is empty, and of the two joined
 * the last `contextLength + 1` tokens are kept: the model reads all but the last of them.
 */
import { createHash } from 'node:crypto';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Question } from './task.ts';

export interface ScoreRequest {
  readonly question: number;
  readonly candidate: number;
  readonly ids: Int32Array;
  /** Tokens at the end of `ids` whose log-probabilities are summed. */
  readonly scored: number;
  /** Tokens cut off on the left, since they did not fit. */
  readonly cut: number;
  /** Names what is asked: the same ids, as many of them scored. */
  readonly key: string;
}

/** 128 bits of a hash of what is asked. */
export function requestKey(ids: Int32Array, scored: number): string {
  const hash = createHash('sha256').update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
  return hash.update(`:${scored}`).digest().subarray(0, 16).toString('base64url');
}

export type RequestTokenizer = Pick<Tokenizer, 'encode'> & Partial<Pick<Tokenizer, 'bosId' | 'eosId'>>;

/** What stands before a text that has nothing before it, as in the harness; undefined where the tokenizer has neither. */
export const prefixId = ({ bosId, eosId }: Partial<Pick<Tokenizer, 'bosId' | 'eosId'>>): number | undefined =>
  bosId ?? eosId;

export function scoreRequests(
  questions: readonly Question[],
  tokenizer: RequestTokenizer,
  contextLength: number,
): ScoreRequest[] {
  // Few candidates are asked for again and again.
  const encoded = new Map<string, Int32Array>();
  const encode = (text: string): Int32Array => {
    const known = encoded.get(text) ?? tokenizer.encode(text).ids;
    if (encoded.size < 10_000) encoded.set(text, known);
    return known;
  };
  const prefix = prefixId(tokenizer);
  const nothing = prefix === undefined ? new Int32Array() : Int32Array.of(prefix);
  return questions.flatMap(({ context, candidates }, question) => {
    const { ids: own } = tokenizer.encode(context);
    const before = own.length === 0 ? nothing : own;
    return candidates.map((text, candidate) => {
      const answer = encode(text);
      const length = before.length + answer.length;
      const cut = Math.max(0, length - (contextLength + 1));
      const ids = new Int32Array(length - cut);
      const head = before.subarray(cut);
      ids.set(head);
      ids.set(answer.subarray(answer.length - (ids.length - head.length)), head.length);
      // The first token of all has nothing before it and no probability.
      const scored = Math.max(0, Math.min(answer.length, ids.length - 1));
      return { question, candidate, ids, scored, cut, key: requestKey(ids, scored) };
    });
  });
}
