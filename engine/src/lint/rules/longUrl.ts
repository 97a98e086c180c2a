/** Long addresses: what in them only tracks the reader, and letters written as percent signs and digits. */
import { trackers } from '../data/urls.ts';
import { numberOf, type Rule } from '../rule.ts';

const address = /\bhttps?:\/\/[^\s<>"'`()[\]{}\\]+/g;
const tracking = new Set(trackers);

export const longUrl: Rule = {
  id: 'long-url',
  preset: 'recommended',
  severity: 'hint',
  scope: 'lines',
  inCode: false,
  fix: 'suggestion',
  leastSaved: 1,
  options: { length: 100 },
  words: {
    en: {
      title: 'Long addresses',
      message: 'A long address{cost}',
      why: 'An address is spelled nearly letter by letter. Parameters that only say where a reader came from (utm_source, fbclid) can go, and letters written as %ED%95%9C can be written as they are; both lead to the same page. Longer ones than 100 characters (option `length`) are told in any case.',
      variants: { shorter: { message: 'This address can be shorter{cost}', fix: 'Write it shorter' } },
    },
    ko: {
      title: '긴 주소',
      message: '긴 주소{cost}',
      why: '주소는 거의 글자 하나하나가 토큰이 됩니다. 읽는 사람이 어디서 왔는지만 알리는 매개변수(utm_source, fbclid)는 없어도 되고, %ED%95%9C처럼 적힌 글자는 그대로 적어도 같은 곳으로 갑니다. 100자(옵션 `length`)가 넘는 주소는 어느 경우에나 알려 줍니다.',
      variants: { shorter: { message: '이 주소는 줄일 수 있습니다{cost}', fix: '주소 줄이기' } },
    },
  },
  examples: [
    { before: 'https://example.org/wiki/%ED%95%9C%EA%B8%80', after: 'https://example.org/wiki/한글' },
    { before: 'https://example.org/a?utm_source=mail&id=7#top', after: 'https://example.org/a?id=7#top' },
  ],
  leaves: [{ before: 'https://example.org/a?id=7' }, { before: 'https://example.org/a%20b%2Fc' }],
  *find({ text, from, to }, options) {
    const least = numberOf(options, 'length');
    for (const found of text.slice(from, to).matchAll(address)) {
      const url = found[0].replace(/[.,;:!?]+$/, '');
      const start = from + found.index;
      const end = start + url.length;
      const short = readable(withoutTrackers(url));
      if (short !== url) yield { start, end, variant: 'shorter', edits: [{ start, end, text: short }] };
      else if (url.length >= least) yield { start, end };
    }
  },
};

function withoutTrackers(url: string): string {
  const question = url.indexOf('?');
  if (question < 0) return url;
  const [query, ...fragment] = url.slice(question + 1).split('#');
  const kept = query!.split('&').filter((parameter) => !tracking.has(parameter.split('=')[0]!));
  return [url.slice(0, question) + (kept.length === 0 ? '' : `?${kept.join('&')}`), ...fragment].join('#');
}

/** With letters beyond ASCII as they are; what else is escaped has a meaning in an address. */
const readable = (url: string): string =>
  url.replace(/(?:%[89a-f][0-9a-f])+/gi, (escaped) => {
    try {
      const decoded = decodeURIComponent(escaped);
      return /^[\p{L}\p{M}\p{N}]+$/u.test(decoded) ? decoded : escaped;
    } catch {
      return escaped; // not UTF-8
    }
  });
