/** What on a page is not Korean: each text that people see or have read to them, but names, numbers and the data itself. */
import type { Frame, Page } from 'playwright-core';
import results from '../../../engine/src/evaluation/published.json' with { type: 'json' };

/** The texts within elements, once each: what is written, and what is told by pointing or to a screen reader. */
export async function textsOf(at: Page | Frame, selector: string, leaveOut = 'nothing'): Promise<string[]> {
  // As a string, since it runs in the page: here there is no document.
  const found: string[] = await at.evaluate(`(() => {
    const texts = [];
    const shown = (e) => e.getClientRects().length > 0 || e.tagName === 'OPTION';
    for (const root of document.querySelectorAll(${JSON.stringify(selector)}))
      for (const e of [root, ...root.querySelectorAll('*')]) {
        if (/^(SCRIPT|STYLE)$/.test(e.tagName) || e.closest(${JSON.stringify(leaveOut)}) !== null || !shown(e)) continue;
        for (const name of ['title', 'aria-label', 'placeholder', 'aria-description']) texts.push(e.getAttribute(name) ?? '');
        // A text with a word in bold is one text.
        if ([...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')) texts.push(e.textContent);
      }
    return texts;
  })()`);
  return [...new Set(found.map((text) => text.replace(/\s+/g, ' ').trim()).filter((text) => text !== ''))];
}

/** Every text of what others published: names of models, tasks and metrics. */
const published = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? [...Object.keys(value), ...Object.values(value).flatMap(published)]
      : [];
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const names = published(results)
  .filter((name) => name.length > 1)
  .sort((a, b) => b.length - a.length);

/** What Korean texts have in Latin letters as well. */
const allowed: readonly RegExp[] = [
  new RegExp(names.map(escaped).join('|'), 'g'),
  // Paths, files, parameters, pieces.
  /[\w.~-]*(\/[\w.~-]+)+\/?|\b[\w.-]+\.(model|jsonl?|md|txt|prompt|log)\b|\bmodel\.[\w.]+|<\/?\w+>|^\S*▁.*$/g,
  // Products, formats, units.
  /\b(Bllossom|SentencePiece|Hugging Face( tokenizers)?|llama\.cpp|KoBERT|Llama( \d)?|Node(\.js)?|Markdown|LaTeX|TensorBoard|Linux)\b/g,
  /\b(CSV|PNG|SVG|JSON|GPU|RAM|CPU|BPE|Unigram|BOS|EOS|PEFT|[kMG]B|[BMK]|SHA|MCC|AVX\w*|AMX|x64|v\d\S*)\b/g,
  // Fields, metrics, tasks, backends, languages, rules of a normaliser.
  /\b(acc|acc_norm|macro_f1|F1|ACC|NLI|COPA|(klue|kobest)_\w+|KLUE|KoBEST|native|ggml|tfjs|reference|ranked|ids?|ID|ko|en)\b/g,
  /\b(identity|nmt_nfkc|bpe|unigram|Aa)\b/g,
  // What this workspace's own things are called.
  /\b(first|second|final|base|korean|merged|pairs|hana|dul|small|answers-\w+)\b/g,
];

/** A text without what is a name or a number in any language. */
const bare = (text: string): string =>
  [...allowed, /`[^`]*`|"[^"]*"/g].reduce((rest, pattern) => rest.replace(pattern, ' '), text);

/** Why a text would look wrong to a Korean reader; undefined where it would not. */
export function fault(text: string): string | undefined {
  if (/\{\d\}/.test(text)) return `a place not filled in: ${text}`;
  if (/%[a-z]+(\.[a-zA-Z]+)+%|\b(command|setting|view)\.[a-zA-Z]{3,}/.test(text)) return `a key: ${text}`;
  if (/\b(undefined|NaN|\[object)\b/.test(text)) return `no text: ${text}`;
  const rest = bare(text);
  const hangul = /\p{Script=Hangul}/u.test(rest);
  if (!hangul && /[A-Za-z]{2}/.test(rest)) return `English: ${text}`;
  if (hangul && /([A-Za-z]{2,} +){3}/.test(rest)) return `half English: ${text}`;
  return undefined;
}

export const faults = (texts: readonly string[]): string[] => texts.map(fault).filter((why) => why !== undefined);
