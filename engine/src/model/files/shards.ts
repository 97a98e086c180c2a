/** Which files hold a model's weights: model.safetensors, or the shards that model.safetensors.index.json lists. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem, isFileError } from '../../base/fileProblem.ts';
import { bad, ok, type Result } from '../../base/problem.ts';

const damaged = 'Download or copy the index again.';

/** Paths of the weights files. A shard's name may not lead out of the directory. */
export async function shardFiles(directory: string): Promise<Result<readonly string[]>> {
  const single = path.join(directory, 'model.safetensors');
  const indexFile = `${single}.index.json`;
  if (await exists(single)) return ok([single]);
  let text: string;
  try {
    text = await readFile(indexFile, 'utf8');
  } catch (error) {
    if (!isFileError(error) || error.code !== 'ENOENT') return fileProblem(error, indexFile);
    const old = await exists(path.join(directory, 'pytorch_model.bin'));
    return bad(
      'there is neither model.safetensors nor model.safetensors.index.json in it',
      { file: directory },
      old ? 'Convert pytorch_model.bin to safetensors first.' : 'Download or copy the weights too.',
    );
  }
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch (error) {
    return bad(`this is not JSON (${(error as Error).message})`, { file: indexFile }, damaged);
  }
  const map: unknown = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    return bad('it has no weight_map', { file: indexFile }, damaged);
  const names = new Set<string>();
  for (const [tensor, name] of Object.entries(map)) {
    if (typeof name !== 'string' || name !== path.basename(name) || !name.endsWith('.safetensors'))
      return bad(
        `${JSON.stringify(name)} is no name of a safetensors file beside it`,
        { file: indexFile, name: tensor },
        damaged,
      );
    names.add(name);
  }
  for (const name of names) {
    if (!(await exists(path.join(directory, name))))
      return bad(`the shard ${name} is missing`, { file: directory }, 'Download or copy it too.');
  }
  return ok([...names].sort().map((name) => path.join(directory, name)));
}

/** model.safetensors.index.json as it stands; undefined for a model in the one file `files` names. */
export async function readIndex(
  directory: string,
  files: readonly string[],
): Promise<Result<Readonly<Record<string, unknown>> | undefined>> {
  const file = path.join(directory, 'model.safetensors.index.json');
  if (files.length === 1 && path.basename(files[0]!) === 'model.safetensors') return ok(undefined);
  try {
    // That it is an object shardFiles has found out.
    return ok(JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, unknown>>);
  } catch (error) {
    return fileProblem(error, file);
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
