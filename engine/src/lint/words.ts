/** The linter's words in a language: a rule's own, with values put in and what a change saves told behind them. */
import type { Language, Match, Phrases, Rule, Values } from './rule.ts';

/** Tokens, as a person counts them. */
const counted = {
  en: (tokens: number) => (tokens === 1 ? '1 token' : `${tokens.toLocaleString('en')} tokens`),
  ko: (tokens: number) => `토큰 ${tokens.toLocaleString('en')}개`,
} as const satisfies Record<Language, (tokens: number) => string>;

const phrases = {
  en: { cost: (tokens: string) => ` (${tokens})`, saved: (tokens: string) => `: ${tokens} saved` },
  ko: { cost: (tokens: string) => `(${tokens})`, saved: (tokens: string) => `: ${tokens} 절약` },
} as const satisfies Record<Language, Record<'cost' | 'saved', (tokens: string) => string>>;

const filled = (phrase: string, values: Values): string =>
  phrase.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    return value === undefined
      ? name === 'cost'
        ? ''
        : place
      : typeof value === 'number'
        ? value.toLocaleString('en')
        : value;
  });

const phrasesOf = (rule: Rule, match: Pick<Match, 'variant'>, language: Language): Phrases => {
  const words = rule.words[language];
  return match.variant === undefined ? words : (words.variants?.[match.variant] ?? words);
};

/** True where the message tells what the place costs. */
export const tellsCost = (rule: Rule, match: Match): boolean => phrasesOf(rule, match, 'en').message.includes('{cost}');

/** One line: what is the matter, what it costs, what a change would save. */
export function messageOf(rule: Rule, found: Told, language: Language): string {
  const cost = found.tokens === undefined ? '' : phrases[language].cost(counted[language](found.tokens));
  const message = filled(phrasesOf(rule, found, language).message, { cost, ...found.values });
  return message + (found.saved !== undefined && found.saved > 0 ? ` (−${counted[language](found.saved)})` : '');
}

/** `Compose the Hangul: 38 tokens saved`. */
export function fixTitle(rule: Rule, found: Told, language: Language): string {
  const title = filled(phrasesOf(rule, found, language).fix ?? rule.words[language].fix ?? rule.id, found.values ?? {});
  return title + savedWords(found.saved, language);
}

/** `: 38 tokens saved`; nothing where nothing is saved or nobody measured. */
export const savedWords = (saved: number | undefined, language: Language): string =>
  saved === undefined || saved <= 0 ? '' : phrases[language].saved(counted[language](saved));

export const relatedWords = (rule: Rule, language: Language): string =>
  rule.words[language].related ?? rule.words[language].title;

interface Told extends Pick<Match, 'variant' | 'values'> {
  readonly saved?: number | undefined;
  readonly tokens?: number | undefined;
}
