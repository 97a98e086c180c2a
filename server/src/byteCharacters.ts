/** `ByteCharacters`: the characters in a range that fall to byte pieces, each with the number of its bytes. */
import type { Range } from 'vscode-languageserver/node';
import type { Context } from './context.ts';
import { ByteCharacters } from './protocol.ts';

export function registerByteCharacters({ connection, tokens }: Context): void {
  connection.onRequest(ByteCharacters.type, async ({ uri, range }): Promise<ByteCharacters.Answer> => {
    const now = await tokens.settled(uri);
    if (now === undefined) return null;
    const { version, text } = now.document;
    const characters = now.tokenized
      .byteSpansIn(text.offsetAt(range.start), text.offsetAt(range.end))
      .map(({ start, end, bytes }) => ({
        range: { start: text.positionAt(start), end: text.positionAt(end) },
        bytes,
      }))
      // Line breaks fall to bytes too, and have nothing to underline.
      .filter((character) => character.range.start.line === character.range.end.line && !isEmpty(character.range));
    return { version, characters };
  });
}

const isEmpty = ({ start, end }: Range): boolean => start.line === end.line && start.character === end.character;
