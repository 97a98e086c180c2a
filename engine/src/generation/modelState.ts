/** What the file system says of a model's files: whether they are still those that were read. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** What a model or an adapter is made of: configuration, weights, tokenizer. */
export const isModelFile = (name: string): boolean => /\.(safetensors|json|model)$/.test(name);

/** Another text once any of the model's or the adapter's files is another, whatever else changes beside them. */
export function modelState({ model, adapter }: { readonly model: string; readonly adapter?: string }): string {
  return [model, ...(adapter === undefined ? [] : [adapter])].map(stateOf).join('\n\n');
}

function stateOf(directory: string): string {
  try {
    return readdirSync(directory)
      .filter(isModelFile)
      .sort()
      .map((name) => {
        const { size, mtimeNs, ino } = statSync(path.join(directory, name), { bigint: true });
        return `${name} ${size} ${mtimeNs} ${ino}`;
      })
      .join('\n');
  } catch {
    return ''; // who opens the model tells what is wrong
  }
}
