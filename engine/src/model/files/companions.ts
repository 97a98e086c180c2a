/**
 * The files of a model directory beside its weights: which go along with an expanded model, which are written anew, and which
 * stay behind because they would contradict the new vocabulary.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { TokenizerModel } from '../../tokenizers/index.ts';
import { tokenizerJson } from '../../tokenizers/tokenizerJsonWriter.ts';

/**
 * Why a file stays behind. `vocabulary`: it has the old one. `inexact`: of the new vocabulary no such file gives the same ids.
 * `weights`: it holds the old ones. `taken`: a token in it has an id that a new piece has now; the rest of the file goes along.
 * `broken`: it cannot be read. `unknown`: it may speak of the model as it was.
 */
export type LeftOutReason = 'vocabulary' | 'inexact' | 'weights' | 'taken' | 'broken' | 'unknown';

export interface LeftOut {
  readonly file: string;
  readonly reason: LeftOutReason;
  /** `inexact`: what is in the way. `taken`: the token. */
  readonly detail?: string;
}

export interface Companions {
  /** Files to copy as they are: name in the new directory, and path. */
  readonly copied: readonly { readonly name: string; readonly path: string; readonly bytes: number }[];
  /** Files with new content. */
  readonly written: Readonly<Record<string, string | Uint8Array>>;
  readonly leftOut: readonly LeftOut[];
}

/** What belongs to a model whatever its vocabulary is. */
const carried =
  /^(generation_config\.json|special_tokens_map\.json|chat_template\.(jinja|json)|(LICENSE|LICENCE|NOTICE|USE_POLICY).*)$/i;
/** What the expansion writes itself. */
const ours = /^(config\.json|model(-.*)?\.safetensors|model\.safetensors\.index\.json)$/;
const weights = /\.(safetensors|bin|pt|pth|gguf|h5|msgpack|onnx)$|\.(safetensors|bin)\.index\.json$/;
/** Larger than any tokenizer's files. */
const maximumBytes = 64 * 2 ** 20;

/** Looks through a model's directory. `known` is the number of the old tokenizer's pieces. */
export async function companionsOf(directory: string, after: TokenizerModel, known: number): Promise<Companions> {
  const copied: { name: string; path: string; bytes: number }[] = [];
  const leftOut: LeftOut[] = [];
  const written: Record<string, string | Uint8Array> = {};
  const tokenizer = tokenizerFiles(after);
  Object.assign(written, tokenizer.files);
  for (const name of (await readdir(directory)).sort()) {
    const file = path.join(directory, name);
    const found = await stat(file).catch(() => undefined);
    const isDone = ours.test(name) || Object.hasOwn(written, name) || name.startsWith('.');
    if (found === undefined || isDone) continue;
    if (found.isFile() && carried.test(name)) {
      copied.push({ name, path: file, bytes: found.size });
    } else if (name === 'tokenizer_config.json' || name === 'added_tokens.json') {
      const text = found.size > maximumBytes ? '' : await readFile(file, 'utf8').catch(() => '');
      const kept = withoutStrangers(text, name, after, known);
      if (kept !== undefined) written[name] = kept.text;
      else leftOut.push({ file: name, reason: 'broken' });
      for (const token of kept?.dropped ?? []) leftOut.push({ file: name, reason: 'taken', detail: token });
    } else {
      leftOut.push({ file: name, ...(tokenizer.why[name] ?? { reason: reasonFor(name) }) });
    }
  }
  return { copied, written, leftOut };
}

/** The new tokenizer's files, and why one of them is not there. */
function tokenizerFiles(model: TokenizerModel): {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly why: Readonly<Record<string, Omit<LeftOut, 'file'>>>;
} {
  switch (model.format) {
    case 'tokenizer.json':
      return { files: { 'tokenizer.json': model.bytes }, why: {} };
    case 'sentencepiece': {
      const json = tokenizerJson(model);
      const files = { 'tokenizer.model': model.bytes };
      return json.ok
        ? { files: { ...files, 'tokenizer.json': json.value }, why: {} }
        : { files, why: { 'tokenizer.json': { reason: 'inexact', detail: json.problem.what } } };
    }
    default:
      model satisfies never;
      throw new Error('unknown format');
  }
}

function reasonFor(name: string): LeftOutReason {
  if (/^(tokenizer\.(model|json)|vocab\.(json|txt)|merges\.txt)$/.test(name)) return 'vocabulary';
  return weights.test(name) ? 'weights' : 'unknown';
}

/** The file without tokens whose ids other pieces have now; undefined where it is no JSON object. */
function withoutStrangers(
  text: string,
  name: string,
  after: TokenizerModel,
  known: number,
): { readonly text: string; readonly dropped: readonly string[] } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(json)) return undefined;
  const dropped: string[] = [];
  const fits = (id: number, content: unknown): boolean => {
    const piece = after.pieces[id]?.piece;
    if (id < known || piece === undefined || piece === content) return true;
    dropped.push(String(content));
    return false;
  };
  let kept: Record<string, unknown> = json;
  if (name === 'added_tokens.json') {
    kept = Object.fromEntries(Object.entries(json).filter(([content, id]) => fits(Number(id), content)));
  } else if (isRecord(json['added_tokens_decoder'])) {
    const tokens = Object.entries(json['added_tokens_decoder']);
    const fitting = tokens.filter(([id, token]) => fits(Number(id), isRecord(token) ? token['content'] : token));
    kept = { ...json, added_tokens_decoder: Object.fromEntries(fitting) };
  }
  return { text: dropped.length === 0 ? text : `${JSON.stringify(kept, undefined, 2)}\n`, dropped };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
