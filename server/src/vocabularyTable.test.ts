import { describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { finish } from '../../engine/src/base/steps.ts';
import { PieceType } from '../../engine/src/tokenizers/tokenizer.ts';
import type { Piece } from '../../engine/src/tokenizers/tokenizer.ts';
import type { VocabularyRows } from './protocol.ts';
import { sorted, textPieces, VocabularyTable } from './vocabularyTable.ts';

const piece = (text: string, score = 0, type: Piece['type'] = PieceType.normal): Piece => ({
  piece: text,
  score,
  type,
});
const pieces: readonly Piece[] = [
  piece('<unk>', 0, PieceType.unknown),
  piece('<s>', 0, PieceType.control),
  piece('<0x41>', 0, PieceType.byte),
  piece('▁the', -1),
  piece('The', -5),
  piece('▁있다', -2),
  piece('있', -9),
  piece('▁10', -3, PieceType.control),
  piece('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', -4),
];
const table = finish(VocabularyTable.make(textPieces(pieces), 5));
const all: VocabularyRows.Query = {
  search: '',
  regex: false,
  matchCase: false,
  scripts: [],
  kinds: [],
  sort: 'id',
  descending: false,
};
const ask = (query: Partial<VocabularyRows.Query>): number[] => [...unwrap(finish(table.query({ ...all, ...query })))];

describe('a vocabulary', () => {
  it('tells what each piece is', () => {
    expect(table.row(5)).toEqual({
      id: 5,
      piece: '▁있다',
      score: -2,
      kind: 'normal',
      script: 'Hangul',
      characters: 3,
      bytes: 9,
    });
    expect(table.row(2)).toMatchObject({ kind: 'byte', script: 'bytes', characters: 0, bytes: 1 });
    // Kept for its id alone, and a text all the same.
    expect(table.row(7)).toMatchObject({ kind: 'control', script: 'digits' });
  });

  it('is counted by script, kind and length, base and added apart', () => {
    const { scripts, kinds, lengths, longest } = finish(table.summary());
    expect(Object.fromEntries(scripts.map(({ name, count, added }) => [name, [count, added]]))).toEqual({
      special: [2, 0],
      bytes: [1, 0],
      Latin: [3, 1],
      Hangul: [2, 2],
      digits: [1, 1],
    });
    expect(kinds.find(({ name }) => name === 'control')).toEqual({ name: 'control', count: 2, added: 1 });
    expect(lengths.reduce((sum, { count }) => sum + count, 0)).toBe(6);
    expect(lengths.at(-1)).toEqual({ characters: 20, count: 1, added: 1 });
    expect(longest).toBe(41);
  });
});

describe('a query', () => {
  it('finds parts of pieces, a space for the mark of one', () => {
    expect(ask({ search: '있' })).toEqual([5, 6]);
    expect(ask({ search: ' 있' })).toEqual([5]);
    expect(ask({ search: '있'.normalize('NFD') })).toEqual([5, 6]);
    expect(ask({ search: 'the' })).toEqual([3, 4]);
    expect(ask({ search: 'the', matchCase: true })).toEqual([3]);
  });

  it('finds ids', () => {
    expect(ask({ search: 'id:3' })).toEqual([3]);
    expect(ask({ search: 'id: 3-5' })).toEqual([3, 4, 5]);
  });

  it('takes regular expressions', () => {
    expect(ask({ search: '^t|^▁t', regex: true })).toEqual([3, 4]);
    expect(ask({ search: '^\\p{Script=Hangul}+$', regex: true, matchCase: true })).toEqual([6]);
  });

  it('refuses a regular expression that is broken, and ends one that never would', () => {
    expect(finish(table.query({ ...all, search: '(', regex: true }))).toMatchObject({ ok: false });
    const endless = finish(table.query({ ...all, search: '(a+)+$', regex: true }));
    expect(endless).toMatchObject({ ok: false, problem: { what: 'the regular expression takes too long' } });
  });

  it('filters by script, kind, part and length, all at once', () => {
    expect(ask({ scripts: ['Hangul', 'bytes'] })).toEqual([2, 5, 6]);
    expect(ask({ kinds: ['control'] })).toEqual([1, 7]);
    expect(ask({ part: 'added' })).toEqual([5, 6, 7, 8]);
    expect(ask({ part: 'base', scripts: ['Latin'] })).toEqual([3, 4]);
    expect(ask({ characters: 3 })).toEqual([4, 5, 7]);
    expect(ask({ characters: 20 })).toEqual([8]);
  });

  it('sorts either way', () => {
    expect(ask({ sort: 'score', scripts: ['Latin', 'Hangul'] })).toEqual([6, 4, 8, 5, 3]);
    expect(ask({ sort: 'score', scripts: ['Latin', 'Hangul'], descending: true })).toEqual([3, 5, 8, 4, 6]);
    expect(ask({ sort: 'piece' })).toEqual([2, 1, 0, 4, 8, 7, 3, 5, 6]);
    expect(ask({ sort: 'characters', kinds: ['normal'] })).toEqual([6, 4, 5, 3, 8]);
    expect(ask({ sort: 'bytes', kinds: ['normal'] })).toEqual([4, 6, 3, 5, 8]);
  });
});

describe('the sort that pauses', () => {
  it('is that of the language, over many stretches', () => {
    const keys = Int32Array.from({ length: 20_011 }, (_, i) => (i * 7919) % 1009);
    const ids = Int32Array.from(keys.keys());
    const steps = sorted(ids, (a, b) => keys[a]! - keys[b]!);
    const expected = Array.from(ids).sort((a, b) => keys[a]! - keys[b]! || a - b);
    expect([...finish(steps)]).toEqual(expected);
  });
});
