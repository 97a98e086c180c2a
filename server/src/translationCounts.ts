/** What the English text beside a document costs (`TranslationCounts`): `letter.en.txt` beside `letter.ko.txt`, under one tokenizer. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from './context.ts';
import { countChanges } from './countChanges.ts';
import { TranslationCounts } from './protocol.ts';
import type { LoadedTokenizer } from './tokenizers.ts';
import { uriToPath } from './uris.ts';

/** After the document's own count. */
const times = { after: 250, apart: 250 } as const;
/** Bytes; a longer file is no text that stands beside an open one. */
const longest = 4 << 20;

interface Known {
  readonly changed: number;
  readonly loaded: LoadedTokenizer;
  readonly tokens: number;
}

export function registerTranslationCounts(context: Context): void {
  const { connection, documents, slices, tokens } = context;
  /** By document: the English file as it was last counted. */
  const known = new Map<string, Known>();
  const told = new Set<string>();

  /** Tokens of a file as it is now; undefined where there is none that can be read. */
  const count = async (uri: string, file: string, loaded: LoadedTokenizer): Promise<number | undefined> => {
    const state = await stat(file).catch(() => undefined);
    if (state?.isFile() !== true || state.size > longest) return undefined;
    const before = known.get(uri);
    if (before?.changed === state.mtimeMs && before.loaded === loaded) return before.tokens;
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const counted = await slices.count(loaded.tokenizer, text, () => documents.get(uri) !== undefined);
    if (counted !== undefined) known.set(uri, { changed: state.mtimeMs, loaded, tokens: counted });
    return counted;
  };

  countChanges(context, tokens, times, async ({ document, loaded }) => {
    const { uri, version } = document;
    const file = englishBeside(uriToPath(uri));
    if (file === undefined) return;
    const counted = await count(uri, file, loaded);
    if (documents.get(uri) === undefined) return;
    if (counted !== undefined) told.add(uri);
    else if (!told.delete(uri)) return;
    await connection.sendNotification(TranslationCounts.type, {
      uri,
      version,
      ...(counted === undefined ? {} : { english: { file, tokens: counted } }),
    });
  });
  documents.onClose((uri) => {
    known.delete(uri);
    told.delete(uri);
  });
}

/** `letter.en.txt` for `letter.ko.txt`; undefined for a file whose name says no language, or English. */
export function englishBeside(file: string | undefined): string | undefined {
  const parts = file === undefined ? null : /^(.+)\.([a-z]{2,3})(\.[^.]+)$/.exec(path.basename(file));
  if (file === undefined || parts === null || parts[2] === 'en') return undefined;
  return path.join(path.dirname(file), `${parts[1]!}.en${parts[3]!}`);
}
