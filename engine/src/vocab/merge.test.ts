import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { createTokenizer, parseModel, readSentencePieceFile, type SentencePieceModel } from '../tokenizers/index.ts';
import { dice, english, korean, modelBytes, oddText, trained } from '../tokenizers/testing/models.ts';
import { huggingFace } from '../tokenizers/testing/huggingFace.ts';
import { oracleOf } from '../tokenizers/testing/oracle.ts';
import { PieceType } from '../tokenizers/tokenizer.ts';
import { mergeVocabularies } from './merge.ts';
import { type Recipe, recipeOf, recipes } from './recipes.ts';
import { TextComparison } from './textReport.ts';

const base = trained(english, { size: 450 });
const addition = trained(korean, { size: 180, byteFallback: false });
const merge = (recipe: Recipe, add: SentencePieceModel = addition, to = base) =>
  unwrap(mergeVocabularies(to, add, recipe, 'merged.model'));

/** Counts lines whose ids differ between two models. */
function changed(lines: readonly string[], before: SentencePieceModel, after: SentencePieceModel): number {
  const [a, b] = [createTokenizer(before), createTokenizer(after)];
  return lines.filter((line) => a.encode(line).ids.join() !== b.encode(line).ids.join()).length;
}

/** What texts cost, and whether lines without the new language stayed. */
function compared(lines: readonly string[], recipe: Recipe, add = addition) {
  const merged = unwrap(mergeVocabularies(base, add, recipe, 'merged.model'));
  const comparison = new TextComparison(createTokenizer(base), createTokenizer(merged.model), merged.language.marks);
  for (const [i, line] of lines.entries()) comparison.add('lines.txt', i + 1, line);
  return comparison.result(['lines.txt']);
}

describe.each(recipes)('%s', (recipe) => {
  const { model, report, tokenizerJson } = merge(recipe);

  it('puts the new pieces behind the base, in their order, and counts them', () => {
    const wanted = addition.pieces.filter(({ piece }) => !base.ids.has(piece)).map(({ piece }) => piece);
    expect(model.pieces.slice(0, base.pieces.length)).toEqual(base.pieces);
    const behind = model.pieces.slice(base.pieces.length).map(({ piece }) => piece);
    expect(behind.slice(0, wanted.length)).toEqual(wanted);
    const intermediates = behind.length - wanted.length;
    expect(intermediates > 0).toBe(recipe === 'closed');
    expect(report).toMatchObject({
      recipe,
      base: 450,
      added: wanted.length,
      shared: 180 - wanted.length,
      union: 450 + wanted.length + intermediates,
      intermediates,
      script: 'Hangul',
      skipped: [],
    });
    expect(report.reachable + report.unreachable.length).toBe(report.added);
    expect(model.trainer.vocabularySize).toBe(report.union);
  });

  it('gives the ids that SentencePiece gives', async () => {
    const oracle = await oracleOf(model.bytes);
    const tokenizer = createTokenizer(model);
    const random = dice(11);
    for (const text of [...english, ...korean, ...Array.from({ length: 500 }, () => oddText(random))]) {
      expect(Array.from(tokenizer.encode(text).ids), text).toEqual(oracle.encode(text));
    }
  });

  it('gives Hugging Face’s library the same ids by its tokenizer.json, or says why there is none', async () => {
    expect(report.tokenizerJson.written).toBe(recipe === 'ranked' || recipe === 'closed');
    if (!tokenizerJson.ok) {
      const fact = recipe === 'append' ? 'ties' : 'userDefined';
      expect(report.loadable[1]).toMatchObject({ sameIds: false, because: [{ fact }] });
      return;
    }
    const tokenizer = createTokenizer(model);
    const lines = [...english, ...korean];
    const ids = lines.map((line) => Array.from(tokenizer.encode(line).ids));
    expect(await huggingFace(tokenizerJson.value).encode(lines)).toEqual(ids);
  });

  it('never produces what it calls unreachable, on texts full of Korean', () => {
    const tokenizer = createTokenizer(model);
    const produced = new Set(korean.flatMap((line) => Array.from(tokenizer.encode(line).ids)));
    for (const piece of report.unreachable) expect(produced.has(tokenizer.idOf(piece)!), piece).toBe(false);
  });

  it('produces each piece that it calls reachable from its own text, in SentencePiece too', async () => {
    const oracle = await oracleOf(model.bytes);
    const lost = new Set(report.unreachable);
    for (let id = base.pieces.length; id < base.pieces.length + report.added; id++) {
      const { piece } = model.pieces[id]!;
      const [text, behind] = piece.startsWith('\u2581') ? [piece.slice(1), 0] : [`\n${piece}`, 2];
      const ids = oracle.encode(text.replaceAll('\u2581', ' '));
      expect(ids.slice(behind).join() === String(id), piece).toBe(!lost.has(piece));
    }
  });

  it('gives each unreachable piece one reason', () => {
    const groups = report.unreachableBecause;
    expect(groups.flatMap(({ pieces }) => pieces.map(({ piece }) => piece)).sort()).toEqual(
      [...report.unreachable].sort(),
    );
    for (const { reason, count, pieces } of groups) {
      expect(pieces).toHaveLength(count);
      for (const { piece, spelled, missing } of pieces) {
        if (reason === 'noMerges') {
          expect(missing!.length, piece).toBeGreaterThan(0);
          for (const text of missing!) expect(model.ids.has(text)).toBe(false);
        }
        if (reason === 'noMerges' || reason === 'outranked') expect(spelled!.length, piece).toBeGreaterThan(1);
      }
    }
  });
});

describe('ranked', () => {
  it('leaves texts without the new script as they were', () => {
    const random = dice(12);
    const lines = Array.from({ length: 500 }, () => oddText(random).replace(/\p{Script=Hangul}/gu, 'x'));
    const single = new Set(addition.pieces.map(({ piece }) => piece).filter((piece) => Array.from(piece).length === 1));
    const covered = [...english, ...lines].filter((line) =>
      Array.from(line.replaceAll(' ', '\u2581')).every((c) => base.ids.has(c) || !single.has(c)),
    );
    expect(covered.length).toBeGreaterThan(100);
    expect(changed(covered, base, merge('ranked').model)).toBe(0);
  });

  it('saves tokens in the new language', () => {
    const cost = compared(korean, 'ranked');
    expect(cost.tokensAfter).toBeLessThan(cost.tokensBefore / 2);
    expect(cost.percent).toBeCloseTo(100 * (1 - cost.tokensAfter / cost.tokensBefore), 1);
  });

  it('works for any script', () => {
    const russian = trained(['Сегодня утром была хорошая погода, и мы пошли на старый рынок.'], { size: 320 });
    const { model, report } = merge('ranked', russian);
    expect(report.script).toBe('Cyrillic');
    expect(report.skipped).toEqual([]);
    expect(changed(english, base, model)).toBe(0);
  });

  it('gives each new piece a score of its own, also where float32 is coarse', () => {
    const low = unwrap(parseModel(modelBytes({ algorithm: 'bpe', pieces: [['a', -1e9]] }), 'low.model'));
    const scores = merge('ranked', addition, low)
      .model.pieces.slice(4)
      .map(({ score }) => score);
    expect(new Set(scores).size).toBe(scores.length);
    expect(Math.max(...scores)).toBeLessThan(-1e9);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });
});

describe('merging', () => {
  it('does not take over special pieces of the addition', () => {
    const special = unwrap(
      parseModel(modelBytes({ algorithm: 'unigram', pieces: [['<pad>', 0, PieceType.control], ['가', -1]] }), 'a'), // prettier-ignore
    );
    const { report } = merge('ranked', special);
    expect(report).toMatchObject({ added: 1, shared: 3, skipped: ['<pad>'] });
  });

  it('refuses a unigram base and recipes that are not there', () => {
    const unigram = unwrap(parseModel(modelBytes({ algorithm: 'unigram', pieces: [['a', 0]] }), 'u.model'));
    expect(mergeVocabularies(unigram, base, 'ranked', 'm')).toMatchObject({ ok: false, problem: { where: { file: 'u.model' } } }); // prettier-ignore
    expect(recipeOf('best')).toMatchObject({ ok: false, problem: { what: 'there is no recipe best' } });
    expect(recipeOf('ranked')).toEqual({ ok: true, value: 'ranked' });
  });
});

const shared = path.resolve(import.meta.dirname, '../../../../shared/data');
if (!existsSync(shared)) process.stderr.write('no ../shared/data: Llama 2 and KoBERT are not merged\n');

describe.runIf(existsSync(shared))('Llama 2 and KoBERT', () => {
  const read = async (name: string) =>
    unwrap(await readSentencePieceFile(path.join(shared, `tokenizers/${name}.model`)));

  const recipe = { ranked: [6017, 0], append: [6360, 0], greedy: [7087, 0], closed: [7087, 1617] } as const;

  it.each(recipes)('%s: the published sizes, and the ids of SentencePiece', async (name) => {
    const [llama2, kobert] = [await read('llama2'), await read('kobert')];
    const { model, report } = merge(name, kobert, llama2);
    const [reachable, intermediates] = recipe[name];
    expect(report).toMatchObject({
      base: 32000,
      added: 7478,
      shared: 522,
      union: 39478 + intermediates,
      reachable,
      intermediates,
    });
    const piece = (id: number) => model.pieces[id]?.piece;
    expect([32000, 32001, 32002, 39476, 39477].map(piece)).toEqual(['에서', '으로', '▁있다', '◀', '펼']);
    const held = report.unreachableBecause.find(({ reason }) => reason === 'heldBack')?.count ?? 0;
    expect(held).toBe(name === 'append' ? 0 : 391);
    const tokenizer = createTokenizer(model);
    const oracle = await oracleOf(model.bytes);
    const lines = (file: string) => readFileSync(path.join(shared, 'corpora', file), 'utf8').split('\n');
    for (const line of [...lines('korean-english-park.dev.ko'), ...lines('korean-english-park.dev.en').slice(0, 300)]) {
      expect(Array.from(tokenizer.encode(line).ids), line).toEqual(oracle.encode(line));
    }
    const pieces = Array.from(tokenizer.encode('햄버거를 먹는 공룡').ids, piece);
    expect(pieces).toEqual(['▁', '햄', '버', '거', '를', '▁먹', '는', '▁공', '룡']);
  });
});
