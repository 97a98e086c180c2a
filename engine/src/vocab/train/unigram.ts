/**
 * A unigram language model's pieces (Kudo 2018), as SentencePiece trains them: from many seeds, probabilities are fitted
 * by expectation maximisation (with a sparse prior: the digamma function in place of the logarithm), then the
 * pieces that the text would miss least are dropped, and so on down to the size. Characters always stay.
 */
import type { Steps } from '../../base/steps.ts';
import { BestPath, Lattice } from './lattice.ts';
import { mostWeight, seedsOf } from './seeds.ts';
import type { Segments } from './segments.ts';

export interface UnigramOptions {
  /** Number of pieces, characters included. */
  readonly size: number;
  /** Characters of a piece at most. */
  readonly longest: number;
  /** Number of seeds at most. */
  readonly seeds: number;
}

export interface Scored {
  readonly piece: string;
  /** Natural logarithm of the piece's probability. */
  readonly score: number;
}

export interface UnigramPieces {
  /** The most likely first; fewer than asked for where the text has no more. */
  readonly pieces: readonly Scored[];
  /** Number of pieces that the text's best spelling is made of. */
  readonly tokens: number;
}

/** Share of the pieces that survives a round, at least. */
const shrinking = 0.75;
/** Rounds go on until there are this many times the pieces wanted; the last step goes by probability. */
const margin = 1.1;
const iterationsPerRound = 2;
/** Pieces expected less often go at once; a character is taken to be expected as often. */
const leastExpected = 0.5;

export function* unigramPieces(
  segments: Segments,
  { size, longest, seeds: mostSeeds }: UnigramOptions,
  onRound: (pieces: number, seeds: number) => void,
): Steps<UnigramPieces> {
  const seeds = yield* seedsOf(segments, longest, mostSeeds);
  yield;
  const model = new Model(segments, seeds.placeOf, seeds.lengthOf, seeds.weightOf, new Lattice(segments, seeds));
  const wanted = Math.floor(margin * size);
  for (;;) {
    for (let n = 0; n < iterationsPerRound; n++) yield* model.fit();
    onRound(model.size, seeds.size);
    if (model.size <= wanted) break;
    yield* model.prune(Math.max(wanted, Math.floor(shrinking * model.size)));
  }
  model.keepLikeliest(size);
  let tokens = 0;
  for (const count of yield* model.lattice.bestCounts(model.scores)) tokens += count;
  return { pieces: model.scored(), tokens };
}

class Model {
  /** Logarithms of probabilities. */
  scores: Float64Array;

  constructor(
    private readonly segments: Segments,
    private placeOf: Int32Array,
    private lengthOf: Uint16Array,
    weights: Float64Array,
    readonly lattice: Lattice,
  ) {
    const sum = weights.reduce((a, b) => a + b, 0);
    this.scores = weights.map((weight) => Math.log(weight / sum));
  }

  get size(): number {
    return this.scores.length;
  }

  private get characters(): number {
    return this.segments.characters.length;
  }

  /** One iteration of expectation maximisation. */
  *fit(): Steps<void> {
    const expected = yield* this.lattice.expected(this.scores.map(Math.exp));
    const kept: number[] = [];
    let sum = 0;
    for (let piece = 0; piece < expected.length; piece++) {
      if (expected[piece]! < leastExpected) {
        if (piece >= this.characters) continue;
        expected[piece] = leastExpected;
      }
      kept.push(piece);
      sum += expected[piece]!;
    }
    const all = digamma(sum);
    this.scores = expected.map((count) => digamma(count) - all);
    this.keep(kept);
  }

  /**
   * Keeps `wanted` pieces. A piece that the best spelling of the text does not use goes, one whose own text is better
   * spelled otherwise too; of the rest those whose loss would make the text least likely, if each of their places were spelled
   * in the next best way.
   */
  *prune(wanted: number): Steps<void> {
    const counts = yield* this.lattice.bestCounts(this.scores);
    const sum = counts.reduce((a, b) => a + b, 0);
    const logSum = Math.log(sum);
    const best = new BestPath(this.scores);
    const kept: number[] = [];
    const candidates: number[] = [];
    const losses: number[] = [];
    for (let piece = 0; piece < this.size; piece++) {
      if (piece < this.characters) {
        kept.push(piece);
        continue;
      }
      const count = counts[piece]!;
      if (count === 0) continue;
      const length = this.lengthOf[piece]!;
      this.lattice.findBest(best, this.placeOf[piece]!, length, piece);
      if (best.scoreAt[length]! > this.scores[piece]!) continue;
      let parts = 0;
      let logAlternative = 0;
      for (let at = length; at > 0; at -= best.lengthAt[at]!) {
        logAlternative += Math.log(counts[best.pieceAt[at]!]! + count);
        parts++;
      }
      logAlternative -= parts * Math.log(sum + count * (parts - 1));
      candidates.push(piece);
      losses.push(count * (Math.log(count) - logSum - logAlternative));
    }
    yield;
    for (const i of mostWeight(Float64Array.from(losses), wanted - kept.length)) kept.push(candidates[i]!);
    this.keep(kept);
  }

  /** Keeps the characters and the likeliest of the others. */
  keepLikeliest(wanted: number): void {
    const kept = Array.from({ length: this.characters }, (_, i) => i);
    const { characters } = this;
    for (const i of mostWeight(this.scores.subarray(characters), wanted - characters)) kept.push(characters + i);
    this.keep(kept);
  }

  scored(): Scored[] {
    const { text, characters } = this.segments;
    const pieces = Array.from(this.scores, (score, i) => {
      let piece = '';
      for (let k = 0; k < this.lengthOf[i]!; k++) piece += characters[text[this.placeOf[i]! + k]!]!;
      return { piece, score };
    });
    return pieces.sort((a, b) => b.score - a.score || (a.piece < b.piece ? -1 : 1));
  }

  /** Keeps these pieces, given in rising order. */
  private keep(pieces: readonly number[]): void {
    if (pieces.length === this.size) return;
    const numbers = new Int32Array(this.size).fill(-1);
    for (let i = 0; i < pieces.length; i++) numbers[pieces[i]!] = i;
    this.lattice.renumber(numbers);
    this.scores = Float64Array.from(pieces, (piece) => this.scores[piece]!);
    this.placeOf = Int32Array.from(pieces, (piece) => this.placeOf[piece]!);
    this.lengthOf = Uint16Array.from(pieces, (piece) => this.lengthOf[piece]!);
  }
}

/** The derivative of the logarithm of the gamma function, for x > 0: recurrence up to 7, then its asymptotic series at x - 1/2. */
export function digamma(x: number): number {
  let result = 0;
  for (; x < 7; x++) result -= 1 / x;
  const y = 1 / (x - 0.5);
  const y2 = y * y;
  const y4 = y2 * y2;
  return result - Math.log(y) + y2 / 24 - (7 / 960) * y4 + (31 / 8064) * y4 * y2 - (127 / 30720) * y4 * y4;
}
