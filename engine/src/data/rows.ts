/**
 * From documents to rows of at most `sequenceLength` tokens. Packed text: documents end to end, cut where a row ends; what is
 * left begins the next row as a document of its own. Packed instructions: as many whole ones as fit. Otherwise: one a row.
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
  #waiting: Slice | undefined;
  /** Rows given so far. */
  count = 0;
  /** Tokens of documents taken up so far. */
  tokens = 0;

  constructor(corpus: Corpus, options: RowOptions) {
    this.#corpus = corpus;
    this.#options = options;
    this.#layout = layoutOf(corpus, options.packing);
    this.#order = new DocumentOrder(corpus, (d) => this.#length(d), options);
  }

  next(): Slice[] {
    const { sequenceLength } = this.#options;
    const row: Slice[] = [];
    let room = sequenceLength;
    while (room > 0) {
      const slice = this.#waiting ?? this.#draw();
      this.#waiting = undefined;
      if (slice.length <= room) {
        row.push(slice);
        room -= slice.length;
      } else if (this.#layout === 'cut') {
        row.push({ ...slice, length: room });
        this.#waiting = { document: slice.document, from: slice.from + room, length: slice.length - room };
        room = 0;
      } else {
        this.#waiting = slice;
        break;
      }
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

  #draw(): Slice {
    const document = this.#order.next();
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
