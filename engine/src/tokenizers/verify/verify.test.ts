import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { parseModel, readModelFile, type SentencePieceModel, type TokenizerModel } from '../index.ts';
import { byteLevelJson, jsonBytes, qwenPattern } from '../testing/byteLevel.ts';
import { english, korean, modelBytes, trained } from '../testing/models.ts';
import { linesOfFiles } from './textLines.ts';
import { type Verification, verifyTokenizer, type VerifyOptions } from './verify.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), 'verify-'))));
afterAll(() => rm(folder, { recursive: true }));

/** The model, with its file on disk. */
async function saved(name: string, bytes: Uint8Array): Promise<SentencePieceModel> {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return unwrap(parseModel(bytes, file));
}
const text = async (name: string, content: string | Uint8Array): Promise<string> => {
  await writeFile(path.join(folder, name), content);
  return path.join(folder, name);
};
const verify = async (model: TokenizerModel, options: Partial<VerifyOptions> = {}): Promise<Verification> =>
  unwrap(await verifyTokenizer(model, { files: [], show: 3, ...options }));

const small = trained([...english, ...korean], { size: 420, coverage: 0.97 });

describe('a tokenizer verified', () => {
  it.each<[string, Uint8Array]>([
    ['bpe', small.bytes],
    ['without byte fallback', trained(english, { size: 150, byteFallback: false }).bytes],
    ['unigram', modelBytes({ algorithm: 'unigram', pieces: [['a', -1], ['b', -2], ['ab', -2.5], ['\u2581', -3], ['\u2581ab', -4], ['bab', -4.1]] })], // prettier-ignore
  ])('%s: hostile texts made from its pieces are the same', async (name, bytes) => {
    const model = await saved(`${name}.model`, bytes);
    const report = await verify(model);
    expect(report.differences).toEqual([]);
    expect(report).toMatchObject({ same: true, differing: 0, files: [] });
    expect(report.lines).toBeGreaterThan(10_000);
    expect(report.oracles.map(({ name }) => name)).toContain('sentencepiece-js');
  });

  it('byte-level: the same as in Hugging Face’s library', async () => {
    const lines = [...english, ...korean];
    const json = byteLevelJson({ lines, merges: 200, pattern: qwenPattern, normalizer: { type: 'NFC' } });
    const file = await text('tokenizer.json', jsonBytes(json));
    const report = await verify(unwrap(await readModelFile(file)));
    expect(report.differences).toEqual([]);
    expect(report.oracles).toMatchObject([{ name: '@huggingface/tokenizers', differing: 0 }]);
  });

  it('differs where the file has become another: the lines, with the first token that does', async () => {
    const model = await saved('exchanged.model', small.bytes);
    await writeFile(model.file, trained(english, { size: 300, coverage: 0.97 }).bytes);
    const lines = ['x', ...english];
    const file = await text('english.txt', lines.join('\n'));
    const report = await verify(model, { files: [file] });
    expect(report).toMatchObject({ same: false, lines: lines.length, files: [file] });
    expect(report.differing).toBeGreaterThan(english.length / 2);
    expect(report.differences).toHaveLength(3);
    const [first] = report.differences;
    expect(first).toMatchObject({ file, what: 'ids', oracle: 'sentencepiece-js' });
    expect(lines[first!.line - 1]).toBe(first!.text);
    expect(first!.ours).not.toEqual(first!.theirs);
  });

  it('stops when it is told to', async () => {
    const model = await saved('stopped.model', small.bytes);
    const stop = new AbortController();
    const work = verifyTokenizer(model, {
      files: [],
      show: 1,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('stopped')),
    });
    await expect(work).rejects.toThrow('stopped');
  });

  it('leaves no handlers of the library on the process', async () => {
    const model = await saved('handlers.model', small.bytes);
    const before = process.listenerCount('uncaughtException');
    await verify(model, { files: [await text('one.txt', 'one')] });
    expect(process.listenerCount('uncaughtException')).toBe(before);
  });

  it('tells a file that SentencePiece does not take', async () => {
    const model = await saved('taken-away.model', small.bytes);
    await writeFile(model.file, 'no model');
    const result = await verifyTokenizer(model, { files: [], show: 1 });
    expect(result).toMatchObject({ ok: false, problem: { where: { file: model.file } } });
  });
});

describe('lines of files', () => {
  const linesOf = async (content: string | Uint8Array) => {
    const file = await text('lines.txt', content);
    const lines: [number, string][] = [];
    for await (const { line, text } of linesOfFiles([file])) lines.push([line, text]);
    return lines;
  };

  it('end at line feeds alone, empty ones count, broken UTF-8 becomes U+FFFD', async () => {
    expect(await linesOf('')).toEqual([]);
    expect(await linesOf('a\r\n\nb')).toEqual([[1, 'a\r'], [2, ''], [3, 'b']]); // prettier-ignore
    expect(await linesOf('a\n')).toEqual([[1, 'a']]);
    expect(await linesOf(Uint8Array.of(0x61, 0xff, 0x0a, 0xed))).toEqual([[1, 'a\ufffd'], [2, '\ufffd']]); // prettier-ignore
  });

  it('come in parts where they are long, whole characters each', async () => {
    const long = `x${'🙂가'.repeat(100_000)}`;
    const lines = await linesOf(`${long}\nend\n`);
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.at(-1)).toEqual([2, 'end']);
    expect(lines.slice(0, -1).every(([line]) => line === 1)).toBe(true);
    expect(
      lines
        .slice(0, -1)
        .map(([, part]) => part)
        .join(''),
    ).toBe(long);
  });
});
