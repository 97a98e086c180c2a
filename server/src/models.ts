/** `ListModels`: Hugging Face directories and PEFT adapters in the workspace, each with what it is or why it is of no use. */
import path from 'node:path';
import { inspectModelDirectory } from '../../engine/src/model/files.ts';
import type { Context } from './context.ts';
import { ListModels } from './protocol.ts';
import type { ModelInfo } from './protocol.ts';

export function registerModels({ connection, workspace }: Context): void {
  connection.onRequest(ListModels.type, async () => {
    const { models, adapters } = await workspace.fresh();
    const roots = workspace.folders.map((folder) => folder.path);
    const all = [...models, ...adapters].map((directory) => inspect(directory, modelName(directory, roots)));
    return belowTheirBase(await Promise.all(all));
  });
}

async function inspect(directory: string, name: string): Promise<ModelInfo> {
  const { kind, parameters, vocabularySize, layers, hiddenSize, rank, base, problem } =
    await inspectModelDirectory(directory);
  return {
    path: directory,
    name,
    kind,
    ...(parameters === undefined ? {} : { parameters }),
    ...(vocabularySize === undefined ? {} : { vocabularySize }),
    ...(layers === undefined ? {} : { layers }),
    ...(hiddenSize === undefined ? {} : { hiddenSize }),
    ...(rank === undefined ? {} : { rank }),
    ...(base === undefined ? {} : { base }),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Adapters behind the model that they belong to; those of models elsewhere at the end. */
function belowTheirBase(all: readonly ModelInfo[]): readonly ModelInfo[] {
  const listed = new Set(all.filter(({ kind }) => kind === 'model').map((model) => model.path));
  return all
    .filter(({ kind, base }) => kind === 'model' || base === undefined || !listed.has(base))
    .flatMap((model) => [model, ...all.filter(({ base }) => base === model.path)]);
}

/** The path in the workspace folder: `models/base`, `runs/bi/final`. */
export function modelName(directory: string, roots: readonly string[]): string {
  const root = roots.filter((r) => directory.startsWith(r + path.sep)).sort((a, b) => b.length - a.length)[0];
  return root === undefined ? path.basename(directory) : path.relative(root, directory).split(path.sep).join('/');
}
