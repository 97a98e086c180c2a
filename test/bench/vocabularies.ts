/** Tokenizers for benchmarks of the language server, with the counters that other tools use for the same vocabulary. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { unwrap } from '../../engine/src/base/problem.ts';
import { parseModel, type SentencePieceModel } from '../../engine/src/tokenizers/index.ts';
import { byteLevelJson, jsonBytes } from '../../engine/src/tokenizers/testing/byteLevel.ts';
import { english, korean, trained } from '../../engine/src/tokenizers/testing/models.ts';
import { tokenizerJson } from '../../engine/src/tokenizers/tokenizerJsonWriter.ts';
import { hasShared, root, shared } from './places.ts';

export interface Counter {
  /** With its version. */
  readonly name: string;
  /** Are its ids those of the vocabulary's own library? */
  readonly exact: boolean;
  /** Tokens of a text, encoded whole. */
  count(text: string): number | Promise<number>;
}

export interface Vocabulary {
  readonly name: string;
  /** What the server is told to read. */
  readonly file: string;
  readonly counters: readonly Counter[];
}

const require = createRequire(path.join(root, 'package.json'));

async function versionOf(peer: string): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(root, 'node_modules', peer, 'package.json'), 'utf8')) as {
    version: string;
  };
  return `${peer} ${version}`;
}

interface HuggingFace {
  encode(text: string, pair: null, options: { addSpecialTokens: boolean }): Promise<{ getLength(): number }>;
}

/** Hugging Face's own, on a `tokenizer.json`. */
async function huggingFace(json: string, exact: boolean): Promise<Counter> {
  const { Tokenizer } = require('tokenizers') as { Tokenizer: { fromString(json: string): HuggingFace } };
  const tokenizer = Tokenizer.fromString(json);
  return {
    name: await versionOf('tokenizers'),
    exact,
    count: async (text) => (await tokenizer.encode(text, null, { addSpecialTokens: false })).getLength(),
  };
}

/** The counter of many extensions and web pages; it knows Llama 2's vocabulary alone. */
async function llamaTokenizerJs(): Promise<Counter> {
  const { default: tokenizer } = (await import('llama-tokenizer-js')) as {
    default: { encode(text: string, bos: boolean, precedingSpace: boolean): readonly number[] };
  };
  const name = await versionOf('llama-tokenizer-js');
  return { name, exact: true, count: (text) => tokenizer.encode(text, false, true).length };
}

/** A unigram model as transformers' converter writes it. */
function unigramJson(model: SentencePieceModel): string {
  const { charsmap } = model.normalizer;
  const normalizers = [
    ...(charsmap.length === 0
      ? []
      : [{ type: 'Precompiled', precompiled_charsmap: Buffer.from(charsmap).toString('base64') }]),
    { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
  ];
  return JSON.stringify({
    version: '1.0',
    added_tokens: [],
    normalizer: { type: 'Sequence', normalizers },
    pre_tokenizer: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always', split: true },
    model: {
      type: 'Unigram',
      unk_id: model.unkId,
      vocab: model.pieces.map(({ piece, score }) => [piece, score]),
      byte_fallback: false,
    },
  });
}

/** Those of Llama 2 and KoBERT where the shared data is there, small ones trained on the spot otherwise; and a byte-level one. */
export async function vocabularies(folder: string, lines: readonly string[]): Promise<Vocabulary[]> {
  const byteLevel = Buffer.from(jsonBytes(byteLevelJson({ lines: lines.slice(0, 1500), merges: 2000 })));
  const file = path.join(folder, 'tokenizer.json');
  await writeFile(file, byteLevel);
  const own: Vocabulary = {
    name: 'byte-level, 2,000 merges',
    file,
    counters: [await huggingFace(byteLevel.toString('utf8'), true)],
  };
  if (!hasShared) {
    const model = trained([...english, ...korean], { size: 520 });
    const at = path.join(folder, 'small.model');
    await writeFile(at, model.bytes);
    return [{ name: 'BPE, 520 pieces', file: at, counters: [await huggingFace(unwrap(tokenizerJson(model)), true)] }, own]; // prettier-ignore
  }
  const fileOf = (name: string) => path.join(shared, 'tokenizers', `${name}.model`);
  const modelOf = async (name: string) => unwrap(parseModel(await readFile(fileOf(name)), name));
  const llama = [await llamaTokenizerJs(), await huggingFace(unwrap(tokenizerJson(await modelOf('llama2'))), true)];
  const kobert = await huggingFace(unigramJson(await modelOf('kobert')), false);
  return [
    { name: 'Llama 2', file: fileOf('llama2'), counters: llama },
    { name: 'KoBERT', file: fileOf('kobert'), counters: [kobert] },
    own,
  ];
}
