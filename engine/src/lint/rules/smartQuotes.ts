/** Typographic quotes and signs, where the vocabulary spells them in bytes. */
import type { Edit } from '../../base/edit.ts';
import { quotes } from '../data/quotes.ts';
import type { Rule } from '../rule.ts';

const sign = new RegExp(`[${Object.keys(quotes).join('')}]`, 'gu');
/** Signs no further apart than a quotation are told as one. */
const together = 120;

export const smartQuotes: Rule = {
  id: 'smart-quotes',
  preset: 'recommended',
  severity: 'hint',
  scope: 'lines',
  inCode: false,
  fix: 'suggestion',
  leastSaved: 1,
  options: {},
  words: {
    en: {
      title: 'Typographic quotes that cost bytes',
      message: 'Typographic quotes, {count} of them, cost more than plain ones',
      fix: 'Write plain quotes',
      why: 'Many vocabularies have pieces for “ and ’, others spell them in three bytes each. Told only where plain ones cost fewer tokens with the tokenizer in use, so never without one. A suggestion: quotes are a matter of style.',
    },
    ko: {
      title: '바이트로 쓰이는 둥근 따옴표',
      message: '둥근 따옴표 {count}개가 곧은 따옴표보다 토큰을 더 씁니다',
      fix: '곧은 따옴표로 쓰기',
      why: '“와 ’의 조각이 있는 어휘가 많지만, 하나에 바이트 세 개를 쓰는 어휘도 있습니다. 쓰고 있는 토크나이저에서 곧은 따옴표가 더 쌀 때만 알려 주므로, 토크나이저가 없으면 알리지 않습니다. 따옴표는 글맵시의 문제라 제안만 합니다.',
    },
  },
  examples: [{ before: '그는 “그래”라고 했다', after: '그는 "그래"라고 했다' }],
  leaves: [{ before: `"plain" and 'plain'` }, { before: '« non »' }],
  *find({ text, from, to, measure }) {
    if (measure === undefined) return;
    let edits: Edit[] = [];
    for (const found of text.slice(from, to).matchAll(sign)) {
      const start = from + found.index;
      const last = edits.at(-1);
      if (last !== undefined && (start - last.end > together || text.slice(last.end, start).includes('\n'))) {
        yield told(edits);
        edits = [];
      }
      edits.push({ start, end: start + 1, text: quotes[found[0]]! });
    }
    if (edits.length > 0) yield told(edits);
  },
};

const told = (edits: readonly Edit[]) => ({
  start: edits[0]!.start,
  end: edits.at(-1)!.end,
  values: { count: edits.length },
  edits,
});
