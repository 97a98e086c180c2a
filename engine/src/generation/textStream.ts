/**
 * Text of tokens as they come, in whole characters: the bytes of a syllable are held back until it is complete, and what may be
 * the beginning of a stop text until it is known.
 */
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

export class TextStream {
  readonly #tokenizer: Tokenizer;
  readonly #stop: readonly string[];
  readonly #ids: number[];
  /** Texts are decoded from here, so that a token's leading space is not taken for the dummy prefix. */
  #anchor: number;
  /** Tokens before this are in `#text` (or the prompt's). */
  #read: number;
  #text = '';
  #told = 0;
  #stopped = false;

  constructor(tokenizer: Tokenizer, promptIds: ArrayLike<number>, stop: readonly string[]) {
    this.#tokenizer = tokenizer;
    this.#stop = stop.filter((text) => text !== '');
    this.#ids = Array.from(promptIds);
    this.#read = this.#ids.length;
    this.#anchor = this.#boundaryBefore(this.#read);
  }

  /** Takes a token; answers with the text that is certain now. */
  push(id: number): string {
    this.#ids.push(id);
    if (!this.#endsInCharacter()) return '';
    return this.#take(false);
  }

  /** True once a stop text has come. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** What was held back: no more tokens come. */
  end(): string {
    return this.#take(true);
  }

  /** All the text so far, up to a stop text. */
  get text(): string {
    return this.#text.slice(0, this.#told);
  }

  #take(last: boolean): string {
    if (this.#read < this.#ids.length) {
      const before = this.#tokenizer.decode(this.#ids.slice(this.#anchor, this.#read));
      const now = this.#tokenizer.decode(this.#ids.slice(this.#anchor));
      this.#text += now.slice(before.length);
      this.#read = this.#ids.length;
      this.#anchor = this.#boundaryBefore(this.#read);
    }
    const at = this.#stopAt();
    let certain = at ?? this.#text.length;
    if (at !== undefined) this.#stopped = true;
    else if (!last) certain -= this.#held();
    const piece = this.#text.slice(this.#told, certain);
    this.#told = Math.max(this.#told, certain);
    return piece;
  }

  /** Where the first stop text begins. */
  #stopAt(): number | undefined {
    const places = this.#stop.map((text) => this.#text.indexOf(text)).filter((place) => place >= 0);
    return places.length === 0 ? undefined : Math.min(...places);
  }

  /** Length of the longest end of the text that a stop text begins with. */
  #held(): number {
    let longest = 0;
    for (const text of this.#stop) {
      for (let n = Math.min(text.length - 1, this.#text.length - this.#told); n > longest; n--) {
        if (this.#text.endsWith(text.slice(0, n))) longest = n;
      }
    }
    return longest;
  }

  /** A few tokens before `index`, and not among parts of characters: there a decoding may begin. */
  #boundaryBefore(index: number): number {
    let anchor = Math.max(0, index - 4);
    while (anchor > 0 && this.#bytesAt(anchor) !== undefined) anchor--;
    return anchor;
  }

  /** The bytes of a token that begins or ends inside of a character. */
  #bytesAt(index: number): Uint8Array | undefined {
    return this.#tokenizer.bytesOf(this.#ids[index]!);
  }

  /** False where the last tokens end in the first bytes of a UTF-8 character whose others are still to come. */
  #endsInCharacter(): boolean {
    let last: number[] = [];
    for (let i = this.#ids.length - 1; i >= 0 && last.length < 4; i--) {
      const bytes = this.#bytesAt(i);
      if (bytes === undefined) break;
      last = [...bytes.subarray(-4), ...last];
    }
    for (let back = 1; back <= Math.min(4, last.length); back++) {
      const byte = last[last.length - back]!;
      if (byte < 0x80) return true;
      if (byte >= 0xc0) return back >= (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2);
    }
    return true; // four continuation bytes: no UTF-8, nothing to wait for
  }
}
