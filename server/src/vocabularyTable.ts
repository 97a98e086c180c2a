/**
 * A vocabulary as a table to look through: for each id its script and sizes, counts of them, and the rows that a query
 * leaves, in its order. All in steps, since 260,000 pieces take longer than the server may be away.
 */
import vm from 'node:vm';
import { bad, ok } from '../../engine/src/base/problem.ts';
import type { Result } from '../../engine/src/base/problem.ts';
import type { Steps } from '../../engine/src/base/steps.ts';
import { PieceType } from '../../engine/src/tokenizers/tokenizer.ts';
import type { Piece } from '../../engine/src/tokenizers/tokenizer.ts';
import { scriptOf } from '../../engine/src/vocab/scripts.ts';
import type { PieceKind } from './protocol.ts';
import { codePoints } from './tokenLines.ts';
import { VocabularyRows, VocabularySummary } from './protocol.ts';

type Query = VocabularyRows.Query;
type Sort = Query['sort'];

/** Pieces looked at between two pauses: about a millisecond. */
const stretch = 2048;
/** A regular expression that takes longer than this on so few pieces backtracks without end. */
const regexTimeoutMs = 200;

const kinds: Readonly<Record<PieceType, PieceKind>> = {
  [PieceType.normal]: 'normal',
  [PieceType.unknown]: 'unknown',
  [PieceType.control]: 'control',
  [PieceType.userDefined]: 'userDefined',
  [PieceType.unused]: 'unused',
  [PieceType.byte]: 'byte',
};

/** Where pieces come from, and how they are read. */
export interface Source {
  readonly pieces: readonly Piece[];
  /** How a space is written in a piece's text. */
  readonly space: string;
  /** The text that a piece stands for; undefined for bytes that are no text of their own. */
  textOf(id: number): string | undefined;
  /** Number of such bytes. */
  bytesOf(id: number): number;
}

/** SentencePiece's pieces are texts, but for its byte pieces. */
export const textPieces = (pieces: readonly Piece[]): Source => ({
  pieces,
  space: '\u2581',
  textOf: (id) => (pieces[id]!.type === PieceType.byte ? undefined : pieces[id]!.piece),
  bytesOf: () => 1,
});

export class VocabularyTable {
  readonly pieces: readonly Piece[];
  /** Names of scripts, `bytes` and `special`; `#scripts` holds their places here. */
  readonly #names: string[] = [];
  readonly #scripts: Uint8Array;
  readonly #characters: Uint16Array;
  readonly #bytes: Uint16Array;
  /** By id, once asked for: texts to look in, and the same in lower case. */
  #texts: readonly string[] | undefined;
  #lower: readonly string[] | undefined;
  /** All ids in the order of a column, once asked for. */
  readonly #orders = new Map<Sort, Int32Array>();

  /** `firstAdded`: pieces from this id on were added by a merge. */
  private constructor(
    readonly source: Source,
    readonly firstAdded: number,
  ) {
    const { pieces } = source;
    this.pieces = pieces;
    this.#scripts = new Uint8Array(pieces.length);
    this.#characters = new Uint16Array(pieces.length);
    this.#bytes = new Uint16Array(pieces.length);
  }

  static *make(source: Source, firstAdded?: number): Steps<VocabularyTable> {
    const { pieces } = source;
    const table = new VocabularyTable(source, firstAdded ?? pieces.length);
    const places = new Map<string, number>();
    for (let id = 0; id < pieces.length; id++) {
      if (id % stretch === stretch - 1) yield;
      const text = source.textOf(id);
      const name = classOf(pieces[id]!, text);
      let place = places.get(name);
      if (place === undefined) {
        place = table.#names.push(name) - 1;
        places.set(name, place);
      }
      table.#scripts[id] = place;
      if (text === undefined) {
        table.#bytes[id] = source.bytesOf(id);
        continue;
      }
      table.#characters[id] = codePoints(text);
      table.#bytes[id] = Buffer.byteLength(text);
    }
    return table;
  }

  row(id: number): VocabularyRows.Row {
    const { score, type } = this.pieces[id]!;
    return {
      id,
      piece: this.#text(id),
      score,
      kind: kinds[type],
      script: this.#names[this.#scripts[id]!]!,
      characters: this.#characters[id]!,
      bytes: this.#bytes[id]!,
    };
  }

  /** Counts by script, kind and length. */
  *summary(): Steps<Pick<VocabularySummary.Answer, 'scripts' | 'kinds' | 'lengths' | 'longest'>> {
    const tally = () => ({ count: 0, added: 0 });
    const byScript = this.#names.map((name) => ({ name, ...tally() }));
    const byKind = new Map<PieceKind, { count: number; added: number }>();
    const byLength = new Map<number, { count: number; added: number }>();
    let longest = 0;
    const add = (to: { count: number; added: number }, id: number) => {
      to.count++;
      if (id >= this.firstAdded) to.added++;
    };
    const at = <K>(map: Map<K, { count: number; added: number }>, key: K) => {
      const found = map.get(key) ?? tally();
      map.set(key, found);
      return found;
    };
    for (let id = 0; id < this.pieces.length; id++) {
      if (id % (4 * stretch) === 0) yield;
      const script = byScript[this.#scripts[id]!]!;
      add(script, id);
      add(at(byKind, kinds[this.pieces[id]!.type]), id);
      if (script.name === 'bytes' || script.name === 'special') continue;
      const characters = this.#characters[id]!;
      longest = Math.max(longest, characters);
      add(at(byLength, Math.min(characters, VocabularySummary.most)), id);
    }
    return {
      scripts: byScript.sort((a, b) => b.count - a.count),
      kinds: [...byKind].map(([name, counts]) => ({ name, ...counts })).sort((a, b) => b.count - a.count),
      lengths: [...byLength]
        .map(([characters, counts]) => ({ characters, ...counts }))
        .sort((a, b) => a.characters - b.characters),
      longest,
    };
  }

  /** The ids that a query leaves, in its order. A problem where its regular expression is broken, or never comes to an end. */
  *query(query: Query): Steps<Result<Int32Array>> {
    const matches = yield* this.#matcher(query);
    if (!matches.ok) return matches;
    const order = yield* this.#order(query.sort);
    const { length } = order;
    const left = new Int32Array(length);
    let count = 0;
    const scripts = query.scripts.length === 0 ? undefined : this.#names.map((name) => query.scripts.includes(name));
    const wanted = query.kinds.length === 0 ? undefined : new Set(query.kinds);
    const fits = (id: number): boolean =>
      (scripts === undefined || scripts[this.#scripts[id]!] === true) &&
      (wanted === undefined || wanted.has(kinds[this.pieces[id]!.type])) &&
      (query.part === undefined || (id >= this.firstAdded ? 'added' : 'base') === query.part) &&
      (query.characters === undefined || this.#hasLength(id, query.characters));
    for (let from = 0; from < length; from += stretch) {
      if (from > 0) yield;
      const some: number[] = [];
      for (let i = from; i < Math.min(length, from + stretch); i++) {
        const id = order[query.descending ? length - 1 - i : i]!;
        if (fits(id)) some.push(id);
      }
      const found = matches.value(some);
      if (!found.ok) return found;
      for (const id of found.value) left[count++] = id;
    }
    return ok(left.subarray(0, count));
  }

  #text(id: number): string {
    return this.source.textOf(id) ?? this.pieces[id]!.piece;
  }

  #hasLength(id: number, characters: number): boolean {
    const name = this.#names[this.#scripts[id]!];
    if (name === 'bytes' || name === 'special') return false;
    return Math.min(this.#characters[id]!, VocabularySummary.most) === characters;
  }

  /** Of some ids those whose piece is searched for. */
  *#matcher({ search, regex, matchCase }: Query): Steps<Result<(ids: number[]) => Result<number[]>>> {
    if (search === '') return ok((ids) => ok(ids));
    const range = /^id:\s*(\d+)(?:\s*-\s*(\d+))?$/.exec(search);
    if (range !== null) {
      const first = Number(range[1]);
      const last = Number(range[2] ?? range[1]);
      return ok((ids) => ok(ids.filter((id) => id >= first && id <= last)));
    }
    const texts = yield* this.#allTexts();
    if (regex) {
      let pattern: RegExp;
      try {
        pattern = new RegExp(search, matchCase ? 'u' : 'iu');
      } catch (error) {
        return bad((error as SyntaxError).message, undefined, 'Mend it, or search for plain text.');
      }
      return ok(guarded((ids) => ids.filter((id) => pattern.test(texts[id]!))));
    }
    const part = search.normalize('NFC').replaceAll(' ', this.source.space);
    if (matchCase) return ok((ids) => ok(ids.filter((id) => texts[id]!.includes(part))));
    const lower = yield* this.#lowerCase();
    const small = part.toLowerCase();
    return ok((ids) => ok(ids.filter((id) => lower[id]!.includes(small))));
  }

  *#allTexts(): Steps<readonly string[]> {
    return (this.#texts ??= yield* this.#each((id) => this.#text(id)));
  }

  *#lowerCase(): Steps<readonly string[]> {
    const texts = yield* this.#allTexts();
    return (this.#lower ??= yield* this.#each((id) => texts[id]!.toLowerCase()));
  }

  *#each<T>(of: (id: number) => T): Steps<readonly T[]> {
    const all: T[] = [];
    for (let id = 0; id < this.pieces.length; id++) {
      if (id % stretch === stretch - 1) yield;
      all.push(of(id));
    }
    return all;
  }

  *#order(sort: Sort): Steps<Int32Array> {
    const known = this.#orders.get(sort);
    if (known !== undefined) return known;
    const ids = Int32Array.from(this.pieces.keys());
    const order = sort === 'id' ? ids : yield* sorted(ids, this.#comparison(sort, yield* this.#allTexts()));
    this.#orders.set(sort, order);
    return order;
  }

  /** Equal ones in the order of their ids: `sorted` is stable. */
  #comparison(sort: Exclude<Sort, 'id'>, texts: readonly string[]): (a: number, b: number) => number {
    switch (sort) {
      case 'piece':
        return (a, b) => (texts[a]! < texts[b]! ? -1 : texts[a]! > texts[b]! ? 1 : 0);
      case 'score': {
        const scores = Float64Array.from(this.pieces, ({ score }) => score);
        return (a, b) => scores[a]! - scores[b]!;
      }
      case 'characters':
        return (a, b) => this.#characters[a]! - this.#characters[b]!;
      case 'bytes':
        return (a, b) => this.#bytes[a]! - this.#bytes[b]!;
      default:
        return sort satisfies never;
    }
  }
}

/** What a piece counts as: its script, or `bytes`, or `special` for `<s>`, `[CLS]` and the like. */
function classOf({ piece, type }: Piece, text: string | undefined): string {
  if (text === undefined) return 'bytes';
  // Merged vocabularies keep pieces that are not to be produced as control pieces: words as they are.
  if (type === PieceType.unknown) return 'special';
  if (type === PieceType.control && /^[<[].*[>\]]$/s.test(piece)) return 'special';
  return scriptOf(text);
}

/** Ends a regular expression that backtracks without end, which nothing in the language itself can do. */
function guarded(filter: (ids: number[]) => number[]): (ids: number[]) => Result<number[]> {
  const given: { ids: number[]; filter: typeof filter } = { ids: [], filter };
  const context = vm.createContext(given);
  const script = new vm.Script('filter(ids)');
  return (ids) => {
    given.ids = ids;
    try {
      return ok(script.runInContext(context, { timeout: regexTimeoutMs }) as number[]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      return bad('the regular expression takes too long', undefined, 'Repeat fewer parts that match the same text.');
    }
  };
}

/** A stable merge sort that pauses. */
export function* sorted(ids: Int32Array, compare: (a: number, b: number) => number): Steps<Int32Array> {
  let from = ids.slice();
  for (let i = 0; i < from.length; i += stretch) {
    from.subarray(i, i + stretch).sort((a, b) => compare(a, b) || a - b);
    yield;
  }
  let to = new Int32Array(from.length);
  for (let width = stretch; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) {
      const middle = Math.min(start + width, from.length);
      const end = Math.min(start + 2 * width, from.length);
      for (let i = start, j = middle, k = start; k < end; k++) {
        if (k % (4 * stretch) === 0) yield;
        const left = j >= end || (i < middle && compare(from[i]!, from[j]!) <= 0);
        to[k] = left ? from[i++]! : from[j++]!;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
