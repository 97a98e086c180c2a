/** `ByteCharacters`: the characters in a range that fall to byte pieces, each with the number of its bytes. */
import type { Context } from './context.ts';
import { ByteCharacters } from './protocol.ts';

export function registerByteCharacters({ connection, tokens }: Context): void {
  connection.onRequest(ByteCharacters.type, async ({ uri, range }): Promise<ByteCharacters.Answer> => {
    const now = await tokens.settled(uri);
    if (now === undefined) return null;
    const { version, text } = now.document;
    const spans = now.tokenized.byteSpansIn(text.offsetAt(range.start), text.offsetAt(range.end));
    const characters = spans.map(({ start, end, bytes }) => ({
      range: { start: text.positionAt(start), end: text.positionAt(end) },
      bytes,
    }));
    return { version, characters };
  });
}
