/** A tokenizer from a byte-level tokenizer.json. */
import { ProblemError } from '../base/problem.ts';
import type { ByteLevelModel } from './byteLevelModel.ts';
import type { Tokenizer } from './tokenizer.ts';

export const ByteLevelTokenizer = class {
  constructor(model: ByteLevelModel) {
    throw new ProblemError({ what: 'a tokenizer.json cannot be read yet', where: { file: model.file } });
  }
} as new (model: ByteLevelModel) => Tokenizer;
