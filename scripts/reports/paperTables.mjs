// The tables of docs/reports/paper.md and its pictures, from what paper.mjs has measured so far: tables.md and *.svg in its folder.
import { writeFileSync } from 'node:fs';
import { figure, measured } from './measure.mjs';
import { answerSets, english, korean } from './sets.mjs';
import { curve } from './svg.mjs';
import { byteCurve, bytesRead, commandList, costs, differenceRows, interval, kinds, table } from './tables.mjs';

const inits = ['subpieces', 'aligned', 'mean', 'random'];
const pretrained = [
  ...inits.map((init) => `bilingual-${init}`),
  'bilingual-lora',
  'unexpanded',
  'sameBytes',
  'unexpandedBytes',
  'koreanOnly',
];
const again = ['subpieces', 'aligned', 'mean', 'random', 'unexpanded'];
const instructed = ['sft-both', 'sft-korean', 'sft-lora'];

/** @param {string} name */
const titleOf = (name) => (name === 'unexpanded' ? '7:3, not expanded' : `7:3 on \`${name}\``);

/** @param {import('./workshop.mjs').Workshop} shop */
export function paperTables(shop) {
  const rows = [
    ['random weights', 'fresh'],
    ['English pretraining', 'english'],
    ...inits.map((init) => [`expanded, \`${init}\``, `grown-${init}`]),
    ...inits.map((init) => [`7:3 on \`${init}\``, `bilingual-${init}`]),
    ['7:3 on `subpieces`, LoRA', 'bilingual-lora'],
    ['7:3, not expanded', 'unexpanded'],
    ['the same text on `subpieces`: fewer tokens', 'sameBytes'],
    ['7:3, not expanded, as much text as on `subpieces`', 'unexpandedBytes'],
    ['Korean only, on `subpieces`', 'koreanOnly'],
    ...again.map((name) => [`${titleOf(name)}, second seed`, `${name}-seed2`]),
    ...again.map((name) => [`${titleOf(name)}, 640 steps`, `${name}-long`]),
    ['7:3, then both instructions', 'sft-both.answers'],
    ['7:3, then Korean instructions', 'sft-korean.answers'],
    ['7:3, then both, LoRA', 'sft-lora.answers'],
  ].flatMap(([title = '', name = '']) => {
    const of = measured(shop, name);
    if (of === undefined) return [];
    return [[title, ...[korean, ['news.ko'], english, ['news.en']].map((sets) => interval(figure(of, sets)))]];
  });
  const best = 'bilingual-subpieces';
  /** @type {[string, string][]} */
  const pairs = [
    ...['unexpanded', 'koreanOnly', ...inits.slice(1).map((init) => `bilingual-${init}`), 'bilingual-lora'].map(
      (name) => /** @type {[string, string]} */ ([name, best]),
    ),
    ['unexpanded', 'sameBytes'],
    ['unexpandedBytes', best],
    ...again.slice(1).map((name) => /** @type {[string, string]} */ ([`${name}-seed2`, 'subpieces-seed2'])),
    ...again.slice(1).map((name) => /** @type {[string, string]} */ ([`${name}-long`, 'subpieces-long'])),
    ['sft-korean.answers', 'sft-both.answers'],
  ];
  const differences = differenceRows(shop, pairs, [korean, ['news.ko'], english, ['news.en']]);
  const runs = ['english', ...pretrained, ...again.map((name) => `${name}-long`), ...instructed].filter((run) =>
    shop.has(`${run}/final`),
  );
  const read = runs.map((run) => {
    const { trained, all } = shop.record(run).trains;
    const last = shop.metrics(run).at(-1);
    const size = instructed.includes(run) ? undefined : bytesRead(shop, run);
    const kilobytes = size === undefined ? ['', ''] : [size.ko.toFixed(0), size.en.toFixed(0)];
    const share = `${trained.toLocaleString('en')} of ${all.toLocaleString('en')}, ${((100 * trained) / all).toFixed(1)} %`;
    return [run, share, String(last.step), last.tokens.toLocaleString('en'), ...kilobytes, last.elapsed.toFixed(0)];
  });
  const answers = ['bilingual-subpieces', ...instructed].flatMap((name) => {
    const of = measured(shop, `${name}.answers`);
    return of === undefined
      ? []
      : [[name, ...answerSets.map((set) => `${interval(figure(of, [set]))}, n = ${of[set]?.length ?? 0}`)]];
  });
  const onAnswers = differenceRows(
    shop,
    [
      ...instructed.map((name) => /** @type {[string, string]} */ ([`${name}.answers`, `${best}.answers`])),
      ['sft-korean.answers', 'sft-both.answers'],
      ['sft-lora.answers', 'sft-both.answers'],
    ],
    answerSets.map((set) => [set]),
  );
  const tables = [
    table(['bits per byte', 'Korean', 'Korean news', 'English', 'English news'], rows),
    table(['difference', 'Korean', 'Korean news', 'English', 'English news'], differences),
    table(['run', 'trains', 'steps', 'tokens', 'Korean kB', 'English kB', 'seconds'], read),
    table(['answers, bits per byte', 'Korean', 'English'], answers),
    table(['difference on answers', 'Korean', 'English'], onAnswers),
    costs(shop, [
      ['English, 8,000 pieces', 'english'],
      ['merged', 'grown-subpieces'],
    ]),
    kinds(
      shop,
      [...pretrained, ...again.map((name) => `${name}-long`), ...instructed].filter((run) => shop.has(`${run}/final`)),
    ),
    commandList(shop),
  ];
  writeFileSync(shop.at('tables.md'), `${tables.join('\n\n')}\n`);
  for (const [language, words] of /** @type {const} */ ([
    ['ko', 'Korean'],
    ['en', 'English'],
  ])) {
    const lines = pretrained
      .filter((run) => shop.has(`${run}/final`) && !(language === 'en' && run === 'koreanOnly'))
      .map((run) => ({
        name: run.replace('bilingual-', ''),
        points: byteCurve(shop, run, language),
        dashed: !run.startsWith('bilingual'),
      }));
    const title = `Pretraining in two languages: training loss of the ${words} part`;
    if (lines.length > 0)
      writeFileSync(
        shop.at(`paper.${language}.svg`),
        curve({ title, x: 'kilobytes of text read', y: 'bits per byte', lines }),
      );
  }
}
