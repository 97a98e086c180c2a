// The texts of the real runs: read from a data directory, cut into passages, held-out ones set apart. A passage has 480 bytes
// at most, so that it fits a row of 512 tokens under any vocabulary with byte fallback, and every model is measured on all of it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const longest = 480;

/** @typedef {{ ko: string, en: string }} Pair */
/** @typedef {{ instruction: string, input: string, output: string, history?: unknown[] }} Instruction */

/** A number that follows from a text alone (FNV-1a). @param {string} text */
const hash = (text) => {
  let h = 0x811c9dc5;
  for (const byte of Buffer.from(text)) h = Math.imul(h ^ byte, 0x01000193) >>> 0;
  return h;
};
/** Whether one of `n` texts, by chance that follows from the text. */
const oneOf = (/** @type {number} */ n, /** @type {string} */ text) => hash(text) % n === 0;
const bytes = (/** @type {string} */ text) => Buffer.byteLength(text);
const plain = (/** @type {string} */ text) => text.replace(/\s+/g, ' ').trim();
const lines = (/** @type {readonly string[]} */ texts) => `${texts.join('\n')}\n`;

/** Cuts a text at spaces into passages of `longest` bytes at most. @param {string} text */
function passages(text) {
  const found = [];
  let passage = '';
  for (const word of plain(text).split(' ')) {
    const longer = passage === '' ? word : `${passage} ${word}`;
    if (bytes(longer) <= longest) passage = longer;
    else {
      if (passage !== '') found.push(passage);
      passage = bytes(word) <= longest ? word : '';
    }
  }
  if (passage !== '') found.push(passage);
  return found.filter((p) => bytes(p) >= 20);
}

/** The passages of `held` of which no 40 characters on end stand in `train`: copies and near copies are left out. */
function apart(/** @type {readonly string[]} */ held, /** @type {readonly string[]} */ train) {
  const width = 40;
  const wanted = new Map(); // window -> indices of held passages
  held.forEach((text, i) => {
    for (let at = 0; at + width <= text.length; at++) {
      const window = text.slice(at, at + width);
      const list = wanted.get(window);
      if (list === undefined) wanted.set(window, new Set([i]));
      else list.add(i);
    }
  });
  const short = new Map(held.flatMap((text, i) => (text.length < width ? [[text, i]] : [])));
  const met = new Set();
  for (const text of train) {
    if (short.has(text)) met.add(short.get(text));
    for (let at = 0; at + width <= text.length; at++) {
      for (const i of wanted.get(text.slice(at, at + width)) ?? []) met.add(i);
    }
  }
  return held.filter((_, i) => !met.has(i));
}

/** The first `n` after an order that follows from the texts alone. */
const drawn = (/** @type {readonly string[]} */ texts, /** @type {number} */ n) =>
  [...new Set(texts)].sort((a, b) => hash(a) - hash(b) || (a < b ? -1 : 1)).slice(0, n);

/**
 * Writes all texts into a folder and answers how much there is of each.
 *   train/{docs,wiki}.en.txt, train/{docs,reviews}.ko.txt, train/pairs.jsonl, train/{ko,en}.sft.json
 *   held/{docs,wiki,news}.en.txt, held/{docs,reviews,news}.ko.txt, held/sft.{ko,en}.jsonl
 * @param {string} data the data directory
 * @param {string} folder
 */
export function writeTexts(data, folder) {
  const source = (/** @type {string} */ name) => readFileSync(path.join(data, name), 'utf8');
  for (const name of ['train', 'held']) mkdirSync(path.join(folder, name), { recursive: true });
  /** @type {Record<string, { texts: number, bytes: number }>} */
  const sizes = {};
  const write = (/** @type {string} */ name, /** @type {readonly string[]} */ texts) => {
    writeFileSync(path.join(folder, name), lines(texts));
    sizes[name] = { texts: texts.length, bytes: texts.reduce((sum, text) => sum + bytes(text), 0) };
  };
  // The documentation: whole files of it are held out, one in twelve.
  const rows = source('corpora/python-docs.ko-en.jsonl')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => /** @type {Pair & { file: string }} */ (JSON.parse(line)));
  const isHeld = (/** @type {{ file: string }} */ row) => oneOf(12, row.file);
  const docs = /** @type {const} */ (['ko', 'en']).map((language) => {
    const of = (/** @type {boolean} */ held) => [
      ...new Set(rows.filter((row) => isHeld(row) === held).flatMap((row) => passages(row[language]))),
    ];
    return { language, train: of(false), held: of(true) };
  });
  const wiki = source('corpora/wiki.en.txt')
    .split('\n')
    .filter((line) => line !== '');
  const wikiHeld = wiki.filter((_, i) => i % 10 === 4).flatMap(passages);
  const wikiTrain = wiki.filter((_, i) => i % 10 !== 4).flatMap(passages);
  const reviews = [...new Set(source('corpora/nsmc.ko.txt').split('\n').map(plain))].filter(
    (line) => bytes(line) >= 20 && bytes(line) <= longest && !line.includes('\u0000'),
  );
  const reviewsHeld = reviews.filter((line) => oneOf(100, line));
  const reviewsTrain = reviews.filter((line) => !oneOf(100, line));
  const everything = {
    ko: [...docs.flatMap((d) => (d.language === 'ko' ? d.train : [])), ...reviewsTrain],
    en: [...docs.flatMap((d) => (d.language === 'en' ? d.train : [])), ...wikiTrain],
  };
  const held = (/** @type {string} */ name, /** @type {readonly string[]} */ texts, /** @type {number} */ n) => {
    const language = name.endsWith('.ko') ? 'ko' : 'en';
    // Shorter than 60 bytes is a heading; Korean passages are those with a sentence of Hangul in them.
    const long = texts.filter((t) => bytes(t) >= 60 && (language === 'en' || (t.match(/[가-힣]/g) ?? []).length > 15));
    write(`held/${name}.txt`, apart(drawn(long, Math.round(n * 1.5)), everything[language]).slice(0, n));
  };
  for (const { language, train, held: texts } of docs) {
    write(`train/docs.${language}.txt`, train);
    held(`docs.${language}`, texts, 90);
  }
  write('train/wiki.en.txt', wikiTrain);
  held('wiki.en', wikiHeld, 60);
  write('train/reviews.ko.txt', reviewsTrain);
  held('reviews.ko', reviewsHeld, 120);
  for (const language of ['ko', 'en'])
    held(`news.${language}`, source(`corpora/korean-english-park.dev.${language}`).split('\n').flatMap(passages), 60);
  // Pairs that align new pieces with old ones: of the training files alone.
  const pairs = rows.filter((row) => !isHeld(row) && row.ko.length >= 20 && row.ko.length <= 600);
  write('train/pairs.jsonl', [...new Set(pairs.map(({ ko, en }) => JSON.stringify({ ko, en })))]);
  instructions(source, write, folder, sizes);
  return sizes;
}

/**
 * Instructions that fit a row, the held-out ones without a question that training has.
 * @param {(name: string) => string} source
 * @param {(name: string, texts: readonly string[]) => void} write
 * @param {string} folder
 * @param {Record<string, { texts: number, bytes: number }>} sizes
 */
function instructions(source, write, folder, sizes) {
  for (const [language, name, most] of /** @type {const} */ ([
    ['ko', 'sft/koalpaca.ko.json', 700],
    ['en', 'sft/lima.en.json', 1300],
  ])) {
    const seen = new Set();
    const all = /** @type {Instruction[]} */ (JSON.parse(source(name))).filter((row) => {
      const size = bytes(row.instruction + row.input + row.output);
      if (size > most || row.output.trim() === '' || seen.has(row.instruction)) return false;
      if (row.history !== undefined && row.history.length > 0) return false;
      seen.add(row.instruction);
      return true;
    });
    const plainRow = (/** @type {Instruction} */ { instruction, input, output }) => ({ instruction, input, output });
    const isHeld = (/** @type {Instruction} */ row) => oneOf(language === 'ko' ? 60 : 8, row.instruction);
    const train = all.filter((row) => !isHeld(row)).map(plainRow);
    writeFileSync(path.join(folder, `train/sft.${language}.json`), JSON.stringify(train));
    sizes[`train/sft.${language}.json`] = {
      texts: train.length,
      bytes: train.reduce((sum, row) => sum + bytes(row.output), 0),
    };
    write(
      `held/sft.${language}.jsonl`,
      all
        .filter(isHeld)
        .slice(0, 100)
        .map((row) => JSON.stringify({ ...plainRow(row), output: plain(row.output) })),
    );
  }
}
