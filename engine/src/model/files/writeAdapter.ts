/** Writes a PEFT adapter's directory: config, factors, trained tables and tokenizer together or not at all. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeDirectoryAtomic } from '../../base/atomic.ts';
import { fileProblem } from '../../base/fileProblem.ts';
import { ok, type Result } from '../../base/problem.ts';
import type { LlamaConfig } from '../model.ts';
import type { LoraOptions } from '../options.ts';
import type { Room, TensorToLoad } from '../sessions.ts';
import { adapterConfigFile, adapterConfigJson, adapterWeightsFile } from './adapterConfig.ts';
import { writeSafetensors } from './safetensors.ts';
import { refuseExisting } from './writeModel.ts';

export interface AdapterToWrite {
  /** The base's config and directory. */
  readonly config: LlamaConfig;
  readonly base: string;
  readonly lora: LoraOptions;
  /** adapter_config.json of the adapter that this one goes on from. */
  readonly raw?: Readonly<Record<string, unknown>>;
  readonly factors: readonly TensorToLoad[];
  /** Embedding and head as they are now, where they are not the base's. */
  readonly tables: readonly TensorToLoad[];
  /** Memory to load them into. */
  readonly room: Room;
  /** Directories to take tokenizer files from, the first that has one before the others. */
  readonly tokenizers: readonly string[];
  /** Files to write in place of the tokenizer's, which it is given by name. */
  readonly others?: (files: Readonly<Record<string, Uint8Array>>) => Readonly<Record<string, Uint8Array | string>>;
}

const tokenizerFiles = [
  ...['tokenizer.model', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json'],
  'chat_template.jinja',
];

/** An existing place is never touched. */
export async function writeAdapterDirectory(directory: string, adapter: AdapterToWrite): Promise<Result<void>> {
  const free = await refuseExisting(directory);
  if (!free.ok) return free;
  const { config, base, lora, raw, factors, tables } = adapter;
  // On a tied model PEFT would put a module to save beside the embedding and leave the head the old one; a table that is no
  // module to save, as of an expanded vocabulary, it reads into the model itself.
  const saved = config.tiedHead ? [] : tables.map(({ name }) => name.split('.').at(-2)!);
  const fresh = adapterConfigJson(lora, base, saved);
  const kept = raw === undefined ? fresh : { ...fresh, ...raw, lora_dropout: lora.dropout, inference_mode: true };
  const json = { ...kept, base_model_name_or_path: base, modules_to_save: fresh['modules_to_save'] };
  try {
    await writeDirectoryAtomic(directory, async (at) => {
      await writeFile(path.join(at, adapterConfigFile), `${JSON.stringify(json, undefined, 2)}\n`);
      const files: Record<string, Uint8Array> = {};
      for (const name of tokenizerFiles) {
        const from = await firstWith(adapter.tokenizers, name);
        if (from !== undefined) files[name] = await readFile(from);
      }
      for (const [name, content] of Object.entries(adapter.others?.(files) ?? files))
        await writeFile(path.join(at, name), content);
      await writeSafetensors(
        path.join(at, adapterWeightsFile),
        [...factors, ...tables.map((table) => ({ ...table, name: `base_model.model.${table.name}` }))],
        { room: adapter.room },
      );
    });
  } catch (error) {
    return fileProblem(error, directory);
  }
  return ok(undefined);
}

async function firstWith(directories: readonly string[], name: string): Promise<string | undefined> {
  for (const directory of directories) {
    const file = path.join(directory, name);
    if ((await stat(file).catch(() => undefined))?.isFile() === true) return file;
  }
  return undefined;
}
