// A real pretrained model of 260,032 parameters, stories260K, learns Korean: its own vocabulary of 512 pieces grows, it is
// pretrained on 7 parts of Korean and 3 of English, and learns to answer instructions. By the command line alone;
// docs/reports/stories.md has what came of it. Needs the data directory that has models/stories260K.
//
//     node scripts/reports/stories.mjs --folder DIR [--data ../shared/data] [--threads 1]
//
// goes on where it was stopped.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure } from './measure.mjs';
import { textSets } from './sets.mjs';
import { storiesTables } from './storiesTables.mjs';
import { writeTexts } from './texts.mjs';
import { Workshop } from './workshop.mjs';

const shop = Workshop.fromArguments();
const model = join(shop.data, 'models/stories260K');
const texts = [...textSets, 'stories.en'];
const steps = { pretrain: 1000, sft: 300 };

shop.once('sizes.json', () =>
  writeFileSync(shop.at('sizes.json'), JSON.stringify(writeTexts(shop.data, shop.folder), undefined, 2)),
);
// What the model knew before: stories that it writes itself, drawn at temperature 1.
shop.once('held/stories.en.txt', () => {
  const stories = Array.from({ length: 80 }, (_, i) => {
    const draw = ['--max-tokens', '150', '--temperature', '1', '--seed', String(i + 1), '--json'];
    const told = shop.bllossom(['generate', '--model', model, '--ids', '[1]', ...draw], false);
    return JSON.parse(told).text.replace(/\s+/g, ' ').trim();
  });
  writeFileSync(shop.at('held/stories.en.txt'), `${stories.filter((s) => s.length >= 60).join('\n')}\n`);
});
shop.make('korean.model', [
  ...['vocab', 'train', '--input', 'train/docs.ko.txt', '--input', 'train/reviews.ko.txt'],
  ...['--type', 'bpe', '--size', '2000', '--no-byte-fallback'],
]);
shop.make('merged', ['vocab', 'merge', '--base', join(model, 'tokenizer.model'), '--add', 'korean.model']);

const ko = [
  { path: 'train/docs.ko.txt', weight: 0.35, language: 'ko' },
  { path: 'train/reviews.ko.txt', weight: 0.35, language: 'ko' },
];
const en = [
  { path: 'train/docs.en.txt', weight: 0.2, language: 'en' },
  { path: 'train/wiki.en.txt', weight: 0.1, language: 'en' },
];
const common = { seed: 1, sequenceLength: 512, batchSize: 4, checkpoint: { every: 250, keep: 1 } };

measure(shop, model, { name: 'before', texts });
/** @param {string} name @param {string} from @param {readonly object[]} data @param {number} count */
function pretrain(name, from, data = [...ko, ...en], count = steps.pretrain) {
  const optimizer = { learningRate: 0.003, schedule: 'cosine', warmup: 0.03 };
  const trained = shop.train(name, { ...common, kind: 'pretrain', model: from, data, steps: count, optimizer });
  measure(shop, trained, { texts });
  return trained;
}
/** @param {string} init */
function expandAndPretrain(init) {
  const grown = shop.make(`grown-${init}`, [
    ...['vocab', 'expand', '--model', model, '--tokenizer', 'merged/tokenizer.model', '--init', init],
    ...(init === 'random' ? ['--seed', '1'] : init === 'aligned' ? ['--parallel', 'train/pairs.jsonl'] : []),
  ]);
  measure(shop, grown, { texts });
  return pretrain(`bilingual-${init}`, grown);
}

const bilingual = expandAndPretrain('subpieces');
measure(shop, bilingual, { texts, answers: true });
const learned = shop.train('sft', {
  ...{ ...common, kind: 'sft', model: bilingual, template: 'alpaca', steps: steps.sft },
  data: [
    { path: 'train/sft.ko.json', weight: 0.5, language: 'ko' },
    { path: 'train/sft.en.json', weight: 0.5, language: 'en' },
  ],
  optimizer: { learningRate: 0.001, schedule: 'cosine', warmup: 0.03 },
});
measure(shop, learned, { texts, answers: true });
// Without expansion, on as many tokens; and expanded once more on no more text than that one has read.
pretrain('unexpanded', model);
storiesTables(shop);
const { times, data } = shop.equalBytes([...ko, ...en], { like: 'unexpanded', under: 'bilingual-subpieces' });
pretrain('sameBytes', 'grown-subpieces', data, Math.round(steps.pretrain * times));
for (const init of ['aligned', 'mean', 'random']) {
  storiesTables(shop);
  expandAndPretrain(init);
}
storiesTables(shop);
