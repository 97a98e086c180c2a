// Figures as Markdown tables, and what was run as a list of commands.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { difference, measured } from './measure.mjs';

/** @typedef {import('./measure.mjs').Figure} Figure */
/** @typedef {import('./workshop.mjs').Workshop} Workshop */

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/**
 * Bytes of text by language that a run read, in thousands: each file's share of the tokens at that file's bytes per token.
 * @param {Workshop} shop
 * @param {string} run
 */
export function bytesRead(shop, run) {
  const sizes = JSON.parse(readFileSync(shop.at('sizes.json'), 'utf8'));
  const tokens = shop.metrics(run).at(-1)?.tokens ?? 0;
  const read = { ko: 0, en: 0 };
  for (const source of shop.record(run).sources) {
    const size = sizes[path.relative(shop.folder, source.path)];
    const language = source.language === 'ko' ? 'ko' : 'en';
    read[language] += (source.share * tokens * size.bytes) / source.tokens / 1000;
  }
  return { tokens, ...read };
}

/** Hangul syllables of the held-out passages of a set. @param {Workshop} shop @param {string} set */
export const syllables = (shop, set) =>
  (readFileSync(shop.at('held', `${set}.txt`), 'utf8').match(/[가-힣]/g) ?? []).length;

/**
 * What held-out text costs under a tokenizer: tokens per Hangul syllable, bytes per token.
 * @param {Workshop} shop
 * @param {readonly (readonly [title: string, measured: string])[]} tokenizers by a model that has each
 */
export function costs(shop, tokenizers) {
  const sets = ['docs.ko', 'reviews.ko', 'news.ko', 'docs.en', 'wiki.en', 'news.en'];
  const rows = tokenizers.flatMap(([title, name]) => {
    const of = measured(shop, name);
    if (of === undefined) return [];
    const cells = sets.map((set) => {
      const sum = (/** @type {'tokens' | 'bytes'} */ what) => (of[set] ?? []).reduce((total, p) => total + p[what], 0);
      const perSyllable = set.endsWith('.ko') ? `${(sum('tokens') / syllables(shop, set)).toFixed(2)}; ` : '';
      return `${perSyllable}${(sum('bytes') / sum('tokens')).toFixed(2)}`;
    });
    return [[title, ...cells]];
  });
  return table(['tokens per syllable; bytes per token', ...sets], rows);
}

/**
 * Differences of models on the same passages: a row for each pair of which both were measured.
 * @param {Workshop} shop
 * @param {readonly (readonly [a: string, b: string])[]} pairs
 * @param {readonly (readonly string[])[]} columns sets
 */
export const differenceRows = (shop, pairs, columns) =>
  pairs.flatMap(([a, b]) => {
    const [of, than] = [measured(shop, a), measured(shop, b)];
    if (of === undefined || than === undefined) return [];
    return [[`\`${a}\` less \`${b}\``, ...columns.map((sets) => interval(difference(of, than, sets)))]];
  });

/** Training loss of one language in bits per byte along a run, against the bytes of both languages read. @param {Workshop} shop @param {string} run @param {'ko' | 'en'} language */
export function byteCurve(shop, run, language, width = 20) {
  const { tokens, ko, en } = bytesRead(shop, run);
  const sizes = JSON.parse(readFileSync(shop.at('sizes.json'), 'utf8'));
  const sources = shop.record(run).sources.filter((s) => s.language === language);
  const share = sources.reduce((sum, s) => sum + s.share, 0);
  const bytesPerToken =
    sources.reduce((sum, s) => sum + (s.share * sizes[path.relative(shop.folder, s.path)].bytes) / s.tokens, 0) / share;
  const bits = (/** @type {any} */ row) => {
    const loss = row.lossByLanguage?.[language]; // a step's rows may hold none of it
    return loss === undefined ? undefined : loss / Math.LN2 / bytesPerToken;
  };
  return smooth(shop.metrics(run), (row) => ((ko + en) * row.tokens) / tokens, bits, width);
}

/**
 * Training loss by kind of token, in bits per token: means of a run's first and of its last steps. A vocabulary that was not
 * expanded has no kinds.
 * @param {Workshop} shop
 * @param {readonly string[]} runs
 */
export function kinds(shop, runs, width = 20) {
  const names = /** @type {const} */ (['old', 'new', 'byte']);
  const rows = runs.flatMap((run) => {
    const steps = shop.metrics(run);
    if (!steps.some((step) => step.lossByKind !== undefined)) return [];
    const mean = (/** @type {readonly any[]} */ part, /** @type {string} */ kind) => {
      const losses = part.flatMap((step) => step.lossByKind?.[kind] ?? []);
      const sum = losses.reduce((total, loss) => total + loss / Math.LN2, 0);
      return losses.length === 0 ? '' : `${(sum / losses.length).toFixed(2)} (${losses.length})`;
    };
    return [
      [run, ...[steps.slice(0, width), steps.slice(-width)].flatMap((part) => names.map((kind) => mean(part, kind)))],
    ];
  });
  const title = (/** @type {string} */ when) => names.map((name) => `${name}, ${when}`);
  return table(['bits per token', ...title('first'), ...title('last')], rows);
}

/** `2.345 (2.300 to 2.390)`. @param {Figure} figure */
export const interval = ({ mean, low, high }, digits = 3) =>
  `${mean.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;

/** The commands that were kept, the data directory by its name. @param {Workshop} shop */
export function commandList(shop) {
  return shop
    .commands()
    .map(
      ({ line, seconds }) =>
        `${line.replaceAll(shop.data, '$DATA').replaceAll(shop.folder, '.')}   # ${seconds.toFixed(0)} s`,
    )
    .join('\n');
}

/** Means of so many steps each, at the middle's value of `x`. @param {readonly any[]} rows @param {(row: any) => number} x @param {(row: any) => number | undefined} y */
export function smooth(rows, x, y, width = 20) {
  /** @type {[number, number][]} */
  const points = [];
  for (let i = 0; i + width <= rows.length; i += width) {
    const values = rows.slice(i, i + width).flatMap((row) => y(row) ?? []);
    if (values.length === 0) continue;
    points.push([x(rows[i + width - 1]), values.reduce((sum, v) => sum + v, 0) / values.length]);
  }
  return points;
}
