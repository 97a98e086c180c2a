/** `bllossom merge-adapter`: a whole model out of a base and an adapter that was trained on it. */
import { plural } from '../../base/plural.ts';
import { ok } from '../../base/problem.ts';
import { mergeAdapter } from '../../model/files.ts';
import type { Command } from '../command.ts';
import { needed } from '../computeOptions.ts';

export const mergeAdapterCommand: Command = {
  path: ['merge-adapter'],
  summary: 'Merge an adapter into its base: a whole model',
  options: {
    model: { type: 'string', placeholder: 'DIR', description: 'the base: model directory in Hugging Face form' },
    adapter: { type: 'string', placeholder: 'DIR', description: 'the adapter, in PEFT form' },
    out: { type: 'string', placeholder: 'DIR', description: 'the model directory to make; must not exist' },
  },
  async run({ values, json, work, print }) {
    const model = needed(values, 'model');
    if (!model.ok) return model;
    const adapter = needed(values, 'adapter');
    if (!adapter.ok) return adapter;
    const out = needed(values, 'out');
    if (!out.ok) return out;
    const merged = await mergeAdapter({ model: model.value, adapter: adapter.value, out: out.value }, work);
    if (!merged.ok) return merged;
    const { layers, tables, rank, types } = merged.value;
    const beside = tables.length === 0 ? '' : `, and ${tables.join(' and ')} as trained`;
    const rounded = types.some((type) => type !== 'F32') ? `; sums rounded to the base's ${types.join(', ')}` : '';
    if (json) print(JSON.stringify(merged.value));
    else print(`${out.value}: ${plural(layers, 'layer')} with adapters of rank ${rank} merged${beside}${rounded}`);
    return ok({ exitCode: 0 });
  },
};
