// The tables of docs/reports/stories.md and its picture, from what stories.mjs measured: tables.md and stories.svg in its folder.
import { writeFileSync } from 'node:fs';
import { figure, measured } from './measure.mjs';
import { answerSets, english, korean } from './sets.mjs';
import { curve } from './svg.mjs';
import { byteCurve, bytesRead, commandList, costs, differenceRows, interval, kinds, table } from './tables.mjs';

const inits = ['subpieces', 'aligned', 'mean', 'random'];

/** @param {import('./workshop.mjs').Workshop} shop */
export function storiesTables(shop) {
  const rows = [
    ['as it came', 'before'],
    ...inits.map((init) => [`expanded, \`${init}\``, `grown-${init}`]),
    ...inits.map((init) => [`pretrained 7:3 on \`${init}\``, `bilingual-${init}`]),
    ['pretrained 7:3, not expanded', 'unexpanded'],
    ['the same text on `subpieces`: fewer tokens', 'sameBytes'],
    ['`subpieces`, pretrained, then instructions', 'sft.answers'],
  ].flatMap(([title = '', name = '']) => {
    const of = measured(shop, name);
    if (of === undefined) return [];
    const cells = [korean, ['news.ko'], english, ['news.en'], ['stories.en']].map((sets) => interval(figure(of, sets)));
    return [[title, ...cells]];
  });
  const best = 'bilingual-subpieces';
  /** @type {[string, string][]} */
  const pairs = [
    ['unexpanded', best],
    ['unexpanded', 'sameBytes'],
    ...inits.slice(1).map((init) => /** @type {[string, string]} */ ([`bilingual-${init}`, best])),
  ];
  const differences = differenceRows(shop, pairs, [korean, ['news.ko'], english, ['news.en'], ['stories.en']]);
  const runs = [...inits.map((init) => `bilingual-${init}`), 'unexpanded', 'sameBytes', 'sft'].filter((run) =>
    shop.has(`${run}/final`),
  );
  const read = runs.map((run) => {
    const { trained, all } = shop.record(run).trains;
    const { elapsed } = shop.metrics(run).at(-1);
    const size = run === 'sft' ? undefined : bytesRead(shop, run);
    const kilobytes = size === undefined ? ['', ''] : [size.ko.toFixed(0), size.en.toFixed(0)];
    const tokens = shop.metrics(run).at(-1).tokens.toLocaleString('en');
    return [run, `${trained} of ${all}`, tokens, ...kilobytes, elapsed.toFixed(0)];
  });
  const answers = ['bilingual-subpieces', 'sft'].flatMap((name) => {
    const of = measured(shop, `${name}.answers`);
    return of === undefined
      ? []
      : [[name, ...answerSets.map((set) => `${interval(figure(of, [set]))}, n = ${of[set]?.length ?? 0}`)]];
  });
  const onAnswers = differenceRows(
    shop,
    [['sft.answers', `${best}.answers`]],
    answerSets.map((set) => [set]),
  );
  const tables = [
    table(['bits per byte', 'Korean', 'Korean news', 'English', 'English news', 'its own stories'], rows),
    table(['difference', 'Korean', 'Korean news', 'English', 'English news', 'its own stories'], differences),
    table(['run', 'trains', 'tokens', 'Korean kB', 'English kB', 'seconds'], read),
    table(['answers, bits per byte', 'Korean', 'English'], answers),
    table(['difference on answers', 'Korean', 'English'], onAnswers),
    costs(shop, [
      ['its own 512 pieces', 'before'],
      ['merged', 'grown-subpieces'],
    ]),
    kinds(shop, runs),
    commandList(shop),
  ];
  writeFileSync(shop.at('tables.md'), `${tables.join('\n\n')}\n`);
  const lines = runs
    .filter((run) => run !== 'sft')
    .map((run) => ({
      name: run.replace('bilingual-', ''),
      points: byteCurve(shop, run, 'ko', 40),
      dashed: !run.startsWith('bilingual'),
    }));
  const title = 'stories260K learns Korean: training loss of the Korean part';
  if (lines.length > 0)
    writeFileSync(shop.at('stories.svg'), curve({ title, x: 'kilobytes of text read', y: 'bits per byte', lines }));
}
