/** A model's weights files as their headers tell of them: every file, and where each tensor is. No weight is read. */
import { bad, ok, type Result } from '../../base/problem.ts';
import { readSafetensorsHeader } from './safetensors.ts';
import type { SafetensorsHeader, TensorEntry } from './safetensorsHeader.ts';
import { shardFiles } from './shards.ts';

export interface WeightsFile {
  readonly path: string;
  readonly header: SafetensorsHeader;
}

export interface Weights {
  readonly files: readonly WeightsFile[];
  /** By name; no tensor stands in two files. */
  readonly tensors: ReadonlyMap<string, { readonly file: string; readonly entry: TensorEntry }>;
}

export async function openWeights(directory: string): Promise<Result<Weights>> {
  const paths = await shardFiles(directory);
  if (!paths.ok) return paths;
  const files: WeightsFile[] = [];
  const tensors = new Map<string, { file: string; entry: TensorEntry }>();
  for (const file of paths.value) {
    const header = await readSafetensorsHeader(file);
    if (!header.ok) return header;
    files.push({ path: file, header: header.value });
    for (const entry of header.value.tensors) {
      const twice = tensors.get(entry.name);
      if (twice !== undefined)
        return bad(
          `the tensor stands in ${twice.file} too`,
          { file, name: entry.name },
          'Download or copy the weights again.',
        );
      tensors.set(entry.name, { file, entry });
    }
  }
  return ok({ files, tensors });
}
