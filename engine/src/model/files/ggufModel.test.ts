/** A model written as GGUF is the very same model: llama.cpp reads it and says what PyTorch computed; its bytes are the format's. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { llamaCppAbsent, openLlamaCpp } from '../../../../test/llamaCpp.ts';
import { problemLine, unwrap } from '../../base/problem.ts';
import { readModelFile, type TokenizerModel } from '../../tokenizers/index.ts';
import { readModelDirectory } from '../files.ts';
import { writeGgufModel } from './ggufModel.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'gguf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'model.gguf');
const fixture = (name: string) => path.join(root, 'test/fixtures', name);
const stories = path.resolve(root, '../shared/data/models/stories260K');

interface Reference {
  readonly greedy: { readonly prompt: readonly number[]; readonly ids: readonly number[] };
  readonly batch: { readonly ids: readonly (readonly number[])[] };
  readonly logits: { readonly row0_last: readonly number[] };
}
const referenceOf = (directory: string) =>
  JSON.parse(readFileSync(path.join(directory, 'reference.json'), 'utf8')) as Reference;

const absent = llamaCppAbsent(root);
const models = ['tiny-llama', 'tiny-llama3'].map(fixture).concat(existsSync(stories) ? [stories] : []);

describe.skipIf(absent !== undefined)(`GGUF in llama.cpp${absent === undefined ? '' : ` (${absent})`}`, () => {
  it.each(models)('%s has the logits and the greedy text that PyTorch computed', async (directory) => {
    const model = unwrap(await readModelDirectory(directory));
    const values = referenceOf(directory);
    unwrap(await writeGgufModel(file, model, { type: 'float32', ...(await vocabulary(directory)) }));
    // One thread: more of them wait for each other busily, which takes minutes where others compute.
    const peer = openLlamaCpp(root, file, { threads: 1, contextLength: 256, exactCache: true });
    try {
      const logits = peer.append(values.batch.ids[0]!);
      const largest = Math.max(...values.logits.row0_last.map(Math.abs));
      for (const [i, value] of values.logits.row0_last.entries())
        expect(Math.abs(logits[i]! - value) / largest).toBeLessThan(2e-3);
      peer.clear();
      const { prompt, ids } = values.greedy;
      const said = [...prompt];
      for (let next: readonly number[] = prompt; said.length < ids.length; next = said.slice(-1)) {
        const all = peer.append(next);
        said.push(all.indexOf(all.reduce((most, one) => Math.max(most, one))));
      }
      expect(said).toEqual(ids);
    } finally {
      peer.dispose();
    }
  });

  it('has a bfloat16 form, which is near', async () => {
    const model = unwrap(await readModelDirectory(fixture('tiny-llama')));
    const values = referenceOf(fixture('tiny-llama'));
    unwrap(await writeGgufModel(file, model, { type: 'bfloat16' }));
    const peer = openLlamaCpp(root, file, { threads: 1, contextLength: 64 });
    const logits = peer.append(values.batch.ids[0]!);
    const largest = Math.max(...values.logits.row0_last.map(Math.abs));
    for (const [i, value] of values.logits.row0_last.entries())
      expect(Math.abs(logits[i]! - value) / largest).toBeLessThan(5e-2);
    peer.dispose();
  });
});

async function vocabulary(directory: string): Promise<{ tokenizer?: TokenizerModel }> {
  const read = await readModelFile(directory);
  return read.ok ? { tokenizer: read.value } : {};
}

describe('GGUF files', () => {
  it('say what the format asks for, with data where they say', async () => {
    const model = unwrap(await readModelDirectory(fixture('tiny-llama')));
    unwrap(await writeGgufModel(file, model, { type: 'float32' }));
    const bytes = readFileSync(file);
    expect(bytes.toString('latin1', 0, 4)).toBe('GGUF');
    expect([bytes.readUInt32LE(4), Number(bytes.readBigUInt64LE(8))]).toEqual([3, model.tensors.length]);
    // The last tensor ends the file: the final norm, or the head, whose numbers stand at the file's end.
    const last = model.tensors.at(-1)!;
    const at = bytes.length - Math.ceil((4 * last.data.length) / 32) * 32;
    expect(bytes.readFloatLE(at)).toBe(last.data[0]);
  });

  it('are refused for a vocabulary that they have no form for here, and for a place that cannot be written', async () => {
    const model = unwrap(await readModelDirectory(fixture('tiny-llama')));
    const tokenizer = { format: 'bytelevel', file: 'tokenizer.json' } as unknown as TokenizerModel;
    const refused = await writeGgufModel(file, model, { type: 'float32', tokenizer });
    expect(refused.ok ? '' : problemLine(refused.problem)).toContain('SentencePiece BPE');
    const nowhere = await writeGgufModel(path.join(folder, 'no/such/file'), model, { type: 'float32' });
    expect(nowhere.ok).toBe(false);
  });
});
