/**
 * Which characters may stand together in a piece: SentencePiece's defaults. Letters of one script go together (Japanese
 * mixes three as one), digits and signs go with one another and not with letters, and a mark goes with what it stands on.
 */
import { characterClass, holdsScript, scriptNames } from '../scripts.ts';

const common = /\p{Script=Common}/u;
const digit = /\p{Nd}/u;
const control = /\p{Cc}/u;

/** The class of a character: two of different classes never share a piece. `anyClass` goes with its neighbour's. */
export const anyClass = 0;

/** Classes by number, from 1; a table of its own for each training, so that numbers are small. */
export class CharacterClasses {
  private readonly names: string[] = ['any'];

  classOf(character: string): number {
    const name = className(character);
    const known = this.names.indexOf(name);
    return known >= 0 ? known : this.names.push(name) - 1;
  }
}

function className(character: string): string {
  const name = characterClass(character);
  if (name !== 'number' && name !== 'letter' && name !== 'sign') return name;
  if (common.test(character)) return 'common';
  return scriptNames.find((script) => holdsScript(character, script)) ?? name;
}

export const isDigit = (character: string): boolean => digit.test(character);

/** May the character be a piece at all? No control character, and not what stands for broken text. */
export const mayBePiece = (character: string): boolean => !control.test(character) && character !== '\ufffd';
