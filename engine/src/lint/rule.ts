/**
 * What a lint rule is: data (an id, a severity, words in each language, examples) and a search that tells places. Measuring what
 * a change saves, suppressions and severities are the linter's business (lint.ts), not a rule's.
 */
import type { Edit } from '../base/edit.ts';
import type { Measure } from './measure.ts';
import type { Search } from './search.ts';
import type { KindName, Passage } from './source.ts';

export const severities = ['error', 'warning', 'information', 'hint'] as const;
export type Severity = (typeof severities)[number];

/** Which rules are on: the five that are always a gain, those worth a look too, or all. */
export const presets = ['none', 'default', 'recommended', 'all'] as const;
export type Preset = (typeof presets)[number];

export const languages = ['en', 'ko'] as const;
export type Language = (typeof languages)[number];

/** What a rule's words may speak of, as `{name}`. */
export type Values = Readonly<Record<string, string | number>>;

/** A place that a rule found; offsets in the text it was given. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly values?: Values;
  /** In place of the rule's message and fix: the words of one of its `variants`. */
  readonly variant?: string;
  /** In order, without overlaps. Absent: there is nothing to be done about it by machine. */
  readonly edits?: readonly Edit[];
  /** In place of the rule's own word for whether the change may be made without a look. */
  readonly safe?: boolean;
  /** In place of the rule's own `leastSaved`; such a change is told only where its saving is known. */
  readonly leastSaved?: number;
  /** A place elsewhere that explains this one. */
  readonly related?: { readonly start: number; readonly end: number };
}

/** What a rule searches. */
export interface Place {
  /** The whole text of the file. A rule of lines looks no further than `nearby` units (around.ts) beyond [from, to). */
  readonly text: string;
  /** Where to search: matches begin in [from, to). */
  readonly from: number;
  readonly to: number;
  readonly kind: KindName;
  /** What `from` and `to` are of, for rules that search passages. */
  readonly passage?: Passage;
  /** What was made of a stretch before (memory.ts); absent where nothing is kept. For rules that search passages. */
  readonly recall?: Search['recall'] | undefined;
  /** Absent where no tokenizer is in use. */
  readonly measure?: Measure | undefined;
}

export interface Phrases {
  /** What is the matter; `{name}` stands for a value. */
  readonly message: string;
  /** What the change does, as an order: `Compose the Hangul`. */
  readonly fix?: string;
  /** What the related place is. */
  readonly related?: string;
}

export interface RuleWords extends Phrases {
  /** The rule in a few words. */
  readonly title: string;
  /** Why it costs tokens, and what is left alone. */
  readonly why: string;
  /** Other findings of the same rule, by `Match.variant`. */
  readonly variants?: Readonly<Record<string, Phrases>>;
}

export interface Example {
  readonly before: string;
  /** With all changes made; absent where there are none. */
  readonly after?: string;
  /** The kind of file; plain text if absent. */
  readonly kind?: string;
  readonly options?: Options;
}

export type Options = Readonly<Record<string, number | boolean | string>>;

export interface Rule {
  readonly id: string;
  /** The smallest preset that has it. */
  readonly preset: Exclude<Preset, 'none'>;
  readonly severity: Severity;
  /** `lines`: lines are searched by themselves; `passage`: a text as a whole, a string of JSON, a file. */
  readonly scope: 'lines' | 'passage';
  /** Is code in Markdown searched too? */
  readonly inCode: boolean;
  /** What it finds depends on tokens: it searches anew whenever the text changes. Others ask `measure` only whether it is there. */
  readonly measures?: true;
  /**
   * Whether a change may be made without a look: `safe` ones change how a text is stored, not what it says. No rule changes what
   * a text says in silence.
   */
  readonly fix: 'safe' | 'suggestion' | 'none';
  /** Tokens that a change must save to be worth a word; 0: it is told in any case where it costs none. */
  readonly leastSaved: number;
  /** Options with their defaults; what a user sets must be of the same type. */
  readonly options: Options;
  readonly words: Readonly<Record<Language, RuleWords>>;
  readonly examples: readonly Example[];
  /** Texts that it leaves alone, on purpose. */
  readonly leaves: readonly Example[];
  /** Undefined between matches is a pause: who searches long without finding gives others a turn. */
  find(place: Place, options: Options): Iterable<Match | undefined>;
}

export const numberOf = (options: Options, name: string): number => Number(options[name]);
