/**
 * From documents to rows of at most `sequenceLength` tokens. Packed text: documents end to end, cut where a row ends; what is
 * left goes on as a document of its own in the next row, or where files are mixed when their turn is again. Packed instructions: as many whole ones as fit. Otherwise: one a row.
 */
import type { Corpus } from './corpus.ts';
import { DocumentOrder, type OrderOptions } from './order.ts';

/** A stretch of a document, from a token within it. */
export interface Slice {
  readonly document: number;
  readonly from: number;
  readonly length: number;
}

export interface RowOptions extends OrderOptions {
  readonly sequenceLength: number;
  readonly packing: boolean;
}

export type Layout = 'cut' | 'whole' | 'single';

export const layoutOf = (corpus: Pick<Corpus, 'type'>, packing: boolean): Layout =>
  !packing || corpus.type === 'ids' ? 'single' : corpus.type === 'text' ? 'cut' : 'whole';

/** Rows one after the other, without end. */
export class RowStream {
  readonly #corpus: Corpus;
  readonly #options: RowOptions;
  readonly #layout: Layout;
  readonly #order: DocumentOrder;
  /** By pool: what is left of a document, or had no room. */
  readonly #waiting = new Map<number, Slice>();
  /** Rows given so far. */
  count = 0;
  /** Tokens of documents taken up so far. */
  tokens = 0;

  constructor(corpus: Corpus, options: RowOptions) {
    this.#corpus = corpus;
    this.#options = options;
    this.#layout = layoutOf(corpus, options.packing);
    this.#order = new DocumentOrder(corpus, options);
  }

  next(): Slice[] {
    const { sequenceLength } = this.#options;
    const row: Slice[] = [];
    let room = sequenceLength;
    while (room > 0) {
      const pool = this.#order.behind();
      const slice = this.#waiting.get(pool) ?? this.#draw(pool);
      this.#waiting.delete(pool);
      if (slice.length > room && this.#layout !== 'cut') {
        this.#waiting.set(pool, slice);
        break;
      }
      const length = Math.min(slice.length, room);
      row.push({ ...slice, length });
      if (length < slice.length)
        this.#waiting.set(pool, { ...slice, from: slice.from + length, length: slice.length - length });
      this.#order.took(pool, length);
      room -= length;
      if (this.#layout === 'single') break;
    }
    this.count++;
    for (const slice of row) this.tokens += slice.length;
    return row;
  }

  /** Tokens of a document that are read: all of a text, what fits a row of others. */
  #length(document: number): number {
    const { offsets } = this.#corpus;
    const length = offsets[document + 1]! - offsets[document]!;
    return this.#layout === 'cut' ? length : Math.min(length, this.#options.sequenceLength);
  }

  #draw(pool: number): Slice {
    const document = this.#order.next(pool);
    return { document, from: 0, length: this.#length(document) };
  }

  /** Tokens of all documents read once. */
  get tokensOfEpoch(): number {
    let all = 0;
    for (let d = 0; d < this.#corpus.size; d++) all += this.#length(d);
    return all;
  }

  /** Rows until so many tokens as all documents hold, times `epochs`, have been read. */
  static rowsOf(corpus: Corpus, options: RowOptions, epochs: number): number {
    const stream = new RowStream(corpus, options);
    const wanted = stream.tokensOfEpoch * epochs - 0.5;
    while (stream.tokens < wanted) stream.next();
    return stream.count;
  }
}
