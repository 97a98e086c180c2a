// The Bllossom paper's whole path on a model of 10.6 million parameters, by the command line alone: English first, a Korean
// vocabulary, an expanded model with each start of the new rows, pretraining in both languages, instructions; and beside it the
// same without expansion and with Korean only. docs/reports/paper.md has what came of it.
//
//     node scripts/reports/paper.mjs --folder DIR [--data ../shared/data] [--threads 1]
//
// goes on where it was stopped; `--only NAME,…` does a part of it, so that two processes can share a folder once `base` is done
// (each with a BLLOSSOM_STATE_DIR of its own: runs on one device wait for one another else):
//     base, subpieces, aligned, random, mean, lora, unexpanded, koreanOnly, sameBytes, unexpandedBytes, sft, tables,
//     and of subpieces, aligned, random, mean, unexpanded also NAME-2 (second seed) and NAME-long (640 steps)
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paperTables } from './paperTables.mjs';
import { measure } from './measure.mjs';
import { writeTexts } from './texts.mjs';
import { Workshop } from './workshop.mjs';

const only = process.argv.indexOf('--only');
const parts = only < 0 ? undefined : process.argv.splice(only, 2)[1]?.split(',');
const wants = (/** @type {string} */ name) => parts === undefined || parts.includes(name);
const shop = Workshop.fromArguments();

const steps = { english: 1500, bilingual: 160, long: 640, sft: 60 };
const common = { kind: 'pretrain', seed: 1, precision: 'bfloat16' };
const shape = { sequenceLength: 512, batchSize: 2 };
const ko = (/** @type {number} */ share) => [
  { path: 'train/docs.ko.txt', weight: share / 2, language: 'ko' },
  { path: 'train/reviews.ko.txt', weight: share / 2, language: 'ko' },
];
const en = (/** @type {number} */ share) => [
  { path: 'train/docs.en.txt', weight: (share * 2) / 3, language: 'en' },
  { path: 'train/wiki.en.txt', weight: share / 3, language: 'en' },
];
const onwards = { learningRate: 0.0015, schedule: 'linear', warmup: 0.05 };

const config = {
  ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', vocab_size: 8000, hidden_size: 288 },
  ...{ intermediate_size: 768, num_hidden_layers: 6, num_attention_heads: 6, num_key_value_heads: 6 },
  ...{ max_position_embeddings: 512, rms_norm_eps: 1e-5, rope_theta: 10000, initializer_range: 0.02 },
  ...{ tie_word_embeddings: false, hidden_act: 'silu', bos_token_id: 1, eos_token_id: 2 },
};

/** English first: a vocabulary of 8,000 pieces and a model from random weights; then the Korean vocabulary. */
function base() {
  shop.once('sizes.json', () =>
    writeFileSync(shop.at('sizes.json'), JSON.stringify(writeTexts(shop.data, shop.folder), undefined, 2)),
  );
  const texts = (/** @type {string[]} */ ...names) => names.flatMap((name) => ['--input', `train/${name}.txt`]);
  shop.make('english.model', ['vocab', 'train', ...texts('docs.en', 'wiki.en'), '--type', 'bpe', '--size', '8000']);
  shop.make('korean.model', [
    ...['vocab', 'train', ...texts('docs.ko', 'reviews.ko'), '--type', 'bpe', '--size', '4000'],
    '--no-byte-fallback',
  ]);
  shop.make('merged', ['vocab', 'merge', '--base', 'english.model', '--add', 'korean.model']);
  writeFileSync(shop.at('model-config.json'), `${JSON.stringify(config, undefined, 2)}\n`);
  shop.make('fresh', [
    ...['model', 'init', '--config', 'model-config.json', '--tokenizer', 'english.model'],
    ...['--seed', '7'],
  ]);
  const english = shop.train('english', {
    ...{ ...common, model: 'fresh' },
    data: [
      { path: 'train/docs.en.txt', language: 'en' },
      { path: 'train/wiki.en.txt', language: 'en' },
    ],
    ...{ ...shape, steps: steps.english },
    optimizer: { learningRate: 0.0015, schedule: 'cosine', warmup: 0.03 },
    checkpoint: { every: 250, keep: 1 },
  });
  measure(shop, 'fresh');
  measure(shop, english);
}

const english = join('english', 'final');
/** The model expanded in this way; the seed matters to `random` alone. @param {string} init */
const grown = (init, seed = 1) =>
  shop.make(init === 'random' && seed !== 1 ? `grown-random-${seed}` : `grown-${init}`, [
    ...['vocab', 'expand', '--model', english, '--tokenizer', 'merged/tokenizer.model', '--init', init],
    ...(init === 'random' ? ['--seed', String(seed)] : init === 'aligned' ? ['--parallel', 'train/pairs.jsonl'] : []),
  ]);

/** @param {string} name @param {string} model @param {readonly object[]} data @param {number} count */
function pretrain(name, model, data, count, seed = 1) {
  const fields = { model, data, ...shape, steps: count, optimizer: onwards, checkpoint: { every: 100, keep: 1 } };
  return measure(shop, shop.train(name, { ...common, seed, ...fields }));
}
/** What the paper trains: LoRA on q, k and v, and the rows of the vocabulary. */
const adapted = {
  lora: { rank: 64, alpha: 16, dropout: 0.05, targets: ['q_proj', 'k_proj', 'v_proj'] },
  trainable: ['embed_tokens', 'lm_head'],
};

if (wants('base')) base();
for (const init of ['subpieces', 'aligned', 'random', 'mean']) {
  if (!wants(init)) continue;
  measure(shop, grown(init));
  pretrain(`bilingual-${init}`, `grown-${init}`, [...ko(0.7), ...en(0.3)], steps.bilingual);
}
if (wants('lora')) {
  const fields = { model: grown('subpieces'), data: [...ko(0.7), ...en(0.3)], ...shape, steps: steps.bilingual };
  const how = { optimizer: onwards, checkpoint: { every: 100, keep: 1 }, ...adapted };
  measure(shop, 'grown-subpieces', { adapter: shop.train('bilingual-lora', { ...common, ...fields, ...how }) });
}
if (wants('unexpanded')) pretrain('unexpanded', english, [...ko(0.7), ...en(0.3)], steps.bilingual);
if (wants('koreanOnly')) pretrain('koreanOnly', grown('subpieces'), ko(1), steps.bilingual);
if (wants('sameBytes')) {
  // No more text than the model that was not expanded has read: fewer tokens.
  const runs = { like: 'unexpanded', under: 'bilingual-subpieces' };
  const { times, data } = shop.equalBytes([...ko(0.7), ...en(0.3)], runs);
  pretrain('sameBytes', 'grown-subpieces', data, Math.round(steps.bilingual * times));
}
if (wants('unexpandedBytes')) {
  // The other way about: without expansion on as much text as the expanded one has read, with three times the tokens.
  const runs = { like: 'bilingual-subpieces', under: 'unexpanded' };
  const { times, data } = shop.equalBytes([...ko(0.7), ...en(0.3)], runs);
  pretrain('unexpandedBytes', english, data, Math.round(steps.bilingual * times));
}
// The comparisons again with another order of the text (and other random rows), and on four times as many steps.
const again = ['unexpanded', 'subpieces', 'aligned', 'random', 'mean'];
for (const name of again.filter((one) => wants(`${one}-2`))) {
  const model = name === 'unexpanded' ? english : grown(name, 2);
  pretrain(`${name}-seed2`, model, [...ko(0.7), ...en(0.3)], steps.bilingual, 2);
}
for (const name of again.filter((one) => wants(`${one}-long`))) {
  const model = name === 'unexpanded' ? english : grown(name);
  pretrain(`${name}-long`, model, [...ko(0.7), ...en(0.3)], steps.long);
}
if (wants('sft')) {
  const model = join('bilingual-subpieces', 'final');
  const rows = (/** @type {'ko' | 'en'} */ language, /** @type {number} */ weight) => ({
    path: `train/sft.${language}.json`,
    ...{ weight, language },
  });
  const learn = (/** @type {string} */ name, /** @type {readonly object[]} */ data, fields = {}) =>
    shop.train(name, {
      ...{ ...common, kind: 'sft', model, template: 'alpaca', data, ...shape, batchSize: 4, steps: steps.sft },
      ...{ optimizer: { ...onwards, learningRate: 0.0005 }, checkpoint: { every: 60, keep: 1 }, ...fields },
    });
  measure(shop, model, { answers: true });
  measure(shop, learn('sft-both', [rows('ko', 0.5), rows('en', 0.5)]), { answers: true });
  measure(shop, learn('sft-korean', [rows('ko', 1)]), { answers: true });
  const adapter = learn('sft-lora', [rows('ko', 0.5), rows('en', 0.5)], adapted);
  measure(shop, model, { answers: true, adapter });
}
if (wants('tables')) paperTables(shop);
