/** The whole path of a new vocabulary, in languages of several kinds: nothing on it may be made for one of them. */
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { createTokenizer, type SentencePieceModel } from '../tokenizers/index.ts';
import { english, korean, trained } from '../tokenizers/testing/models.ts';
import { oracleOf } from '../tokenizers/testing/oracle.ts';
import { mergeVocabularies, textCost } from './merge.ts';

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

describe.each(Object.entries(languages))('%s behind English', (_, { script, lines }) => {
  const characters = new Set(lines.join('')).size;
  const addition = trained(lines, { size: 3 + characters + 60, byteFallback: false });
  const { model, report } = unwrap(mergeVocabularies(base, addition, 'ranked', 'merged.model'));

  it('adds pieces that can be reached, and finds the script', () => {
    expect(report.script).toBe(script);
    expect(report.added).toBeGreaterThan(60);
    expect(report.reachable + report.unreachable.length).toBe(report.added);
    // Where the script is the base's own, pieces of plain letters are left to the base.
    expect(report.reachable).toBeGreaterThan(report.added / (script === null ? 3 : 1.5));
    const longer = new Set(
      encodings(model, lines)
        .flat()
        .filter((id) => id >= base.pieces.length),
    );
    expect([...longer].some((id) => Array.from(model.pieces[id]!.piece).length > 1)).toBe(true);
  });

  it('takes fewer tokens', () => {
    const cost = textCost(lines.join('\n'), base, model);
    expect(cost.tokensAfter).toBeLessThan(cost.tokensBefore * (script === null ? 0.8 : 0.6));
  });

  it('leaves English as it was', () => {
    expect(encodings(model, english)).toEqual(encodings(base, english));
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
