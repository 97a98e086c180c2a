/**
 * Every open document with its tokenizer and its tokens. The tokens follow the edits, so that they are always those of
 * the text on screen; they are laid anew where the tokenizer changes, and withdrawn where it cannot be read.
 */
import type { Problem, Result } from '../../engine/src/base/problem.ts';
import { TokenizedText } from '../../engine/src/tokenizers/index.ts';
import type { Documents, OpenDocument } from './documents.ts';
import type { LoadedTokenizer } from './tokenizers.ts';

export interface Tokens {
  readonly loaded: LoadedTokenizer;
  readonly tokenized: TokenizedText;
}

export interface TokenizedDocument extends Tokens {
  readonly document: OpenDocument;
}

/** Which tokenizer a document has; undefined: none, and nothing is wrong with that. */
export interface TokenizerSource {
  for(uri: string): Promise<Result<LoadedTokenizer> | undefined>;
  /** Called when that may have changed. */
  onChange(listener: () => void): void;
}

interface Entry {
  /** Settles when the tokenizer is known, or known to be bad. */
  resolving: Promise<void>;
  /** Counts the resolutions: an older one that ends late is not heeded. */
  turn: number;
  tokens?: Tokens | undefined;
  /** The tokenizer could not be read. */
  isBad: boolean;
}

export class TokenizedDocuments {
  readonly #documents: Documents;
  readonly #tokenizers: TokenizerSource;
  readonly #entries = new Map<string, Entry>();
  readonly #onChange: ((uri: string) => void)[] = [];
  readonly #onProblem: ((uri: string, problem: Problem) => void)[] = [];
  readonly #onNone: ((uri: string) => void)[] = [];

  constructor(documents: Documents, tokenizers: TokenizerSource) {
    this.#documents = documents;
    this.#tokenizers = tokenizers;
    documents.onOpen(({ uri }) => {
      const entry: Entry = { resolving: Promise.resolve(), turn: 0, isBad: false };
      this.#entries.set(uri, entry);
      entry.resolving = this.#resolve(uri, entry);
    });
    documents.onChange(({ uri }, edits) => {
      const tokenized = this.#entries.get(uri)?.tokens?.tokenized;
      if (tokenized === undefined) return; // laid from the whole text once the tokenizer is known
      for (const { start, end, inserted } of edits) tokenized.replace(start, end, inserted);
      this.#changed(uri);
    });
    documents.onClose((uri) => void this.#entries.delete(uri));
    tokenizers.onChange(() => {
      for (const [uri, entry] of this.#entries) entry.resolving = this.#resolve(uri, entry);
    });
  }

  /** Called when a document's tokens, or its tokenizer, have changed. */
  onChange(listener: (uri: string) => void): void {
    this.#onChange.push(listener);
  }

  /** Called when a document turns out to have no tokenizer that can be used. */
  onProblem(listener: (uri: string, problem: Problem) => void): void {
    this.#onProblem.push(listener);
  }

  /** Called when a document has no tokenizer any more, and nothing is wrong with that. */
  onNone(listener: (uri: string) => void): void {
    this.#onNone.push(listener);
  }

  /** As it is at this moment; undefined for a document without (known) tokenizer. */
  get(uri: string): TokenizedDocument | undefined {
    const document = this.#documents.get(uri);
    const tokens = this.#entries.get(uri)?.tokens;
    return document === undefined || tokens === undefined ? undefined : { document, ...tokens };
  }

  /** As `get`, once a resolution under way is over. */
  async settled(uri: string): Promise<TokenizedDocument | undefined> {
    for (let entry = this.#entries.get(uri); entry !== undefined; entry = this.#entries.get(uri)) {
      const { turn } = entry;
      await entry.resolving;
      if (this.#entries.get(uri)?.turn === turn) break;
    }
    return this.get(uri);
  }

  async #resolve(uri: string, entry: Entry): Promise<void> {
    const turn = ++entry.turn;
    const loaded = await this.#tokenizers.for(uri);
    const document = this.#documents.get(uri);
    if (entry.turn !== turn || this.#entries.get(uri) !== entry || document === undefined) return;
    if (loaded === undefined) {
      if (entry.tokens === undefined && !entry.isBad) return;
      entry.tokens = undefined;
      entry.isBad = false;
      for (const listener of this.#onNone) listener(uri);
      return;
    }
    entry.isBad = !loaded.ok;
    if (!loaded.ok) {
      entry.tokens = undefined;
      for (const listener of this.#onProblem) listener(uri, loaded.problem);
      return;
    }
    if (loaded.value === entry.tokens?.loaded) return;
    const tokenized = new TokenizedText(loaded.value.tokenizer, document.text.getText());
    entry.tokens = { loaded: loaded.value, tokenized };
    this.#changed(uri);
  }

  #changed(uri: string): void {
    for (const listener of this.#onChange) listener(uri);
  }
}
