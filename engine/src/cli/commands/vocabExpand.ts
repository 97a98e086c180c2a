/** `bllossom vocab expand`: grows a model's embedding and head to a larger vocabulary. */
import { plural } from '../../base/plural.ts';
import { bad, ok, type Result } from '../../base/problem.ts';
import { type Expansion, expandInits, expandModel, type LeftOut } from '../../model/files.ts';
import type { Command, CommandInput } from '../command.ts';
import { needed, wholeNumber } from '../computeOptions.ts';

export const vocabExpand: Command = {
  path: ['vocab', 'expand'],
  summary: 'Grow a model to a larger vocabulary',
  options: {
    model: { type: 'string', placeholder: 'DIR', description: 'model directory in Hugging Face form' },
    tokenizer: {
      type: 'string',
      placeholder: 'FILE',
      description: "tokenizer.model or tokenizer.json that begins with the model's own pieces",
    },
    init: {
      type: 'string',
      placeholder: expandInits.join('|'),
      default: 'subpieces',
      description:
        'how new rows start: as the mean of the old pieces of their text, of what they translate to, of all rows, or at random',
    },
    parallel: {
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      description: 'for --init aligned: JSON lines with a field for each language; or, given twice, two text files',
    },
    'pad-to-multiple': {
      type: 'string',
      placeholder: 'N',
      description: 'round the number of rows up to a multiple of N (64 suits GPUs)',
    },
    seed: { type: 'string', placeholder: 'N', default: '42', description: 'for --init random' },
    out: { type: 'string', placeholder: 'DIR', description: 'the model directory to make; must not exist' },
  },
  async run(input) {
    const { values, json, work } = input;
    const paths: Record<string, string> = {};
    for (const name of ['model', 'tokenizer', 'out']) {
      const value = needed(values, name);
      if (!value.ok) return value;
      paths[name] = value.value;
    }
    const init = expandInits.find((known) => known === values['init']);
    if (init === undefined)
      return bad(
        `there is no init '${String(values['init'])}'`,
        { name: '--init' },
        `Take one of: ${expandInits.join(', ')}.`,
      );
    const parallel = (values['parallel'] ?? []) as readonly string[];
    if (parallel.length > 0 && init !== 'aligned')
      return bad(`--init ${init} reads no aligned texts`, { name: '--parallel' }, 'Add --init aligned.');
    const seed = wholeNumber(values['seed'], '--seed');
    if (!seed.ok) return seed;
    const multiple = multipleOf(values['pad-to-multiple']);
    if (!multiple.ok) return multiple;
    const [model, tokenizer, out] = [paths['model']!, paths['tokenizer']!, paths['out']!];
    const options = { model, tokenizer, out, init, seed: seed.value, parallel, padToMultiple: multiple.value };
    const result = await expandModel(options, work);
    if (!result.ok) return result;
    input.print(json ? JSON.stringify(result.value) : describe(result.value));
    return ok({ exitCode: 0 });
  },
};

const multipleOf = (value: CommandInput['values'][string]): Result<number> =>
  value === undefined ? ok(1) : wholeNumber(value, '--pad-to-multiple', 1);

function describe({ out, oldSize, newSize, added, unreachable, padding, starts, norms, files }: Expansion): string {
  const length = ({ mean, std }: { mean: number; std: number }) => `${mean.toPrecision(3)} ± ${std.toPrecision(2)}`;
  return [
    `${out}: ${oldSize} → ${newSize} rows, ${plural(added, 'new piece')}${padding === 0 ? '' : `, ${plural(padding, 'row')} to fill up`}`,
    `new rows: ${Object.entries(starts)
      .map(([init, count]) => `${count} ${init}`)
      .join(', ')}${unreachable === 0 ? '' : `; ${unreachable} of pieces that no text leads to`}`,
    ...Object.entries(norms).map(
      ([table, figures]) => `${table}: length of old rows ${length(figures.old)}, of new rows ${length(figures.new)}`,
    ),
    ...files.leftOut.map((left) => `left out: ${left.file} (${why(left)})`),
  ].join('\n');
}

function why({ reason, detail }: LeftOut): string {
  switch (reason) {
    case 'vocabulary':
      return 'it has the old vocabulary';
    case 'inexact':
      return `of the new vocabulary no such file gives the same ids: ${detail ?? ''}`;
    case 'weights':
      return 'it holds the old weights';
    case 'taken':
      return `its token ${detail ?? ''}, for a new piece has its id now`;
    case 'broken':
      return 'it cannot be read';
    case 'unknown':
      return 'it may speak of the model as it was';
    default:
      reason satisfies never;
      throw new Error('unknown reason');
  }
}
