/**
 * Two sides answer the same prompts, and people or judges say whose answer is better. What stands in a preference directory:
 *
 *     prefer.json                     what is compared: `Comparison`
 *     prompts.jsonl                   a line a prompt: `Prompt`
 *     answers-a.jsonl answers-b.jsonl a line an answer: `Answer`
 *     verdicts/people-NAME.jsonl      a line a verdict: `VerdictLine`; files only grow, and the last line for a prompt counts
 *     verdicts/judge-NAME.jsonl       the same of a judge, asked in both orders; the last line for a prompt and an order counts
 *     result.json                     what came of it: `ComparisonResult`
 */
import type { Precision } from '../backends/backend.ts';
import type { Interval } from '../base/statistics.ts';
import type { TemplateChoice } from '../generation/prompt.ts';

/** The real sides, whatever place they were shown in. */
export const sides = ['a', 'b'] as const;
export type Side = (typeof sides)[number];

/** Which side was shown first. */
export const orders = ['ab', 'ba'] as const;
export type Order = (typeof orders)[number];

/** The better side, or neither. */
export type Choice = Side | 'tie';

export interface Prompt {
  /** One of a kind in its set; made of the prompt's content where the file gives none. */
  readonly id: string;
  readonly prompt: string;
  /** What the prompt is about, as in instruction data. */
  readonly input?: string;
  /** BCP 47: `ko`. */
  readonly language?: string;
}

/** Where a side's answers come from. Paths are absolute. */
export type SideSource =
  | {
      readonly kind: 'model';
      readonly model: string;
      readonly adapter?: string;
      readonly backend?: string;
      readonly precision?: Precision;
      /** Of sizes and samples of the weights: whether a directory still holds the model that answered. */
      readonly fingerprint: string;
    }
  | { readonly kind: 'answers'; readonly file: string; readonly sha256: string };

export interface GenerationSettings {
  readonly template: TemplateChoice;
  readonly system?: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly repetitionPenalty: number;
  readonly stop: readonly string[];
}

/** prefer.json. */
export interface Comparison {
  /** Of this format. */
  readonly version: 1;
  /** What people call the sides: shown in results, never while one judges. */
  readonly names: Readonly<Record<Side, string>>;
  readonly sides: Readonly<Record<Side, SideSource>>;
  readonly prompts: {
    /** Absolute. */
    readonly file: string;
    readonly sha256: string;
    /** How many of the file's prompts are in the set: the first so many. */
    readonly count: number;
  };
  /** Draws answers, orders, intervals. */
  readonly seed: number;
  readonly generation: GenerationSettings;
  /** ISO 8601. */
  readonly created: string;
  readonly bllossomVersion: string;
}

/** A line of answers-a.jsonl or answers-b.jsonl. */
export interface Answer {
  readonly id: string;
  /** Empty with `error`. */
  readonly text: string;
  /** New tokens. */
  readonly tokens?: number;
  /** Why it ended: of its own accord, at the most tokens, at the window's end. */
  readonly finish?: 'stop' | 'length' | 'context';
  /** The script that it is written in: `Hangul`, `Latin`, `mixed` (drifts), `none` (no letters to tell by). */
  readonly language?: string;
  readonly seconds?: number;
  /** Why there is none: the prompt is longer than the model's window. */
  readonly error?: string;
}

/** A line of a file of verdicts. */
export interface VerdictLine {
  readonly id: string;
  readonly order: Order;
  /** Absent with `error` and with `undone`. */
  readonly verdict?: Choice;
  /** ISO 8601. */
  readonly at: string;
  /** The judge's words, or a person's note. */
  readonly reason?: string;
  /** Why there is no verdict. */
  readonly error?: string;
  /** The verdict before it is taken back. */
  readonly undone?: true;
  /** Of a judge: hash of all that was asked; a verdict on other answers is not taken for one on these. */
  readonly key?: string;
  /** Of a judge: hash of its settings and of the language it is asked in. Verdicts under other settings than the last are not counted. */
  readonly by?: string;
}

/** Who gives verdicts. */
export interface Rater {
  readonly kind: 'person' | 'judge';
  readonly name: string;
}

/** All that stands in a preference directory. */
export interface ComparisonData {
  readonly directory: string;
  readonly comparison: Comparison;
  readonly prompts: readonly Prompt[];
  /** By prompt's id. */
  readonly answers: Readonly<Record<Side, ReadonlyMap<string, Answer>>>;
  /** People first, each kind by name; lines as they stand in the file. */
  readonly verdicts: readonly { readonly rater: Rater; readonly lines: readonly VerdictLine[] }[];
}

/** [low, high] of a 95 % interval. */
export type { Interval } from '../base/statistics.ts';

/** A share of `n` with its interval; both absent where n is 0. */
export interface Share {
  readonly count: number;
  readonly n: number;
  readonly share?: number;
  readonly interval?: Interval;
}

/** What one person or judge found, of side A: `win` where its answer is the better one. */
export interface RaterResult {
  readonly rater: Rater;
  readonly win: Share;
  readonly tie: Share;
  readonly lose: Share;
  /** Prompts with an answer of each side that it has yet to judge; those with an error are not among them. */
  readonly pending: number;
  /** Prompts without a verdict because of an error. */
  readonly errors: number;
  /** Of a judge: prompts judged in both orders, and those where the orders gave different verdicts (a tie in `win`, `tie`, `lose`). */
  readonly flips?: Share;
  /** Of the flipped ones, those where the winner was the other side, not a tie. */
  readonly reversed?: number;
  /** Of verdicts for one side, in every order: those for the answer that was shown first. 0.5 is without bias. */
  readonly first: Share;
  /** Of decided prompts with answers of different length in characters: those decided for the longer one. */
  readonly longer: Share;
}

/** How far two agree on the prompts that both have judged. */
export interface Agreement {
  readonly between: readonly [Rater, Rater];
  readonly n: number;
  /** Share of equal verdicts. */
  readonly observed?: number;
  /** Cohen's kappa; absent where nothing is judged by both, or chance alone would give perfect agreement. */
  readonly kappa?: number;
  readonly interval?: Interval;
}

/** In which script a side answers, beside that of the prompts. */
export interface LanguageResult {
  /** Answers whose prompt's and own language are known. */
  readonly n: number;
  /** Answers by script. */
  readonly scripts: Readonly<Record<string, number>>;
  /** In another language from the first word on. */
  readonly other: Share;
  /** Begun in the prompt's language, then gone over into another. */
  readonly drifted: Share;
  /** The drifted by where it begins: in the first, second, third and last quarter of the answer. */
  readonly quarters: readonly [number, number, number, number];
}

/** result.json. */
export interface ComparisonResult {
  readonly version: 1;
  readonly names: Readonly<Record<Side, string>>;
  readonly prompts: number;
  /** Prompts to which a side has no answer. */
  readonly missing: Readonly<Record<Side, number>>;
  readonly raters: readonly RaterResult[];
  readonly agreement: readonly Agreement[];
  /** Fleiss' kappa of all people together, on prompts that each has judged; absent for fewer than three. */
  readonly fleiss?: { readonly raters: number; readonly n: number; readonly kappa?: number };
  readonly languages: Readonly<Record<Side, LanguageResult>>;
  /** Characters of an answer on average. */
  readonly length: Readonly<Record<Side, number>>;
  readonly bllossomVersion: string;
}
