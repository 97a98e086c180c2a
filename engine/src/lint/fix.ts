/**
 * Making changes: several findings' at once, so that they never overlap and the text never costs more tokens than before. What one
 * change makes possible for another is done in a further round.
 */
import { applied, type Edit } from '../base/edit.ts';
import type { Steps } from '../base/steps.ts';
import type { Tokenizer } from '../tokenizers/index.ts';
import { lint, type Finding, type LintInput } from './lint.ts';
import { Measure } from './measure.ts';

export interface Fixed {
  readonly text: string;
  /** In the text given, in order, without overlaps. */
  readonly edits: readonly Edit[];
  /** Number of findings whose changes are made. */
  readonly findings: number;
  /** Tokens that all of it saves, measured; undefined without a tokenizer or where measuring takes too long. */
  readonly saved: number | undefined;
}

export interface Together {
  /** In order, without overlaps. */
  readonly edits: readonly Edit[];
  readonly findings: number;
  /** Tokens that they save together, measured; undefined without a tokenizer or where measuring takes too long. */
  readonly saved: number | undefined;
}

/**
 * The changes of findings of one text that can be made together. Of overlapping ones the first is taken; where those that share a
 * stretch of tokens cost more together than nothing, only the one that saves most is.
 */
export function* together(
  text: string,
  findings: readonly Finding[],
  tokenizer: Tokenizer | undefined,
): Steps<Together> {
  const disjoint: { readonly edits: readonly Edit[]; readonly saved: number | undefined }[] = [];
  let upTo = -1;
  for (const { edits, saved } of findings.toSorted((a, b) => first(a) - first(b))) {
    if (edits === undefined || edits.length === 0 || edits[0]!.start < upTo) continue;
    upTo = edits.at(-1)!.end;
    disjoint.push({ edits, saved });
  }
  if (tokenizer === undefined)
    return { edits: disjoint.flatMap(({ edits }) => edits), findings: disjoint.length, saved: undefined };
  const measure = new Measure(tokenizer, text);
  const taken: Edit[] = [];
  let count = 0;
  /** Stretches that do not touch add up. */
  let total: number | undefined = 0;
  const take = (edits: readonly Edit[], findings: number, saved: number | undefined) => {
    for (const edit of edits) taken.push(edit);
    count += findings;
    total = total === undefined || saved === undefined ? undefined : total + saved;
  };
  for (let i = 0; i < disjoint.length;) {
    // Those whose stretches of tokens touch are measured together; others do not bear on each other.
    let j = i + 1;
    let { end } = measure.stretchOf(disjoint[i]!.edits);
    for (; j < disjoint.length; j++) {
      const stretch = measure.stretchOf(disjoint[j]!.edits);
      if (stretch.start >= end) break;
      end = Math.max(end, stretch.end);
    }
    const group = disjoint.slice(i, j);
    const best = group.reduce((a, b) => ((b.saved ?? 0) > (a.saved ?? 0) ? b : a));
    const edits = group.flatMap((one) => one.edits);
    const all = group.length === 1 ? best.saved : measure.saved(edits);
    if (group.length === 1 ? (all ?? 0) >= 0 : (all ?? -1) >= (best.saved ?? 0)) take(edits, group.length, all);
    else if ((best.saved ?? 0) >= 0) take(best.edits, 1, best.saved);
    i = j;
    yield;
  }
  return { edits: taken, findings: count, saved: total };
}

const first = ({ edits, start }: Finding): number => edits?.[0]?.start ?? start;

/** Rounds, at most: what a change brings to light is seldom deeper than two. */
const rounds = 8;

/** A text with all changes made that `wanted` says yes to, until none is left. `safe` ones alone are made without a look. */
export function* fixAll(input: LintInput, wanted: (finding: Finding) => boolean = (f) => f.safe): Steps<Fixed> {
  let { text } = input;
  let edits: readonly Edit[] = [];
  let findings = 0;
  for (let round = 0; round < rounds; round++) {
    const { tokenized, ...rest } = input;
    const found = yield* lint({ ...rest, text, ...(round === 0 && tokenized !== undefined ? { tokenized } : {}) });
    const chosen = yield* together(text, found.filter(wanted), input.tokenizer);
    if (chosen.edits.length === 0) break;
    edits = round === 0 ? chosen.edits : [];
    findings += chosen.findings;
    text = applied(text, chosen.edits);
    if (round > 0) edits = [whole(input.text, text)];
  }
  const measure = input.tokenizer === undefined ? undefined : new Measure(input.tokenizer, input.text, input.tokenized);
  return { text, edits, findings, saved: edits.length === 0 ? 0 : measure?.saved(edits) };
}

/** The change from one text to another as one edit, without what they begin and end with alike. */
function whole(before: string, after: string): Edit {
  let start = 0;
  const least = Math.min(before.length, after.length);
  while (start < least && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < least - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}
