/** Keeps the model that was asked last, and loads it anew when its files have changed: a run may have written it again. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Result, ok } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import type { BackendOptions } from '../backends/backend.ts';
import { chosenDirectories } from '../generation/modelToAsk.ts';
import { type OpenModel, openModel } from '../generation/openModel.ts';
import type { ModelChoice } from '../protocol.ts';

export class ModelKeeper {
  readonly #options: BackendOptions;
  #kept: { readonly key: string; readonly model: OpenModel } | undefined;

  constructor(options: BackendOptions) {
    this.#options = options;
  }

  /** One caller at a time: the model belongs to it until its next call. */
  async get(choice: ModelChoice, work: Work): Promise<Result<OpenModel>> {
    const chosen = chosenDirectories(choice);
    const directories = chosen.ok ? Object.values(chosen.value) : [choice.model];
    const key = JSON.stringify([directories, choice.backend ?? 'auto', directories.map(fingerprint)]);
    if (this.#kept?.key === key) return ok(this.#kept.model);
    this.dispose();
    const model = await openModel(choice, this.#options, work);
    if (model.ok) this.#kept = { key, model: model.value };
    return model;
  }

  dispose(): void {
    this.#kept?.model.dispose();
    this.#kept = undefined;
  }
}

/** Changes when any file of a directory does. */
function fingerprint(directory: string): string {
  try {
    return readdirSync(directory)
      .sort()
      .map((name) => {
        const { size, mtimeMs, ino } = statSync(path.join(directory, name));
        return `${name} ${size} ${mtimeMs} ${ino}`;
      })
      .join('\n');
  } catch {
    return ''; // opening the model tells what is wrong
  }
}
