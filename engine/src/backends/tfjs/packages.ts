/**
 * Where the packages are that GPUs need and that the engine does not bring along: `webgpu` (Dawn) and @tensorflow/tfjs-node-gpu.
 * A setting names a folder, which the editor hands on in an environment variable; else the project's node_modules has them.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bad, ok, type Result } from '../../base/problem.ts';

export interface OptionalPackage {
  /** As npm names it. */
  readonly name: string;
  /** The environment variable that names the package's folder, or one whose node_modules has it. */
  readonly variable: string;
  /** The editor's setting for it. */
  readonly setting: string;
}

export const webgpuPackage: OptionalPackage = {
  name: 'webgpu',
  variable: 'BLLOSSOM_WEBGPU',
  setting: 'bllossom.engine.webgpu',
};

export const nodeGpuPackage: OptionalPackage = {
  name: '@tensorflow/tfjs-node-gpu',
  variable: 'BLLOSSOM_TFJS_NODE_GPU',
  setting: 'bllossom.engine.tfjsNodeGpu',
};

/** Folders of the project, as the PATH separates them; beside them, the working directory counts. */
const projectVariable = 'BLLOSSOM_PROJECT';

export interface FoundPackage {
  readonly name: string;
  readonly folder: string;
  readonly version: string;
  /** For people: `set in …` or `found in the project`. */
  readonly why: string;
}

export function findPackage(wanted: OptionalPackage, env: NodeJS.ProcessEnv = process.env): Result<FoundPackage> {
  const remedy = `Install it (npm install ${wanted.name}) in the project, or set its folder in ${wanted.setting} or ${wanted.variable}.`;
  const set = env[wanted.variable] ?? '';
  if (set !== '') {
    const places = [set, path.join(set, 'node_modules', wanted.name)];
    const found = places.map((place) => packageAt(place, wanted.name)).find((one) => one !== undefined);
    if (found === undefined)
      return bad(`the package ${wanted.name} is not in the folder that is set`, { file: set }, remedy);
    return ok({ ...found, why: `set in ${wanted.setting} or ${wanted.variable}` });
  }
  const projects = [process.cwd(), ...(env[projectVariable] ?? '').split(path.delimiter)];
  for (const project of projects.filter((folder) => folder !== ''))
    for (const folder of upwards(path.resolve(project))) {
      const found = packageAt(path.join(folder, 'node_modules', wanted.name), wanted.name);
      if (found !== undefined) return ok({ ...found, why: 'found in the project' });
    }
  return bad(`the package ${wanted.name} is not installed`, undefined, remedy);
}

function* upwards(folder: string): Generator<string> {
  for (let at = folder; ; at = path.dirname(at)) {
    yield at;
    if (path.dirname(at) === at) return;
  }
}

function packageAt(folder: string, name: string): Pick<FoundPackage, 'name' | 'folder' | 'version'> | undefined {
  const file = path.join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  try {
    const { name: found, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
    return found === name && typeof version === 'string' ? { name, folder, version } : undefined;
  } catch {
    return undefined;
  }
}
