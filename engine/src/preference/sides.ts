/** What a side is, from a word on the command line or in a form: a model, a model with an adapter, or a file of answers. */
import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Precision } from '../backends/backend.ts';
import { fileProblem } from '../base/fileProblem.ts';
import { bad, ok, type Result } from '../base/problem.ts';
import { chosenDirectories } from '../generation/modelToAsk.ts';
import { isAdapterDirectory } from '../model/files.ts';
import type { SideSource } from './types.ts';

export interface NamedSide {
  /** Of the directory or the file. */
  readonly name: string;
  readonly source: SideSource;
}

export interface SideCompute {
  readonly backend?: string;
  readonly precision?: Precision;
}

/** `DIR`, `DIR+ADAPTER`, or a file; `hash` says a file's SHA-256. `option` names it in a problem: `--a`. */
export async function readSide(word: string, option: string, compute: SideCompute = {}): Promise<Result<NamedSide>> {
  try {
    const whole = await stat(word).catch(() => undefined);
    if (whole?.isFile() === true) return ok(await answersSide(word));
    const plus = whole === undefined ? await parts(word) : undefined;
    if (whole === undefined && plus === undefined)
      return bad(
        'there is no such model or file of answers',
        { file: word, name: option },
        'Give a model, MODEL+ADAPTER, or a JSONL file of answers.',
      );
    return await modelSide(plus?.model ?? word, plus?.adapter, compute);
  } catch (error) {
    return fileProblem(error, word);
  }
}

async function answersSide(word: string): Promise<NamedSide> {
  const file = path.resolve(word);
  const name = path.basename(file).replace(/\.(jsonl?|json)(\.gz)?$/i, '');
  return { name, source: { kind: 'answers', file, sha256: await fileHash(file) } };
}

async function modelSide(model: string, adapter: string | undefined, compute: SideCompute): Promise<Result<NamedSide>> {
  const chosen = chosenDirectories({ model, ...(adapter === undefined ? {} : { adapter }) });
  if (!chosen.ok) return chosen;
  const directories = [chosen.value.model, ...(chosen.value.adapter === undefined ? [] : [chosen.value.adapter])];
  const absolute = directories.map((one) => path.resolve(one));
  const [base, added] = absolute;
  return ok({
    name: nameOf(added ?? base!),
    source: {
      kind: 'model',
      model: base!,
      ...(added === undefined ? {} : { adapter: added }),
      ...(compute.backend === undefined ? {} : { backend: compute.backend }),
      ...(compute.precision === undefined ? {} : { precision: compute.precision }),
      fingerprint: await fingerprint(absolute),
    },
  });
}

/** `runs/ko/final` is `ko/final`: names that every run gives tell nothing. */
function nameOf(directory: string): string {
  const name = path.basename(directory);
  return /^(final|model|adapter|step-\d+)$/.test(name) ? `${path.basename(path.dirname(directory))}/${name}` : name;
}

/** A path may hold a plus itself: the first one that parts two directories, the second an adapter. */
async function parts(word: string): Promise<{ model: string; adapter: string } | undefined> {
  for (let at = word.indexOf('+'); at >= 0; at = word.indexOf('+', at + 1)) {
    const [model, adapter] = [word.slice(0, at), word.slice(at + 1)];
    if (
      adapter !== '' &&
      (await stat(model).catch(() => undefined))?.isDirectory() === true &&
      isAdapterDirectory(adapter)
    )
      return { model, adapter };
  }
  return undefined;
}

/** Samples of each file this long. */
const sample = 4096;
const samples = 16;

/**
 * SHA-256 over the names and sizes of the files that say what a model answers, and over samples of their content: another training's
 * weights are told from these in a moment, where hashing all would take minutes.
 */
export async function fingerprint(directories: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const directory of directories) {
    const names = (await readdir(directory)).filter((name) => /\.(safetensors|model|json|jinja)$/.test(name)).sort();
    for (const name of names) {
      const handle = await open(path.join(directory, name), 'r');
      try {
        const { size } = await handle.stat();
        hash.update(`${name} ${size}\n`);
        const count = Math.min(samples, Math.ceil(size / sample));
        for (let i = 0; i < count; i++) {
          const at = count === 1 ? 0 : Math.floor((i * Math.max(0, size - sample)) / (count - 1));
          const { bytesRead, buffer } = await handle.read(Buffer.alloc(sample), 0, sample, at);
          hash.update(buffer.subarray(0, bytesRead));
        }
      } finally {
        await handle.close();
      }
    }
  }
  return hash.digest('hex');
}

async function fileHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file, 'r');
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}
