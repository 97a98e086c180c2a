/**
 * A BPE vocabulary from text, in SentencePiece's form: words are counted, the neighbours that stand together most often
 * become a piece, and so on until the vocabulary has its size. The pieces keep SentencePiece's defaults: ▁ only in front,
 * letters of one script, digits and other signs never mixed, up to 16 characters. The same texts give the same bytes.
 * Algorithm: Sennrich et al. 2016, with each word's pairs recounted when a merge touches it.
 */
import { bad, type Result } from '../base/problem.ts';
import { spaceSymbol } from '../tokenizers/normalizer.ts';
import { parseModel, pieceOfByte, type SentencePieceModel } from '../tokenizers/sentencePieceModel.ts';
import { newBpeModel } from '../tokenizers/sentencePieceWriter.ts';
import { type Piece, PieceType } from '../tokenizers/tokenizer.ts';
import { wellFormed } from '../tokenizers/unicode.ts';
import { characterClass } from './scripts.ts';

export interface TrainOptions {
  /** Number of pieces, special ones, bytes and single characters included. */
  readonly size: number;
  /** Share of the text's characters that get a piece of their own, 0 to 1; the rarest are left to bytes. */
  readonly coverage: number;
  /** 256 byte pieces for characters without a piece. */
  readonly byteFallback: boolean;
}

const longestPiece = 16;

/** Counts the words of texts, line by line. */
export class WordCounts {
  readonly words = new Map<string, number>();
  /** Counts of single characters, ▁ included. */
  readonly characters = new Map<string, number>();

  /** Adds a line without its end. */
  add(line: string): void {
    if (line === '') return;
    const text = spaceSymbol + wellFormed(line).replaceAll(' ', spaceSymbol);
    for (const word of text.split(/(?=\u2581)/)) this.words.set(word, (this.words.get(word) ?? 0) + 1);
  }

  /** Fills `characters` from the words. */
  countCharacters(): void {
    this.characters.clear();
    for (const [word, count] of this.words) {
      for (const character of word) this.characters.set(character, (this.characters.get(character) ?? 0) + count);
    }
  }
}

/** Trains a model. `file` names it in messages. `onMerge` is told the number of pieces so far, to show progress or stop. */
export function trainBpe(
  counts: WordCounts,
  options: TrainOptions,
  file: string,
  onMerge: (pieces: number) => void = () => undefined,
): Result<SentencePieceModel> {
  const { size, coverage, byteFallback } = options;
  counts.countCharacters();
  const characters = coveredCharacters(counts.characters, coverage);
  if (characters.length === 0) return bad('there is no text to train on', { name: '--input' });
  const special: Piece[] = [
    { piece: '<unk>', score: 0, type: PieceType.unknown },
    { piece: '<s>', score: 0, type: PieceType.control },
    { piece: '</s>', score: 0, type: PieceType.control },
  ];
  for (let byte = 0; byteFallback && byte < 256; byte++) {
    special.push({ piece: pieceOfByte(byte), score: 0, type: PieceType.byte });
  }
  const merges = size - special.length - characters.length;
  if (merges < 0) {
    return bad(
      `a vocabulary of ${size} is too small: special pieces take ${special.length}, single characters ${characters.length}`,
      { name: '--size' },
      `Ask for ${special.length + characters.length} or more, or lower --coverage.`,
    );
  }
  const merged = new PairCounts(counts.words, characters).merge(merges, (n) => onMerge(special.length + n));
  if (merged.length < merges) {
    return bad(
      `the text yields ${size - merges + merged.length} pieces, not ${size}`,
      { name: '--size' },
      `Ask for ${size - merges + merged.length} or fewer, or give more text.`,
    );
  }
  const pieces = [...merged, ...characters].map((piece, i) => ({
    piece,
    score: i === 0 ? 0 : -i,
    type: PieceType.normal,
  }));
  return parseModel(newBpeModel([...special, ...pieces], { byteFallback, characterCoverage: coverage }), file);
}

/** The most frequent characters that make up a share of the text, most frequent first. Control characters get none. */
function coveredCharacters(counts: ReadonlyMap<string, number>, coverage: number): string[] {
  const sorted = [...counts]
    .filter(([character]) => !/\p{Cc}/u.test(character))
    .sort(([a, m], [b, n]) => n - m || compare(a, b));
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  const covered: string[] = [];
  let sum = 0;
  for (const [character, count] of sorted) {
    // ▁ begins every word: it is a piece whatever the coverage.
    if (sum / total >= coverage && character !== spaceSymbol) continue;
    covered.push(character);
    sum += count;
  }
  return covered;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Two neighbouring symbols: how often they stand together, and in which words. */
interface Pair {
  readonly left: number;
  readonly right: number;
  readonly text: string;
  readonly length: number;
  count: number;
  readonly words: Set<number>;
}

interface Symbol {
  readonly text: string;
  /** In characters. */
  readonly length: number;
  /** Class of its characters; '' for ▁ alone, which goes with any. */
  readonly kind: string;
}

class PairCounts {
  private readonly symbols: Symbol[] = [];
  private readonly symbolIds = new Map<string, number>();
  /** Each word's symbols; -1 for a character without a piece. */
  private readonly words: number[][] = [];
  private readonly wordCounts: number[] = [];
  private readonly pairs = new Map<number, Pair>();
  private readonly queue = new PairQueue();

  constructor(words: ReadonlyMap<string, number>, characters: readonly string[]) {
    for (const character of characters) {
      this.symbol(character, 1, character === spaceSymbol ? '' : characterClass(character));
    }
    for (const [word, count] of words) {
      this.words.push(Array.from(word, (character) => this.symbolIds.get(character) ?? -1));
      this.wordCounts.push(count);
    }
    for (let word = 0; word < this.words.length; word++) this.countWord(word, 1);
    for (const pair of this.pairs.values()) this.queue.push(pair, pair.count);
  }

  /** Up to `wanted` pieces in the order of their merges. */
  merge(wanted: number, onMerge: (pieces: number) => void): string[] {
    const pieces: string[] = [];
    while (pieces.length < wanted) {
      const pair = this.queue.pop();
      if (pair === undefined) break;
      const known = this.symbolIds.get(pair.text);
      // A piece may be made in two ways (`a|bc`, `ab|c`): the second is merged as well, but is no new piece.
      const merged = known ?? this.symbol(pair.text, pair.length, this.kindOf(pair.left, pair.right) ?? '');
      if (known === undefined) pieces.push(pair.text);
      const touched = new Set<Pair>();
      for (const word of pair.words) {
        this.countWord(word, -1, touched);
        this.words[word] = replaced(this.words[word]!, pair.left, pair.right, merged);
        this.countWord(word, 1, touched);
      }
      for (const changed of touched) if (changed.count > 0) this.queue.push(changed, changed.count);
      onMerge(pieces.length);
    }
    return pieces;
  }

  private symbol(text: string, length: number, kind: string): number {
    const id = this.symbols.length;
    this.symbols.push({ text, length, kind });
    this.symbolIds.set(text, id);
    return id;
  }

  /** Adds a word's pairs `sign` times its count; of overlapping equal pairs (`aaa`) the first counts. */
  private countWord(word: number, sign: 1 | -1, touched?: Set<Pair>): void {
    const symbols = this.words[word]!;
    const count = sign * this.wordCounts[word]!;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const pair = this.pair(symbols[i]!, symbols[i + 1]!);
      if (pair === undefined) continue;
      pair.count += count;
      touched?.add(pair);
      if (sign > 0) pair.words.add(word);
      else pair.words.delete(word);
      if (symbols[i] === symbols[i + 1] && symbols[i + 2] === symbols[i]) i++;
    }
  }

  private pair(left: number, right: number): Pair | undefined {
    if (left < 0 || right < 0) return undefined;
    const key = left * 0x4000000 + right;
    const known = this.pairs.get(key);
    if (known !== undefined) return known;
    const length = this.symbols[left]!.length + this.symbols[right]!.length;
    if (length > longestPiece || this.kindOf(left, right) === undefined) return undefined;
    const text = this.symbols[left]!.text + this.symbols[right]!.text;
    const pair: Pair = { left, right, text, length, count: 0, words: new Set() };
    this.pairs.set(key, pair);
    return pair;
  }

  /** The class of two symbols together, or undefined where they may not stand in one piece. */
  private kindOf(left: number, right: number): string | undefined {
    const a = this.symbols[left]!.kind;
    const b = this.symbols[right]!.kind;
    // ▁ never stands behind anything: words begin with it, and a lone one has no right neighbour.
    if (b === 'any' || a === b) return a;
    if (a === '' || a === 'any') return b;
    return undefined;
  }
}

/** The symbols with each `left right` put together, from the left. */
function replaced(symbols: readonly number[], left: number, right: number, merged: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      out.push(merged);
      i++;
    } else out.push(symbols[i]!);
  }
  return out;
}

/** A heap of pairs: the most frequent first, then the shortest, then by text. Entries whose count has changed are left. */
class PairQueue {
  private readonly heap: { readonly pair: Pair; readonly count: number }[] = [];

  push(pair: Pair, count: number): void {
    const { heap } = this;
    const entry = { pair, count };
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  pop(): Pair | undefined {
    for (;;) {
      const top = this.heap[0];
      if (top === undefined) return undefined;
      this.removeTop();
      if (top.count === top.pair.count && top.count > 0) return top.pair;
    }
  }

  private removeTop(): void {
    const { heap } = this;
    const entry = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, entry)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = entry;
  }
}

interface Entry {
  readonly pair: Pair;
  readonly count: number;
}

function before(a: Entry, b: Entry): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.pair.length !== b.pair.length) return a.pair.length < b.pair.length;
  return compare(a.pair.text, b.pair.text) < 0;
}
