/** `ByteCharacters`: the characters in a range that fall to byte pieces, each with the number of its bytes. */
import type { Range } from 'vscode-languageserver/node';
import type { ByteSpan } from '../../engine/src/tokenizers/index.ts';
import type { Context } from './context.ts';
import * as shapes from './params.ts';
import { ByteCharacters } from './protocol.ts';
import type { TokenizedDocument } from './tokenizedDocuments.ts';

/** UTF-16 units looked through at a stretch: a few milliseconds. */
const unitsAtOnce = 8192;

export function registerByteCharacters({ connection, slices, tokens }: Context): void {
  connection.onRequest(ByteCharacters.type, async (params, token) => {
    const refused = shapes.refusal(params, { uri: shapes.text, range: shapes.range });
    if (refused !== undefined) return refused;
    const { uri, range } = params;
    const now = await tokens.settled(uri);
    if (now === undefined) return null;
    const { version, text } = now.document;
    const wanted = () => {
      const { document, tokenized } = tokens.get(uri) ?? {};
      return !token.isCancellationRequested && document?.version === version && tokenized === now.tokenized;
    };
    const spans = await byteSpans(now, text.offsetAt(range.start), text.offsetAt(range.end));
    const characters = spans
      .map(({ start, end, bytes }) => ({
        range: { start: text.positionAt(start), end: text.positionAt(end) },
        bytes,
      }))
      // Line breaks fall to bytes too, and have nothing to underline.
      .filter((character) => character.range.start.line === character.range.end.line && !isEmpty(character.range));
    return { version, characters };

    /** In order, up to the most that an answer holds; those found until then where the text has changed meanwhile. */
    async function byteSpans({ tokenized }: TokenizedDocument, start: number, end: number): Promise<ByteSpan[]> {
      const found: ByteSpan[] = [];
      if (tokenized.isWhole && !(await slices.countRest(tokenized, wanted))) return found;
      for (let from = start; from < end && found.length < ByteCharacters.most; from += unitsAtOnce) {
        if (from > start) await slices.turn();
        if (!wanted()) break;
        for (const span of tokenized.byteSpansIn(from, Math.min(end, from + unitsAtOnce)))
          // One that stands across two stretches is found in both.
          if (span.start >= (found.at(-1)?.end ?? 0)) found.push(span);
      }
      return found.slice(0, ByteCharacters.most);
    }
  });
}

const isEmpty = ({ start, end }: Range): boolean => start.line === end.line && start.character === end.character;
