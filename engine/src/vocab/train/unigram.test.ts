import { describe, expect, it } from 'vitest';
import { finish } from '../../base/steps.ts';
import { dice } from '../../tokenizers/testing/models.ts';
import { Lattice } from './lattice.ts';
import { mostWeight, seedsOf } from './seeds.ts';
import { type Segments, segmentsOf } from './segments.ts';
import { digamma, unigramPieces } from './unigram.ts';
import { WordCounts } from './wordCounts.ts';

const count = (lines: readonly string[]) => {
  const words = new WordCounts();
  for (const line of lines) words.add(line);
  return segmentsOf(words, { coverage: 1, splitDigits: false });
};

const randomLines = (seed: number, letters = 'abcb') => {
  const random = dice(seed);
  return Array.from({ length: 80 }, () =>
    Array.from({ length: 1 + random(9) }, () => letters[random(letters.length)]!).join(''),
  );
};

const textOf = ({ text, characters }: Segments, place: number, length: number): string =>
  Array.from(text.subarray(place, place + length), (c) => characters[c]).join('');

describe('seeds', () => {
  it.each([1, 2, 3])('are the shared strings that different characters follow, with all their places (%i)', (seed) => {
    const segments = count(randomLines(seed));
    const longest = 5;
    const seeds = finish(seedsOf(segments, longest, 1_000_000));
    const found = new Map<string, number>();
    for (let i = 0; i < seeds.size; i++) {
      found.set(textOf(segments, seeds.placeOf[i]!, seeds.lengthOf[i]!), seeds.weightOf[i]!);
    }
    // By brute force: every substring with its count, and what follows it.
    const counts = new Map<string, { count: number; places: number; followers: Set<string>; whole: boolean }>();
    for (let i = 0; i < segments.counts.length; i++) {
      const segment = textOf(segments, segments.starts[i]!, segments.starts[i + 1]! - segments.starts[i]! - 1);
      for (let from = 0; from < segment.length; from++) {
        for (let to = from + 1; to <= Math.min(segment.length, from + longest); to++) {
          const text = segment.slice(from, to);
          const entry = counts.get(text) ?? { count: 0, places: 0, followers: new Set(), whole: false };
          entry.count += segments.counts[i]!;
          entry.places++;
          entry.whole ||= text === segment;
          entry.followers.add(segment[to] ?? `end ${i}`);
          counts.set(text, entry);
        }
      }
    }
    const expected = new Map<string, number>();
    for (const [text, { count: times, places, followers, whole }] of counts) {
      const ends = [...followers].some((follower) => follower.startsWith('end'));
      const isSeed = places > 1 ? followers.size > 1 || ends : whole && times >= 4;
      if (text.length === 1 || isSeed) expected.set(text, times * text.length);
    }
    expect(new Map([...found].sort())).toEqual(new Map([...expected].sort()));
  });

  it('are those of the greatest weight where there are too many', () => {
    expect(Array.from(mostWeight(Float64Array.of(3, 1, 4, 1, 5, 4, 2), 4))).toEqual([0, 2, 4, 5]);
    expect(Array.from(mostWeight(Float64Array.of(4, 4, 4), 2))).toEqual([0, 1]);
    expect(Array.from(mostWeight(Float64Array.of(4, 5), 9))).toEqual([0, 1]);
    expect(Array.from(mostWeight(Float64Array.of(4, 5), 0))).toEqual([]);
  });
});

describe('the lattice', () => {
  /** All spellings of a text in pieces. */
  function* spellings(text: string, known: ReadonlyMap<string, number>): Generator<string[]> {
    if (text === '') yield [];
    for (let length = 1; length <= text.length; length++) {
      const head = text.slice(0, length);
      if (!known.has(head)) continue;
      for (const rest of spellings(text.slice(length), known)) yield [head, ...rest];
    }
  }

  it.each([1, 2, 3])('expects each piece as often as all spellings say, and finds the best one (%i)', (seed) => {
    const segments = count(randomLines(seed).map((line) => line.slice(0, 7)));
    const seeds = finish(seedsOf(segments, 4, 1_000_000));
    const random = dice(seed);
    const probabilities = Float64Array.from({ length: seeds.size }, () => (1 + random(100)) / (50 * seeds.size));
    const names = Array.from(probabilities, (_, i) => textOf(segments, seeds.placeOf[i]!, seeds.lengthOf[i]!));
    const known = new Map(names.map((name, i) => [name, probabilities[i]!]));
    const expected = new Map(names.map((name) => [name, 0]));
    const best = new Map(names.map((name) => [name, 0]));
    for (let i = 0; i < segments.counts.length; i++) {
      const text = textOf(segments, segments.starts[i]!, segments.starts[i + 1]! - segments.starts[i]! - 1);
      const all = [...spellings(text, known)].map((pieces) => ({
        pieces,
        probability: pieces.reduce((product, piece) => product * known.get(piece)!, 1),
      }));
      const sum = all.reduce((total, { probability }) => total + probability, 0);
      const most = Math.max(...all.map(({ probability }) => probability));
      for (const { pieces, probability } of all) {
        for (const piece of pieces) {
          expected.set(piece, expected.get(piece)! + (segments.counts[i]! * probability) / sum);
          if (probability === most) best.set(piece, best.get(piece)! + segments.counts[i]!);
        }
      }
    }
    const lattice = new Lattice(segments, seeds);
    const told = finish(lattice.expected(probabilities));
    for (const [i, name] of names.entries()) expect(told[i], name).toBeCloseTo(expected.get(name)!, 8);
    const counts = finish(lattice.bestCounts(probabilities.map(Math.log)));
    expect(counts.reduce((a, b) => a + b)).toBe([...best.values()].reduce((a, b) => a + b));

    // Without a few pieces it says what it would say had they never been there.
    const numbers = Int32Array.from(names, (_, i) => i);
    const gone = names.length - 3;
    numbers.fill(-1, gone);
    lattice.renumber(numbers);
    const fewer = finish(lattice.expected(probabilities.subarray(0, gone)));
    expect(fewer).toHaveLength(gone);
    const spelledCharacters = fewer.reduce((sum, n, i) => sum + n * seeds.lengthOf[i]!, 0);
    expect(spelledCharacters).toBeCloseTo(segments.totalCharacters, 6);
  });

  it('keeps its sums in range over hundreds of characters', () => {
    const segments = count(['ab'.repeat(2000)]);
    const seeds = finish(seedsOf(segments, 16, 1_000_000));
    const expected = finish(new Lattice(segments, seeds).expected(new Float64Array(seeds.size).fill(1e-9)));
    const characters = expected.reduce((sum, n, i) => sum + n * seeds.lengthOf[i]!, 0);
    expect(characters).toBeCloseTo(4001, 4);
  });
});

describe('the unigram trainer', () => {
  it('gives the pieces asked for, all characters among them, the likeliest first', () => {
    const segments = count(randomLines(9, 'abcdefgh'));
    const { pieces } = finish(unigramPieces(segments, { size: 40, longest: 16, seeds: 1_000_000 }, () => undefined));
    expect(pieces).toHaveLength(40);
    expect(new Set(pieces.map(({ piece }) => piece)).size).toBe(40);
    for (const character of segments.characters) expect(pieces.map(({ piece }) => piece)).toContain(character);
    expect(pieces.map(({ score }) => score)).toEqual(pieces.map(({ score }) => score).sort((a, b) => b - a));
    const probability = pieces.reduce((sum, { score }) => sum + Math.exp(score), 0);
    expect(probability).toBeGreaterThan(0.5);
    expect(probability).toBeLessThan(1.01);
  });

  it('learns the words that a text is made of', () => {
    const words = ['river', 'market', 'window', 'token', 'paper'];
    const random = dice(3);
    const lines = Array.from({ length: 400 }, () =>
      Array.from({ length: 1 + random(4) }, () => words[random(words.length)]!).join(''),
    );
    const { pieces } = finish(unigramPieces(count(lines), { size: 40, longest: 16, seeds: 1e6 }, () => undefined));
    for (const word of words) expect(pieces.slice(0, 12).map(({ piece }) => piece)).toContain(word);
  });

  it('knows the digamma function', () => {
    expect(digamma(1)).toBeCloseTo(-0.5772156649015329, 9);
    expect(digamma(0.5)).toBeCloseTo(-1.9635100260214235, 9);
    expect(digamma(10)).toBeCloseTo(2.251752589066721, 9);
    expect(digamma(1e6)).toBeCloseTo(Math.log(1e6) - 0.5e-6, 9);
  });
});
