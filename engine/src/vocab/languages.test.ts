/** The whole path of a new vocabulary, in languages of several kinds: nothing on it may be made for one of them. */
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { createTokenizer, type SentencePieceModel } from '../tokenizers/index.ts';
import { english, korean, trained } from '../tokenizers/testing/models.ts';
import { oracleOf } from '../tokenizers/testing/oracle.ts';
import { mergeVocabularies } from './merge.ts';
import { recipes } from './recipes.ts';
import { TextComparison } from './textReport.ts';

interface Language {
  readonly script: string | null;
  readonly lines: readonly string[];
}

const languages: Record<string, Language> = {
  // No spaces between words, vowel signs that combine.
  Thai: {
    script: 'Thai',
    lines: [
      'เช้านี้อากาศดี เราจึงเดินเลียบแม่น้ำไปตลาดเก่า',
      'ตลาดเก่าอยู่ริมแม่น้ำ เช้านี้มีคนเดินตลาดมาก',
      'เธอถามว่าห้องสมุดเปิดวันอาทิตย์ไหม แต่ไม่มีใครรู้',
      'วันอาทิตย์ห้องสมุดไม่เปิด เราจึงเดินไปตลาด',
    ],
  },
  // Three scripts in one sentence, no spaces.
  Japanese: {
    script: 'Han',
    lines: [
      '今朝は天気がよかったので、川に沿って古い市場まで歩いた。',
      '古い市場は川のそばにあって、今朝は人が多かった。',
      '図書館が日曜日に開くかどうか聞いたが、だれも知らなかった。',
      '日曜日に図書館は開かないので、市場まで歩いた。コーヒーを飲んだ。',
    ],
  },
  // Consonants that carry a vowel; other vowels, and conjuncts, by signs that combine.
  Hindi: {
    script: 'Devanagari',
    lines: [
      'आज सुबह मौसम अच्छा था, इसलिए हम नदी के किनारे पुराने बाज़ार तक पैदल गए।',
      'पुराना बाज़ार नदी के किनारे है, और आज सुबह बाज़ार में बहुत लोग थे।',
      'उसने पूछा कि क्या पुस्तकालय रविवार को खुलता है, पर किसी को पता नहीं था।',
      'रविवार को पुस्तकालय बंद था, इसलिए हम पैदल बाज़ार तक गए।',
    ],
  },
  // Written from right to left.
  Arabic: {
    script: 'Arabic',
    lines: [
      'كان الطقس جميلا هذا الصباح فمشينا على ضفة النهر إلى السوق القديم.',
      'السوق القديم على ضفة النهر، وكان فيه هذا الصباح ناس كثيرون.',
      'سألت هل تفتح المكتبة يوم الأحد ولم يعرف أحد.',
    ],
  },
  // The script of the base.
  Vietnamese: {
    script: null,
    lines: [
      'Sáng nay thời tiết đẹp nên chúng tôi đi bộ dọc bờ sông đến khu chợ cũ.',
      'Khu chợ cũ ở gần bờ sông, sáng nay có rất nhiều người đi chợ.',
      'Cô ấy hỏi thư viện có mở cửa vào chủ nhật không nhưng không ai biết.',
      'Chủ nhật thư viện không mở cửa nên chúng tôi đi bộ đến chợ.',
    ],
  },
};

const base = trained(english, { size: 450 });
const encodings = (model: SentencePieceModel, lines: readonly string[]) => {
  const tokenizer = createTokenizer(model);
  return lines.map((line) => Array.from(tokenizer.encode(line).ids));
};

const cases = Object.entries(languages).flatMap(([name, language]) => {
  const characters = new Set(language.lines.join('')).size;
  const addition = trained(language.lines, { size: 3 + characters + 60, byteFallback: false });
  return recipes.map((recipe) => ({ name, recipe, addition, ...language }));
});

describe.each(cases)('$name behind English, $recipe', ({ recipe, addition, script, lines }) => {
  const { model, language, report } = unwrap(mergeVocabularies(base, addition, recipe, 'merged.model'));
  const comparison = new TextComparison(createTokenizer(base), createTokenizer(model), language.marks);
  for (const [i, line] of [...english, ...lines].entries()) comparison.add('lines.txt', i + 1, line);
  const text = comparison.result(['lines.txt']);

  it('adds pieces that can be reached, and finds the script', () => {
    expect(report.script).toBe(script);
    expect(report.added).toBeGreaterThan(60);
    expect(report.reachable + report.unreachable.length).toBe(report.added);
    // Where the script is the base's own, pieces of plain letters are left to the base.
    expect(report.reachable).toBeGreaterThan(report.added / (script === null ? 3 : 1.5));
    if (script !== null) expect(report.newPiecesByScript[0]!.script).toBe(script);
    const longer = new Set(
      encodings(model, lines)
        .flat()
        .filter((id) => id >= base.pieces.length),
    );
    expect([...longer].some((id) => Array.from(model.pieces[id]!.piece).length > 1)).toBe(true);
  });

  it('reaches every piece of the new language where the recipe says so', () => {
    if (recipe !== 'closed' && recipe !== 'greedy') return;
    expect(report.unreachableBecause.filter(({ reason }) => reason !== 'heldBack')).toEqual([]);
  });

  it('takes fewer tokens, and says so of the script', () => {
    const row = text.byScript.find((cost) => cost.script === (script ?? 'Latin'))!;
    expect(row.after.tokens).toBeLessThan(row.before.tokens * (script === null ? 0.9 : 0.6));
    expect(row.after.perLetter!).toBeLessThan(row.before.perLetter!);
    if (script !== null) expect(row.after.bytesShare).toBeLessThan(row.before.bytesShare);
  });

  it('leaves English as it was, and proves it', () => {
    if (recipe === 'append') return;
    expect(encodings(model, english)).toEqual(encodings(base, english));
    expect(text.proof).toMatchObject({ newLanguage: lines.length, unchanged: english.length, changed: 0 });
  });

  it('gives the ids that SentencePiece gives', async () => {
    const oracle = await oracleOf(model.bytes);
    const all = [...lines, ...english, ...korean];
    expect(encodings(model, all)).toEqual(all.map((line) => oracle.encode(line)));
  });
});

describe('more of the base’s own language', () => {
  const more = trained(['theater weather feather leather', 'the weather of the theater'], {
    size: 30,
    byteFallback: false,
  });
  const lines = [...english, 'theater feather leather'];

  it('is left to the base by ranked: no piece of known characters is produced', () => {
    const { model, report } = unwrap(mergeVocabularies(base, more, 'ranked', 'merged.model'));
    expect(report).toMatchObject({ script: null, reachable: 0 });
    expect(report.added).toBeGreaterThan(0);
    expect(encodings(model, lines)).toEqual(encodings(base, lines));
  });

  it('is changed by append', () => {
    const { model } = unwrap(mergeVocabularies(base, more, 'append', 'merged.model'));
    expect(encodings(model, lines)).not.toEqual(encodings(base, lines));
  });
});
