/**
 * What searching a text has found, kept for the next search of the text as it is after an edit: rules that go by lines search only
 * the stretches that read otherwise now. The findings are those of a search from scratch.
 */
import type { Edit } from '../base/edit.ts';
import type { Tokenizer } from '../tokenizers/index.ts';
import type { Settings } from './config.ts';
import type { Match } from './rule.ts';
import { nearby } from './rules/around.ts';
import type { Search } from './search.ts';
import type { KindName } from './source.ts';

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly value: unknown;
}

/** By their lengths, in the order of the text. */
type Stretches = Map<number, Stretch[]>;

/** What matches depend on beside the text. */
interface Basis {
  readonly settings: Settings;
  readonly kind: KindName;
  readonly tokenizer: Tokenizer | undefined;
}

interface Known extends Basis {
  readonly text: string;
  readonly owners: ReadonlyMap<string, Stretches>;
}

/** Stretches of one length that are looked at. */
const mostLookedAt = 16;

export class LintMemory {
  private known: Known | undefined;

  /** What is known for a search. It is the next one's once the search is over. */
  search(text: string, basis: Basis): Search {
    const { known } = this;
    const same =
      known !== undefined &&
      known.settings === basis.settings &&
      known.kind === basis.kind &&
      known.tokenizer === basis.tokenizer;
    const owners = new Map<string, Stretches>();
    return {
      recall: <T>(owner: string, from: number, to: number, make: () => T): T => {
        const like = same ? found(known, owner, text, from, to) : undefined;
        const value = like === undefined ? make() : (like.value as T);
        let own = owners.get(owner);
        if (own === undefined) owners.set(owner, (own = new Map<number, Stretch[]>()));
        const group = own.get(to - from);
        if (group === undefined) own.set(to - from, [{ from, to, value }]);
        else group.push({ from, to, value });
        return value;
      },
      end: () => void (this.known = { ...basis, text, owners }),
    };
  }
}

function found(known: Known, owner: string, text: string, from: number, to: number): Stretch | undefined {
  const group = known.owners.get(owner)?.get(to - from) ?? [];
  // Of many alike the nearest are looked at: an edit moves what follows it by a little.
  let near = firstFrom(group, from) - (mostLookedAt >> 1);
  near = Math.max(0, Math.min(near, group.length - mostLookedAt));
  for (let i = near; i < Math.min(group.length, near + mostLookedAt); i++) {
    const stretch = group[i]!;
    if (
      sameEnd(stretch.from, from) &&
      sameEnd(known.text.length - stretch.to, text.length - to) &&
      around(known.text, stretch.from, stretch.to) === around(text, from, to)
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

/** A match with its places `by` units behind. */
export const moved = (match: Match, by: number): Match => ({
  ...match,
  start: match.start + by,
  end: match.end + by,
  ...(match.edits === undefined
    ? {}
    : { edits: match.edits.map(({ start, end, text }): Edit => ({ start: start + by, end: end + by, text })) }),
  ...(match.related === undefined ? {} : { related: { start: match.related.start + by, end: match.related.end + by } }),
});
