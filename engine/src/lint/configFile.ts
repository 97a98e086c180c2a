/** `.bllossomlint.json` on disk: the nearest one at or above a file holds for it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isFileError, systemProblem } from '../base/fileProblem.ts';
import { ok, type Result } from '../base/problem.ts';
import type { Language } from './rule.ts';
import { configName, type Layer, noLayer, parseConfig } from './config.ts';

/** Layers by directory, each file read once; make a new one to read anew. */
export class ConfigFiles {
  private readonly known = new Map<string, Promise<Result<Layer>>>();

  /** `upTo`: the directory above which nothing is looked for. */
  constructor(
    private readonly upTo?: string,
    private readonly language: Language = 'en',
  ) {}

  /** The layer for files in a directory; an empty one where no file says anything. */
  layerFor(directory: string): Promise<Result<Layer>> {
    let found = this.known.get(directory);
    if (found === undefined) this.known.set(directory, (found = this.read(directory)));
    return found;
  }

  private async read(directory: string): Promise<Result<Layer>> {
    const file = path.join(directory, configName);
    try {
      return parseConfig(await readFile(file, 'utf8'), file, this.language);
    } catch (error) {
      if (!isFileError(error)) throw error;
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR')
        return { ok: false, problem: systemProblem(error, file) };
    }
    const above = path.dirname(directory);
    return above === directory || directory === this.upTo ? ok(noLayer) : this.layerFor(above);
  }
}
