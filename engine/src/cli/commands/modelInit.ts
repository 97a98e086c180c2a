/** `bllossom model init`: a fresh Llama with random weights, sized by a config and a tokenizer. */
import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { fileProblem } from '../../base/fileProblem.ts';
import { bad, ok, type Result } from '../../base/problem.ts';
import {
  parseConfig,
  parameterCount,
  randomParameters,
  refuseExisting,
  writeModelDirectory,
} from '../../model/files.ts';
import { readModelFile } from '../../tokenizers/index.ts';
import type { Command } from '../command.ts';
import { needed, wholeNumber } from '../computeOptions.ts';

export const modelInit: Command = {
  path: ['model', 'init'],
  summary: 'Make a fresh model with random weights',
  options: {
    config: {
      type: 'string',
      placeholder: 'FILE',
      description: "config.json; its vocab_size is replaced by the tokenizer's",
    },
    tokenizer: {
      type: 'string',
      placeholder: 'FILE',
      description: 'SentencePiece .model or byte-level tokenizer.json, copied into the model',
    },
    seed: { type: 'string', placeholder: 'N', default: '42', description: 'whole number that the weights follow from' },
    out: { type: 'string', placeholder: 'DIR', description: 'the model directory to make; must not exist' },
  },
  async run(input) {
    const { values, json, work } = input;
    const { config, tokenizer, out } = values;
    for (const name of ['config', 'tokenizer', 'out']) {
      const given = needed(values, name);
      if (!given.ok) return given;
    }
    const seed = wholeNumber(values['seed'], '--seed');
    if (!seed.ok) return seed;
    const result = await initModel(
      { config: String(config), tokenizer: String(tokenizer), seed: seed.value, out: String(out) },
      (message) => work.onProgress({ message }),
    );
    if (!result.ok) return result;
    const { parameters, vocabularySize } = result.value;
    input.print(
      json
        ? JSON.stringify({ out, parameters, vocabularySize, seed: seed.value })
        : `${String(out)}: ${parameters} parameters, vocabulary ${vocabularySize}`,
    );
    return ok({ exitCode: 0 });
  },
};

interface InitOptions {
  readonly config: string;
  readonly tokenizer: string;
  readonly seed: number;
  readonly out: string;
}

async function initModel(
  options: InitOptions,
  tell: (message: string) => void,
): Promise<Result<{ parameters: number; vocabularySize: number }>> {
  const free = await refuseExisting(options.out);
  if (!free.ok) return free;
  const tokenizer = await readModelFile(options.tokenizer);
  if (!tokenizer.ok) return tokenizer;
  const text = await read(options.config);
  if (!text.ok) return text;
  const { ids, pieces, bytes } = tokenizer.value;
  const ends =
    tokenizer.value.format === 'sentencepiece'
      ? { bos: ids.get(tokenizer.value.trainer.bosPiece), eos: ids.get(tokenizer.value.trainer.eosPiece) }
      : { bos: tokenizer.value.bosId, eos: tokenizer.value.eosId };
  const config = parseConfig(text.value, options.config, {
    vocab_size: pieces.length,
    bos_token_id: ends.bos ?? null,
    eos_token_id: ends.eos ?? null,
  });
  if (!config.ok) return config;
  const parameters = parameterCount(config.value);
  if (4 * parameters > totalmem())
    return bad(
      `${parameters} parameters in float32 do not fit this machine's memory of ${gigabytes(totalmem())} GB`,
      { file: options.config },
      'Choose smaller sizes.',
    );
  tell('drawing weights');
  const tensors = randomParameters(config.value, options.seed);
  tell('writing');
  const written = await writeModelDirectory(options.out, {
    config: config.value,
    tensors,
    ...(tokenizer.value.format === 'sentencepiece' ? { tokenizer: bytes } : { others: { 'tokenizer.json': bytes } }),
  });
  return written.ok ? ok({ parameters, vocabularySize: pieces.length }) : written;
}

const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

async function read(file: string): Promise<Result<string>> {
  try {
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    return fileProblem(error, file);
  }
}
