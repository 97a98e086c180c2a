import { describe, expect, it } from 'vitest';
import { dice, oddText } from '../../tokenizers/testing/models.ts';
import { segmentsOf, type Segments } from './segments.ts';
import { type CountingOptions, WordCounts } from './wordCounts.ts';

/** Words with their counts; what has no ▁ begins with a space. */
function wordsOf(counts: WordCounts): Record<string, number> {
  const found: Record<string, number> = {};
  counts.words.forEach(
    (bytes, start, end, count) => (found[Buffer.from(bytes.subarray(start, end)).toString()] = count),
  );
  return found;
}

function counted(text: string | Uint8Array, options?: CountingOptions, chunk = 1 << 20): WordCounts {
  const counts = new WordCounts(options);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunk) counts.addBytes(bytes.subarray(at, at + chunk));
  counts.endText();
  return counts;
}

const spelled = ({ text, starts, counts, characters }: Segments): Record<string, number> =>
  Object.fromEntries(
    Array.from(counts, (count, i) => [
      Array.from(text.subarray(starts[i], starts[i + 1]! - 1), (c) => characters[c]).join(''),
      count,
    ]),
  );

describe('counting words', () => {
  it('takes what stands between spaces, with an empty word for each further space', () => {
    const counts = counted('a b a\n\n b  c\r\nc\r');
    expect(wordsOf(counts)).toEqual({ a: 2, b: 2, '': 2, c: 2 });
    expect(counts.lines).toBe(3);
  });

  it.each([1, 2, 3, 7, 4095, 4097])('counts the same in chunks of %i bytes, and line by line', (chunk) => {
    const random = dice(chunk);
    const lines = Array.from({ length: 60 }, () => oddText(random).replaceAll('\n', ' '));
    lines.push('글'.repeat(5000), 'x'.repeat(9000) + ' y');
    const text = lines.join('\n');
    const options = [{}, { userDefined: ['ing', '한', 'aaaa'] }];
    for (const option of options) {
      const whole = counted(text, option);
      const parts = counted(text, option, chunk);
      expect(wordsOf(parts)).toEqual(wordsOf(whole));
      expect(parts.lines).toBe(whole.lines);
      const byLine = new WordCounts(option);
      for (const line of text.split('\n')) byLine.add(line.endsWith('\r') ? line.slice(0, -1) : line);
      expect(wordsOf(byLine)).toEqual(wordsOf(whole));
    }
  });

  it('cuts out user-defined pieces, the longest first; what follows one has no ▁', () => {
    const counts = counted('ab<x>cd <x><xy>\n<x>', { userDefined: ['<x>', '<xy>', '<x><x'] });
    expect(wordsOf(counts)).toEqual({ ab: 1, ' cd': 1, '': 2, ' y>': 1 });
  });

  it('applies the rules of a normaliser to each line', () => {
    const normalizer = {
      ...{ name: 'spaces', charsmap: new Uint8Array(), addDummyPrefix: true, escapeWhitespaces: true },
      removeExtraWhitespaces: true,
    };
    expect(wordsOf(counted('  a   b \n   \nb', { normalizer }))).toEqual({ a: 1, b: 2 });
  });

  it('forgets the rarest words when there are too many, and says how many', () => {
    const text = Array.from({ length: 3000 }, (_, i) => (i % 3 === 0 ? 'often too' : `w${i}`)).join('\n');
    const counts = counted(text, { maximumWords: 1000 });
    expect(wordsOf(counts)).toMatchObject({ often: 1000, too: 1000 });
    expect(counts.words.size).toBeLessThanOrEqual(1000);
    expect(counts.forgotten.words).toBeGreaterThan(900);
    let kept = 0;
    counts.words.forEach((_bytes, _start, _end, count) => (kept += count));
    expect(kept + counts.forgotten.occurrences).toBe(4000);
  });
});

describe('segments', () => {
  const options = { coverage: 1, splitDigits: false };

  it('are words cut between scripts, each once with its count', () => {
    const segments = segmentsOf(counted('word, (word) word.\n한글word 123.4'), options);
    expect(spelled(segments)).toEqual({
      ...{ '\u2581word': 2, word: 2, ',': 1, '\u2581(': 1, ')': 1, '.': 1, '\u2581한글': 1, '\u2581123.4': 1 },
    });
    expect(segments.totalCharacters).toBe(5 + 1 + 7 + 6 + 7 + 6);
  });

  it('end at rare characters, which are counted in bytes', () => {
    const segments = segmentsOf(counted('aaaa aaaa aa햄aa'), { ...options, coverage: 0.9 });
    expect(spelled(segments)).toEqual({ '\u2581aaaa': 2, '\u2581aa': 1, aa: 1 });
    expect(segments.uncovered).toEqual({ characters: 1, bytes: 3, broken: 0 });
  });

  it('keep digits apart where that is asked for', () => {
    const segments = segmentsOf(counted('a12 3'), { ...options, splitDigits: true });
    expect(spelled(segments)).toEqual({ '\u2581a': 1, '1': 1, '2': 1, '3': 1, '\u2581': 1 });
  });

  it('count broken bytes and end at them', () => {
    const bytes = Buffer.concat([Buffer.from('ab'), Buffer.from([0xff, 0xed, 0x96]), Buffer.from('cd\ufffd')]);
    const segments = segmentsOf(counted(bytes), options);
    expect(spelled(segments)).toEqual({ '\u2581ab': 1, cd: 1 });
    expect(segments.uncovered.broken).toBe(4);
  });

  it('stand in the order of their text, whatever the order of the lines', () => {
    const random = dice(5);
    const lines = Array.from({ length: 200 }, () => oddText(random).replaceAll('\n', ' '));
    const a = segmentsOf(counted(lines.join('\n')), options);
    const b = segmentsOf(counted(lines.reverse().join('\n')), options);
    expect(a.text).toEqual(b.text);
    expect(a.counts).toEqual(b.counts);
    expect(a.characters).toEqual(b.characters);
  });
});
