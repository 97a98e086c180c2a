/**
 * `TokenTotals` and `TokenLines`: an open document, or a selection in it, under any tokenizer. A text that is compared is
 * kept with its tokens and follows the edits, so that asking again costs what has changed.
 */
import type { CancellationToken, Range } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { TokenizedText } from '../../engine/src/tokenizers/index.ts';
import type { Problem, Result } from '../../engine/src/base/problem.ts';
import { ok } from '../../engine/src/base/problem.ts';
import type { Context } from './context.ts';
import { failure } from './failure.ts';
import * as shapes from './params.ts';
import { CompareEnd, TokenLines, TokenTotals } from './protocol.ts';
import type { LoadedTokenizer } from './tokenizers.ts';
import { codePoints, tokenLines } from './tokenLines.ts';

/** Texts kept: two tokenizers, on a document and on a selection in it. */
const kept = 4;
/** UTF-16 units encoded at a stretch: a few milliseconds. */
const unitsAtOnce = 8192;

const totalsParams = { uri: shapes.text, path: shapes.path, range: shapes.optional(shapes.range) };
const linesParams = { ...totalsParams, from: shapes.whole, to: shapes.whole };

interface Compared {
  readonly uri: string;
  readonly range: Range | undefined;
  readonly loaded: LoadedTokenizer;
  readonly tokenized: TokenizedText;
  /** Of a selection: its text, and the version of the document it was taken from. */
  readonly part: { readonly text: TextDocument; readonly version: number } | undefined;
}

export function registerCompareTokenizers({ connection, documents, slices, tokenizers, tokens }: Context): void {
  const texts = new Map<string, Compared>();

  const forget = (uri: string) => {
    for (const [key, compared] of texts) if (compared.uri === uri) texts.delete(key);
  };
  documents.onChange(({ uri }, edits) => {
    for (const compared of texts.values()) {
      if (compared.uri !== uri || compared.range !== undefined) continue;
      for (const { start, end, inserted } of edits) compared.tokenized.replace(start, end, inserted);
    }
  });
  documents.onClose(forget);
  connection.onNotification(CompareEnd.type, ({ uri }) => forget(uri));

  const find = async ({ uri, path, range }: TokenTotals.Params): Promise<Result<Compared | undefined>> => {
    const loaded = await tokenizers.load(path);
    if (!loaded.ok) return loaded;
    const document = documents.get(uri);
    if (document === undefined) return ok(undefined);
    const key = JSON.stringify([uri, path, range]);
    const known = texts.get(key);
    texts.delete(key);
    const { version } = document;
    const holds = known?.loaded === loaded.value && (known.part === undefined || known.part.version === version);
    const compared = holds ? known : make(uri, loaded.value, range);
    texts.set(key, compared);
    const [oldest] = texts.keys();
    if (texts.size > kept && oldest !== undefined) texts.delete(oldest);
    return ok(compared);
  };

  const make = (uri: string, loaded: LoadedTokenizer, range: Range | undefined): Compared => {
    const { text, version } = documents.get(uri)!;
    const source = text.getText(range);
    const part = range === undefined ? undefined : { text: TextDocument.create('', '', 0, source), version };
    return { uri, range, loaded, tokenized: new TokenizedText(loaded.tokenizer, source), part };
  };

  /** Whether a text is still worth the work: open, asked for, and as it was. */
  const wanted = (compared: Compared, token: CancellationToken, version: number) => () =>
    !token.isCancellationRequested && documents.get(compared.uri)?.version === version;

  /** The text compared, as it is now; `work` is given up where it changes meanwhile. */
  async function withText<T>(
    params: TokenTotals.Params,
    token: CancellationToken,
    work: (compared: Compared, text: TextDocument, wanted: () => boolean) => Promise<T | undefined>,
  ) {
    const found: Result<Compared | undefined> = await find(params);
    if (!found.ok) return failure(found.problem satisfies Problem);
    const document = documents.get(params.uri);
    if (found.value === undefined || document === undefined) return null;
    const { version } = document;
    const isWanted = wanted(found.value, token, version);
    const done = await work(found.value, found.value.part?.text ?? document.text, isWanted);
    return done === undefined ? null : { version, ...done };
  }

  connection.onRequest(
    TokenTotals.type,
    (params, token) =>
      shapes.refusal(params, totalsParams) ??
      withText(params, token, async ({ loaded, tokenized }, text, isWanted) => {
        // The document's own tokens may be counted already.
        const own = params.range === undefined ? tokens.get(params.uri) : undefined;
        const mine = own?.loaded === loaded ? own.tokenized : tokenized;
        if (!(await slices.countRest(mine, isWanted))) return undefined;
        return {
          tokenizer: loaded.info,
          lines: text.lineCount,
          characters: codePoints(text.getText()),
          tokens: mine.tokens,
          byteTokens: mine.byteTokens,
        };
      }),
  );

  connection.onRequest(
    TokenLines.type,
    (params, token) =>
      shapes.refusal(params, linesParams) ??
      withText(params, token, async ({ loaded, tokenized }, text, isWanted) => {
        if (tokenized.isWhole && !(await slices.countRest(tokenized, isWanted))) return undefined;
        const { from } = params;
        const to = Math.min(params.to, text.lineCount, from + TokenLines.most);
        const lines: TokenLines.Line[] = [];
        while (from + lines.length < to) {
          await slices.turn();
          if (!isWanted()) return undefined;
          lines.push(...tokenLines(loaded.tokenizer, tokenized, text, from + lines.length, to, unitsAtOnce));
        }
        return { lines };
      }),
  );
}
