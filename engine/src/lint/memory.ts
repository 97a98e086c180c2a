/**
 * What searching a text has found, kept for the next search of the text as it is after an edit: rules that go by lines search only
 * the stretches that read otherwise now, and what was measured is not encoded again. The findings are those of a search from scratch.
 */
import { Recent } from '../base/recent.ts';
import type { Tokenizer } from '../tokenizers/index.ts';
import type { Settings } from './config.ts';
import type { Edit, Match, Rule } from './rule.ts';
import { nearby } from './rules/around.ts';
import type { KindName } from './source.ts';

/** Matches of a stretch of the text, by rules that searched it. */
type Matches = Map<Rule, readonly Match[]>;

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly matches: Matches;
}

/** What matches depend on beside the text. */
interface Basis {
  readonly settings: Settings;
  readonly kind: KindName;
  readonly tokenizer: Tokenizer | undefined;
}

interface Known extends Basis {
  readonly text: string;
  /** By their lengths, in the order of the text. */
  readonly stretches: ReadonlyMap<number, readonly Stretch[]>;
}

/** Units of what was measured, for each of two generations. */
const mostUnits = 2 ** 19;
/** Stretches of one length that are looked at. */
const mostLookedAt = 16;

export class LintMemory {
  private known: Known | undefined;
  private tokenizer: Tokenizer | undefined;
  private measured = new Recent<number>(mostUnits);

  /** Tokens of parts, under this tokenizer. */
  countsFor(tokenizer: Tokenizer): Recent<number> {
    if (this.tokenizer !== tokenizer) this.measured = new Recent(mostUnits);
    this.tokenizer = tokenizer;
    return this.measured;
  }

  /** What is known for a search. It is the next one's once the search is over. */
  search(text: string, basis: Basis): Search {
    const { known } = this;
    const same =
      known !== undefined &&
      known.settings === basis.settings &&
      known.kind === basis.kind &&
      known.tokenizer === basis.tokenizer;
    const stretches = new Map<number, Stretch[]>();
    return {
      at: (from, to) => {
        const like = same ? found(known, text, from, to) : undefined;
        const matches = like === undefined ? new Map<Rule, readonly Match[]>() : shifted(like, from - like.from);
        const group = stretches.get(to - from);
        if (group === undefined) stretches.set(to - from, [{ from, to, matches }]);
        else group.push({ from, to, matches });
        return matches;
      },
      end: () => void (this.known = { ...basis, text, stretches }),
    };
  }
}

export interface Search {
  /** The matches known of [from, to), to be completed. */
  at(from: number, to: number): Matches;
  end(): void;
}

/** A stretch that read the same, and stood among the same. */
function found(known: Known, text: string, from: number, to: number): Stretch | undefined {
  const group = known.stretches.get(to - from) ?? [];
  // Of many alike the nearest are looked at: an edit moves what follows it by a little.
  let near = firstFrom(group, from) - (mostLookedAt >> 1);
  near = Math.max(0, Math.min(near, group.length - mostLookedAt));
  for (let i = near; i < Math.min(group.length, near + mostLookedAt); i++) {
    const { text: before } = known;
    const stretch = group[i]!;
    if (
      sameEnd(stretch.from, from) &&
      sameEnd(before.length - stretch.to, text.length - to) &&
      around(before, stretch.from, stretch.to) === around(text, from, to)
    )
      return stretch;
  }
  return undefined;
}

/** Is the text's end as far as it was, or too far to be looked at? */
const sameEnd = (before: number, now: number): boolean => before === now || (before >= nearby && now >= nearby);

const around = (text: string, from: number, to: number): string => text.slice(Math.max(0, from - nearby), to + nearby);

function firstFrom(group: readonly Stretch[], from: number): number {
  let low = 0;
  let high = group.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (group[middle]!.from >= from) high = middle;
    else low = middle + 1;
  }
  return low;
}

function shifted({ matches }: Stretch, by: number): Matches {
  if (by === 0) return matches;
  const moved = (match: Match): Match => ({
    ...match,
    start: match.start + by,
    end: match.end + by,
    ...(match.edits === undefined ? {} : { edits: match.edits.map((edit) => movedEdit(edit, by)) }),
    ...(match.related === undefined
      ? {}
      : { related: { start: match.related.start + by, end: match.related.end + by } }),
  });
  return new Map(Array.from(matches, ([rule, list]) => [rule, list.map(moved)]));
}

const movedEdit = (edit: Edit, by: number): Edit => ({ ...edit, start: edit.start + by, end: edit.end + by });
