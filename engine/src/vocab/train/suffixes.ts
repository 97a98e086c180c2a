/**
 * Places of a text in the order of what stands there. They are sorted by characters, most significant first (three ways,
 * Bentley & Sedgewick 1997; large groups by counting): what begins alike comes to stand together, so that on the way each
 * substring is met once, with all its places.
 */
import type { Steps } from '../../base/steps.ts';

/** Groups of more places are sorted by counting. */
const many = 4096;
/** Characters looked at between two pauses. */
const workAtOnce = 1 << 18;

/** Sorts places by what stands at each up to the next -1. */
export function sortByText(text: Int32Array, places: Int32Array, alphabet: number): Steps<void> {
  return groupsByText(text, places, alphabet, () => true);
}

/**
 * Sorts places, and calls `visit(from, to, length)` for each group places[from, to) that has a prefix of `length` characters in
 * common and nobody else has: all places of a substring, among those given. Groups come in no order of use, each before those with
 * longer prefixes. `visit` answers false where a group need not be looked into. Numbers in `text` are in [-1, alphabet).
 */
export function* groupsByText(
  text: Int32Array,
  places: Int32Array,
  alphabet: number,
  visit: (from: number, to: number, length: number) => boolean,
): Steps<void> {
  const counting = new Int32Array(alphabet + 2);
  const scratch = new Int32Array(places.length);
  // Ranges to be sorted by their character at a depth; all that stands before it is equal.
  const stack: number[] = [0, places.length, 0];
  const enter = (from: number, to: number, depth: number) => {
    if (visit(from, to, depth) && to - from > 1) stack.push(from, to, depth);
  };
  let work = 0;
  while (stack.length > 0) {
    const depth = stack.pop()!;
    const to = stack.pop()!;
    const from = stack.pop()!;
    work += to - from;
    if (work > workAtOnce) {
      work = 0;
      yield;
    }
    if (to - from > many) {
      sortByCounting(text, places, from, to, depth, counting, scratch);
      let start = from;
      for (let i = from + 1; i <= to; i++) {
        const character = text[places[start]! + depth]!;
        if (i < to && text[places[i]! + depth]! === character) continue;
        if (character >= 0) enter(start, i, depth + 1);
        start = i;
      }
      continue;
    }
    const pivot = middle(
      text[places[from]! + depth]!,
      text[places[(from + to) >> 1]! + depth]!,
      text[places[to - 1]! + depth]!,
    );
    let less = from;
    let more = to;
    for (let i = from; i < more;) {
      const place = places[i]!;
      const character = text[place + depth]!;
      if (character < pivot) {
        places[i++] = places[less]!;
        places[less++] = place;
      } else if (character > pivot) {
        places[i] = places[--more]!;
        places[more] = place;
      } else i++;
    }
    if (less - from > 0) stack.push(from, less, depth);
    if (to - more > 0) stack.push(more, to, depth);
    if (pivot >= 0) enter(less, more, depth + 1);
  }
}

function sortByCounting(
  text: Int32Array,
  places: Int32Array,
  from: number,
  to: number,
  depth: number,
  counting: Int32Array,
  scratch: Int32Array,
): void {
  counting.fill(0);
  for (let i = from; i < to; i++) {
    const bucket = text[places[i]! + depth]! + 2;
    counting[bucket] = counting[bucket]! + 1;
  }
  for (let i = 1; i < counting.length; i++) counting[i] = counting[i]! + counting[i - 1]!;
  for (let i = from; i < to; i++) {
    const bucket = text[places[i]! + depth]! + 1;
    const slot = counting[bucket]!;
    counting[bucket] = slot + 1;
    scratch[slot] = places[i]!;
  }
  places.set(scratch.subarray(0, to - from), from);
}

const middle = (a: number, b: number, c: number): number =>
  a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
