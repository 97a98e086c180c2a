import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Problem, problemLine, unwrap } from '../base/problem.ts';
import { readModelFile, readSentencePieceFile, readTokenizerFile } from './modelFile.ts';
import { byteLevelJson, jsonBytes } from './testing/byteLevel.ts';
import { dice, english, modelBytes } from './testing/models.ts';
import { parseSpecialNames, parseTokenizerJson } from './tokenizerJson.ts';

type Json = Record<string, unknown>;
const fresh = (): Json & { model: Json; added_tokens: Json[] } => structuredClone(small);
const small = byteLevelJson({ lines: [...english, ...english], merges: 20 });
const read = (value: unknown, names = {}) => parseTokenizerJson(jsonBytes(value), 't.json', names);
const refusal = (value: unknown): Problem => {
  const result = read(value);
  if (result.ok) throw new Error('it was read');
  return result.problem;
};

describe('what is read', () => {
  it('has pieces by id, merges by rank, special tokens', () => {
    const model = unwrap(read(small));
    expect(model.format).toBe('tokenizer.json');
    expect(model.pieces.length).toBe(256 + 20 + 2);
    expect([...model.ids.values()]).toEqual(expect.arrayContaining(model.pieces.map((_, id) => id)));
    const [left, right, merged] = [model.merges.left, model.merges.right, model.merges.merged].map((ids) => ids[7]!);
    expect(model.pieces[left!]!.piece + model.pieces[right!]!.piece).toBe(model.pieces[merged!]!.piece);
    expect(model.pieces[merged!]!.score).toBe(-7);
    expect([model.bosId, model.eosId]).toEqual([276, 277]);
  });

  it('takes BOS and EOS from tokenizer_config.json, from the template, by their usual names', () => {
    const template = {
      type: 'Sequence',
      processors: [
        { type: 'ByteLevel' },
        {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: 'x', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        },
      ],
    };
    const added = [{ content: '<s>' }, { content: 'x' }, { content: '</s>' }];
    const json = byteLevelJson({ lines: [], merges: 0, added: added.slice(0, 1) });
    expect(unwrap(read(json)).bosId).toBe(256);
    const templated = { ...byteLevelJson({ lines: [], merges: 0, added }), post_processor: template };
    const [x, s] = [unwrap(read(templated)).ids.get('x'), unwrap(read(templated)).ids.get('<s>')];
    expect(unwrap(read(templated)).bosId).toBe(x);
    expect(unwrap(read(templated, { bos: '<s>', eos: 'x' })).bosId).toBe(s);
    expect(unwrap(read(templated, { bos: '<s>', eos: 'x' })).eosId).toBe(x);
    expect(parseSpecialNames(jsonBytes({ bos_token: 'a', eos_token: { content: 'b' } }))).toEqual({
      bos: 'a',
      eos: 'b',
    });
    for (const odd of [null, 5, [], { bos_token: null, eos_token: 7 }])
      expect(parseSpecialNames(jsonBytes(odd))).toEqual({});
    expect(parseSpecialNames(Buffer.from('{'))).toEqual({});
  });
});

describe('what is refused, in its place', () => {
  const vocab = (change: (vocab: Record<string, unknown>) => void) => {
    const json = fresh();
    change(json.model['vocab'] as Record<string, unknown>);
    return json;
  };
  const model = (changes: Json) => ({ ...fresh(), model: { ...fresh().model, ...changes } });
  const pre = (pretokenizers: unknown[]) => ({ ...fresh(), pre_tokenizer: { type: 'Sequence', pretokenizers } });
  const split = (pattern: unknown, behavior = 'Isolated', invert = false) =>
    pre([
      { type: 'Split', pattern, behavior, invert },
      { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    ]);
  const added = (changes: Json) => ({ ...fresh(), added_tokens: [{ ...fresh().added_tokens[0]!, ...changes }] });

  const cases: [what: string, json: unknown, place: string | undefined, words: RegExp][] = [
    ['no object', [], undefined, /an object is wanted/],
    ['no tokenizer', { a: 1 }, undefined, /no model in it/],
    ['WordPiece', model({ type: 'WordPiece' }), 'model.type', /WordPiece; byte-level BPE is supported/],
    ['Unigram', model({ type: 'Unigram' }), 'model.type', /Unigram/],
    ['Llama 2', model({ byte_fallback: true }), 'model.byte_fallback', /SentencePiece vocabulary/],
    ['dropout', model({ dropout: 0.1 }), 'model.dropout', /dropout/],
    ['CLIP', model({ end_of_word_suffix: '</w>' }), 'model.end_of_word_suffix', /not supported/],
    ['no vocabulary', model({ vocab: {} }), 'model.vocab', /no pieces/],
    ['a gap', vocab((v) => (v['new'] = 5000)), 'model.vocab.new', /leaves gaps/],
    ['an id twice', vocab((v) => (v['new'] = 3)), 'model.vocab.new', /belongs to/],
    ['no id', vocab((v) => (v['new'] = '3')), 'model.vocab.new', /an id/],
    ['a byte less', vocab((v) => { v['new'] = v['a']; delete v['a']; }), 'model.merges[3]', /no piece of/],
    ['a merge of three', model({ merges: ['a b c'] }), 'model.merges[0]', /a pair of pieces/],
    ['a merge of numbers', model({ merges: [['a', 'b'], [1, 2]] }), 'model.merges[0]', /no piece of the vocabulary/],
    ['an unknown merge', model({ merges: [['Ġ', 't'], ['q', 'zz']] }), 'model.merges[1]', /"zz" is no piece/],
    ['no merges', model({ merges: null }), 'model.merges', /an array is wanted/],
    ['a normaliser', { ...fresh(), normalizer: { type: 'Lowercase' } }, 'normalizer', /Lowercase is not supported/],
    ['a normaliser inside', { ...fresh(), normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'NFKC' }] } }, 'normalizer.normalizers[1]', /NFKC/],
    ['a decoder', { ...fresh(), decoder: { type: 'WordPiece' } }, 'decoder', /ByteLevel/],
    ['no pre-tokenizer', { ...fresh(), pre_tokenizer: null }, 'pre_tokenizer', /no pre-tokenizer/],
    ['Metaspace', pre([{ type: 'Metaspace' }]), 'pre_tokenizer.pretokenizers[0]', /ends in Metaspace/],
    ['Whitespace', pre([{ type: 'Whitespace' }, { type: 'ByteLevel' }]), 'pre_tokenizer.pretokenizers[0]', /Whitespace is not supported/],
    ['merging splits', split({ Regex: 'a' }, 'MergedWithNext'), 'pre_tokenizer.pretokenizers[0].behavior', /MergedWithNext/],
    ['a lookbehind', split({ Regex: 'ab(?<=x)' }), 'pre_tokenizer.pretokenizers[0].pattern.Regex', /at 2: looking behind/],
    ['an empty match', split({ Regex: 'a*' }), 'pre_tokenizer.pretokenizers[0].pattern.Regex', /empty/],
    ['an endless search', split({ Regex: '(a+b?)+c' }), 'pre_tokenizer.pretokenizers[0].pattern.Regex', /several ways/],
    ['a search of options', split({ Regex: '(?:a|ab?)+c' }), 'pre_tokenizer.pretokenizers[0].pattern.Regex', /several ways/],
    ['a search to and fro', split({ Regex: '(?:a?){0,60}b' }), 'pre_tokenizer.pretokenizers[0].pattern.Regex', /several ways/],
    ['a property', split({ Regex: '\\p{Nothing}' }), 'pre_tokenizer.pretokenizers[0].pattern.Regex', /no property/],
    ['an open group', split({ Regex: 'x(a' }), 'pre_tokenizer.pretokenizers[0].pattern.Regex', /at 1: a group is not closed/],
    ['an empty token', added({ content: '' }), 'added_tokens[0].content', /empty/],
    ['an id too far', added({ id: 900 }), 'added_tokens[0].id', /900 stands where 276/],
    ['another id', added({ content: 'a' }), 'added_tokens[0]', /already/],
    ['a flag', added({ special: 'yes' }), 'added_tokens[0].special', /true or false/],
    ['white space twice taken', { ...fresh(), added_tokens: [{ ...fresh().added_tokens[0], content: ' x' }, { ...fresh().added_tokens[1], rstrip: true }] }, 'added_tokens[0]', /rstrip/],
  ]; // prettier-ignore

  it.each(cases)('%s', (_, json, place, words) => {
    const { what, where, remedy } = refusal(json);
    expect([where?.file, where?.name]).toEqual(['t.json', place]);
    expect(what).toMatch(words);
    expect(remedy).toBeDefined();
  });

  it('a byte without a piece', () => {
    const json = byteLevelJson({ lines: [], merges: 0, added: [] });
    const { a, ...others } = json.model.vocab;
    expect(a).toBeDefined();
    const last = Object.entries(others).find(([, id]) => id === 255)![0];
    expect(refusal({ ...json, model: { ...json.model, vocab: { ...others, [last]: a } } }).what).toContain('byte 0x61');
  });

  it('a kind too many to be told apart from others is told by its place', () => {
    // Any value of any other kind, at every key.
    const kinds: unknown[] = [null, true, 5, -1, 0.5, 'x', [], [[]], {}, { type: 'x' }, Number.MAX_SAFE_INTEGER];
    let refused = 0;
    const visit = (node: unknown, put: (value: unknown) => unknown, depth: number) => {
      for (const kind of kinds) {
        const result = read(put(kind));
        if (result.ok) continue;
        refused++;
        expect(problemLine(result.problem)).toMatch(/^t\.json/);
      }
      if (typeof node !== 'object' || node === null || depth === 5) return;
      for (const key of Object.keys(node).slice(0, 12)) {
        visit((node as Json)[key], (value) => {
          const copy = structuredClone(node) as Json;
          copy[key] = value;
          return put(copy);
        }, depth + 1); // prettier-ignore
      }
    };
    visit(byteLevelJson({ lines: english, merges: 2 }), (value) => value, 0);
    expect(refused).toBeGreaterThan(300);
  });
});

describe('what is damaged', () => {
  it('is told with its place wherever the file is cut off', () => {
    const bytes = jsonBytes(small);
    for (let length = 0; length < bytes.length; length++) {
      const result = parseTokenizerJson(bytes.subarray(0, length), 't.json');
      if (result.ok) throw new Error(`read up to ${length}`);
      expect(result.problem.where?.byteOffset).toBeLessThanOrEqual(length);
      expect(result.problem.where?.byteOffset).toBeGreaterThanOrEqual(length - 3);
    }
  });

  it('is a problem or another tokenizer, never an exception', () => {
    const bytes = jsonBytes(small);
    const roll = dice(9);
    let refused = 0;
    for (let round = 0; round < 1500; round++) {
      const damaged = Uint8Array.from(bytes);
      for (let i = roll(4); i >= 0; i--) damaged[roll(damaged.length)] = roll(256);
      const result = parseTokenizerJson(damaged, 't.json');
      if (!result.ok) refused++;
    }
    expect(refused).toBeGreaterThan(500);
  });

  it('is refused before it fills the memory', () => {
    const deep = parseTokenizerJson(Buffer.from('['.repeat(2_000_000)), 't.json');
    expect(deep.ok || deep.problem).toMatchObject({ where: { byteOffset: 64 } });
    const wide = parseTokenizerJson(Buffer.from(`[${'{},'.repeat(5_000_000)}{}]`), 't.json');
    expect(wide.ok || wide.problem.what).toMatch(/more than \d+ objects and arrays/);
    const notText = parseTokenizerJson(Buffer.concat([Buffer.from('"한글'.repeat(2000)), Buffer.of(0xff)]), 't.json');
    expect(notText.ok || notText.problem).toMatchObject({
      what: 'the file is not UTF-8',
      where: { byteOffset: 14_000 },
    });
  });
});

describe('on disk', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'json-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('a directory gives its tokenizer.model, else its tokenizer.json', async () => {
    const at = path.join(folder, 'model');
    mkdirSync(at);
    writeFileSync(path.join(at, 'tokenizer.json'), jsonBytes(small));
    writeFileSync(path.join(at, 'tokenizer_config.json'), jsonBytes({ eos_token: '<|begin_of_text|>' }));
    const model = unwrap(await readModelFile(at));
    expect([model.format, model.file]).toEqual(['tokenizer.json', path.join(at, 'tokenizer.json')]);
    expect(unwrap(await readTokenizerFile(at)).eosId).toBe(276);
    const refused = await readSentencePieceFile(at);
    expect(refused.ok || refused.problem.what).toContain('needs a SentencePiece model');
    writeFileSync(path.join(at, 'tokenizer.model'), modelBytes({ algorithm: 'bpe', pieces: [['a', -1]] }));
    expect(unwrap(await readModelFile(at)).format).toBe('sentencepiece');
    expect(unwrap(await readModelFile(path.join(at, 'tokenizer.json'))).format).toBe('tokenizer.json');
  });
});
