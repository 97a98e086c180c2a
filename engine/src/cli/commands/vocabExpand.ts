/** `bllossom vocab expand`: grows a model's embedding and head to a larger vocabulary. */
import { bad, ok } from '../../base/problem.ts';
import { expandInits, expandModel } from '../../model/files.ts';
import type { Command } from '../command.ts';
import { wholeNumber } from '../computeOptions.ts';

export const vocabExpand: Command = {
  path: ['vocab', 'expand'],
  summary: 'Grow a model to a larger vocabulary',
  options: {
    model: { type: 'string', placeholder: 'DIR', description: 'model directory in Hugging Face form' },
    tokenizer: {
      type: 'string',
      placeholder: 'FILE',
      description: "SentencePiece .model that begins with the model's own pieces",
    },
    init: {
      type: 'string',
      placeholder: expandInits.join('|'),
      default: 'subpieces',
      description: 'how new rows start: as the mean of the old pieces of their text, of all rows, or at random',
    },
    seed: { type: 'string', placeholder: 'N', default: '42', description: 'for --init random' },
    out: { type: 'string', placeholder: 'DIR', description: 'the model directory to make; must not exist' },
  },
  async run(input) {
    const { values, json, work } = input;
    for (const name of ['model', 'tokenizer', 'out'])
      if (typeof values[name] !== 'string') return bad(`the option --${name} is missing`);
    const init = expandInits.find((known) => known === values['init']);
    if (init === undefined)
      return bad(`there is no init '${String(values['init'])}'; there are ${expandInits.join(', ')}`, {
        name: '--init',
      });
    const seed = wholeNumber(values['seed'], '--seed');
    if (!seed.ok) return seed;
    const [model, tokenizer, out] = [String(values['model']), String(values['tokenizer']), String(values['out'])];
    const result = await expandModel({ model, tokenizer, out, init, seed: seed.value }, work);
    if (!result.ok) return result;
    const { oldSize, newSize, added } = result.value;
    input.print(
      json ? JSON.stringify(result.value) : `${out}: ${oldSize} → ${newSize} rows, ${added} new pieces (${init})`,
    );
    return ok({ exitCode: 0 });
  },
};
