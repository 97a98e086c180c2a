/**
 * Finds what the trees show in the workspace's folders: tokenizers, models, adapters, runs, evaluation results and tasks,
 * comparisons. Breadth first, so that the shallowest come first; bounded, so that a huge workspace costs seconds at most and says
 * it was cut.
 */
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { taskFileEnding } from '../../engine/src/evaluation/taskFile.ts';
import { isInside } from './uris.ts';

export interface WorkspaceFiles {
  /** SentencePiece `.model` files; a `tokenizer.json` where no `tokenizer.model` stands beside it. */
  readonly tokenizers: readonly string[];
  /** Hugging Face model directories. */
  readonly models: readonly string[];
  /** PEFT adapter directories. */
  readonly adapters: readonly string[];
  /** Run directories. */
  readonly runs: readonly string[];
  /** Evaluation results files. */
  readonly evaluations: readonly string[];
  /** Files that define evaluation tasks. */
  readonly tasks: readonly string[];
  /** Directories of comparisons by preference. */
  readonly preferences: readonly string[];
  /** True where a bound was met and something may be missing. */
  readonly truncated: boolean;
}

export type Kind = Exclude<keyof WorkspaceFiles, 'truncated'>;

export interface ScanLimits {
  /** Folders below a workspace folder, 0 the folder itself. */
  readonly depth: number;
  readonly directories: number;
  readonly entries: number;
}

export const defaultLimits: ScanLimits = { depth: 6, directories: 20_000, entries: 400_000 };

const resultsFile = /^results([_.-].*)?\.json$/;
const weights = /\.safetensors(\.index\.json)?$/;
const atOnce = 16;

export async function scanWorkspace(
  roots: readonly string[],
  signal?: AbortSignal,
  limits: ScanLimits = defaultLimits,
): Promise<WorkspaceFiles> {
  const found = { tokenizers: [], models: [], adapters: [], runs: [], evaluations: [], tasks: [], preferences: [] } as {
    [K in Kind]: string[];
  };
  const seen = new Set<string>();
  let directories = 0;
  let entries = 0;
  let truncated = false;
  let level = [...roots];
  for (let depth = 0; level.length > 0; depth++) {
    const next: string[] = [];
    for (let first = 0; first < level.length; first += atOnce) {
      signal?.throwIfAborted();
      const listings = await Promise.all(level.slice(first, first + atOnce).map((d) => list(d, seen)));
      for (const { directory, files, folders } of listings) {
        directories++;
        entries += files.length + folders.length;
        const isRun = sort(directory, files, found);
        next.push(...folders.filter((name) => !(isRun && name === 'checkpoints')).map((f) => path.join(directory, f)));
      }
      if (directories >= limits.directories || entries >= limits.entries) return { ...found, truncated: true };
    }
    if (depth === limits.depth) {
      truncated = next.length > 0;
      break;
    }
    level = next;
  }
  return { ...found, truncated };
}

interface Listing {
  readonly directory: string;
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** Names in a directory, sorted; nothing where it cannot be read, or was seen under another name. */
async function list(directory: string, seen: Set<string>): Promise<Listing> {
  const nothing = { directory, files: [], folders: [] };
  try {
    const real = await realpath(directory);
    if (seen.has(real)) return nothing;
    seen.add(real);
    const entries = await readdir(directory, { withFileTypes: true });
    const files: string[] = [];
    const folders: string[] = [];
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      if (entry.isDirectory()) folders.push(entry.name);
      else if (entry.isFile()) files.push(entry.name);
      else if (entry.isSymbolicLink()) {
        // A link may stand for either; listing it as a folder answers nothing where it is a file.
        files.push(entry.name);
        folders.push(entry.name);
      }
    }
    return { directory, files: files.sort(), folders: folders.sort() };
  } catch {
    return nothing;
  }
}

/** Notes what a directory is and holds; answers whether it is a run. */
function sort(directory: string, files: readonly string[], found: Record<Kind, string[]>): boolean {
  const has = (name: string) => files.includes(name);
  const isRun = has('run.json');
  if (isRun) found.runs.push(directory);
  if (has('prefer.json')) found.preferences.push(directory);
  if (has('adapter_config.json')) found.adapters.push(directory);
  else if (has('config.json') && files.some((name) => weights.test(name))) found.models.push(directory);
  for (const name of files) {
    const isTokenizer = name.endsWith('.model') || (name === 'tokenizer.json' && !has('tokenizer.model'));
    if (isTokenizer) found.tokenizers.push(path.join(directory, name));
    else if (name.endsWith(taskFileEnding)) found.tasks.push(path.join(directory, name));
    else if (resultsFile.test(name)) found.evaluations.push(path.join(directory, name));
  }
  return isRun;
}

/**
 * Which tokenizer to take where none is set: one of this folder before those of others, one in a folder `tokenizers`
 * before those elsewhere, then the shallowest, then by name.
 */
export function firstTokenizer(folder: string, tokenizers: readonly string[]): string | undefined {
  const rank = (file: string) => {
    const parts = path.relative(folder, file).split(path.sep);
    const elsewhere = isInside(file, folder) ? 0 : 1;
    return [elsewhere, parts.slice(0, -1).includes('tokenizers') ? 0 : 1, parts.length] as const;
  };
  return [...tokenizers].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x[0] - y[0] || x[1] - y[1] || x[2] - y[2] || (a < b ? -1 : a > b ? 1 : 0);
  })[0];
}
