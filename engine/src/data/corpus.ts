/**
 * The documents of a run as tokens, in memory: ids end to end, and for each token the bytes of text it stands for. A text is
 * BOS, its tokens, EOS. A conversation is what its template makes of it, questions and answers encoded apart; only answers and
 * the tokens that end them have labels. A row of ready ids is taken as it stands.
 */
import path from 'node:path';
import { type Location, ProblemError, unwrap } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { Int32List, Uint16List } from './lists.ts';
import { type DataRecord, readRecords } from './records.ts';
import { type Dialogue, checkTokens, encodeSegments, segmentsOf } from './dialogue.ts';
import type { TemplateName } from './templates.ts';

/** Label of a token that the loss leaves out (PyTorch's ignore_index). */
export const ignored = -100;

/** What a token is to the vocabulary: a piece of the one before the expansion, a new one, or a byte. */
export const tokenKinds = ['old', 'new', 'byte'] as const;
export type TokenKind = (typeof tokenKinds)[number];

export interface CorpusFile {
  readonly path: string;
  readonly weight?: number;
  readonly language?: string;
}

export interface CorpusOptions {
  readonly kind: 'pretrain' | 'sft';
  readonly template: TemplateName;
  /** Rows of the model's embedding: every id is below it. */
  readonly vocabularySize: number;
  /** Instructions and rows of ids longer than this are a loss of labels; counted in `tooLong`. */
  readonly sequenceLength: number;
  /** Asked for once, at the first text: rows of ready ids need none. Throws a ProblemError where there is none. */
  readonly tokenizer: () => Tokenizer;
  /** The first id that an expansion of the vocabulary added; absent where the model does not say. */
  readonly newIdsFrom?: number;
  /** Languages in the order of their classes, where other files have some too; absent: those of these files. */
  readonly languages?: readonly string[];
}

export interface Corpus {
  readonly type: 'text' | 'instruction' | 'ids';
  /** Number of documents. */
  readonly size: number;
  /** Where each document begins in the token arrays; one more than documents. */
  readonly offsets: Int32Array;
  readonly ids: Int32Array;
  /** Aligned with ids; the first token of a document has none. */
  readonly labels: Int32Array;
  /** UTF-8 bytes of text that a token stands for; absent for ready ids. */
  readonly bytes?: Uint16Array;
  /** First document of each file; one more than files. */
  readonly fileStarts: Int32Array;
  readonly files: readonly CorpusFile[];
  /** Language of each file's tokens by its number; those beyond `languages` are without one. */
  readonly fileClasses: Int32Array;
  readonly languages: readonly string[];
  /** Kind of each id, as a number in `tokenKinds`; absent where it is not known which ids are new. */
  readonly kinds?: Uint8Array;
  /** Classes of labels: languages (one more for none) times kinds. */
  readonly classes: number;
  /** Documents longer than a row: cut, or left out where no label would be left. */
  readonly tooLong: number;
  readonly leftOut: number;
}

/** Throws a ProblemError where a file cannot be read as data, and the signal's reason when aborted. */
export async function readCorpus(
  files: readonly CorpusFile[],
  options: CorpusOptions,
  work: Work = {},
): Promise<Corpus> {
  const ids = new Int32List();
  const labels = new Int32List();
  const bytes = new Uint16List();
  const offsets = new Int32List();
  const fileStarts = new Int32List();
  const encoder = new Encoder(options, ids, labels, bytes);
  const counts = { tooLong: 0, leftOut: 0 };
  let type: Corpus['type'] | undefined;
  for (const file of files) {
    fileStarts.push(offsets.length);
    const before = offsets.length;
    for await (const record of readRecords(file.path, told(work, file.path))) {
      type = sameType(record, type, options.kind);
      const start = ids.length;
      encoder.add(record);
      const length = ids.length - start;
      if (length > options.sequenceLength && type !== 'text') {
        counts.tooLong++;
        if (!labels.some(start, start + options.sequenceLength, (label) => label !== ignored)) {
          counts.leftOut++;
          for (const list of [ids, labels, bytes]) list.cut(Math.min(start, list.length));
          continue;
        }
      }
      offsets.push(start);
    }
    if (offsets.length === before) {
      const remedy =
        counts.leftOut === 0 ? 'Name a file with data.' : 'Every example is longer than sequenceLength: raise it.';
      throw new ProblemError({ what: 'there is nothing to learn in it', where: { file: file.path }, remedy });
    }
  }
  fileStarts.push(offsets.length);
  const kinds = options.newIdsFrom === undefined ? undefined : encoder.kinds(options.newIdsFrom);
  const size = offsets.length;
  offsets.push(ids.length);
  const languages = options.languages ?? [...new Set(files.flatMap((f) => f.language ?? []))];
  const fileClasses = Int32Array.from(files, (f) => {
    const index = languages.indexOf(f.language ?? '');
    return index < 0 ? languages.length : index;
  });
  return {
    type: type ?? 'text',
    size,
    offsets: offsets.array(),
    ids: ids.array(),
    labels: labels.array(),
    ...(type === 'ids' ? {} : { bytes: bytes.array() }),
    fileStarts: fileStarts.array(),
    files,
    fileClasses,
    languages,
    ...(kinds === undefined ? {} : { kinds }),
    classes: (languages.length + 1) * (kinds === undefined ? 1 : tokenKinds.length),
    ...counts,
  };
}

function told(work: Work, file: string): Work {
  const { onProgress } = work;
  if (onProgress === undefined) return work;
  return { ...work, onProgress: (p) => onProgress({ ...p, message: `reading ${path.basename(file)}` }) };
}

/** All records of a run are of one type, and of one that its kind can use. */
function sameType(record: DataRecord, type: Corpus['type'] | undefined, kind: 'pretrain' | 'sft'): Corpus['type'] {
  const wanted = kind === 'pretrain' ? 'text' : 'instruction';
  if (record.type !== 'ids' && record.type !== wanted) {
    throw new ProblemError({
      what: `this is ${words[record.type]}, and kind "${kind}" learns from ${words[wanted]}`,
      where: record.where,
      remedy:
        kind === 'pretrain' ? 'Write "kind": "sft", or name text.' : 'Write "kind": "pretrain", or name instructions.',
    });
  }
  if (type !== undefined && record.type !== type) {
    throw new ProblemError({
      what: `this is ${words[record.type]}, and before it stands ${words[type]}`,
      where: record.where,
      remedy: 'Keep to one kind of record in a run.',
    });
  }
  return record.type;
}

const words = { text: 'a text', instruction: 'an instruction', ids: 'a row of ids' } as const;

/** Adds a record's tokens, labels and bytes at the end of the lists. */
class Encoder {
  /** The tokenizer has the template's tokens. */
  #checked = false;
  #tokenizer: { readonly tokenizer: Tokenizer; readonly bos: number; readonly eos: number } | undefined;
  constructor(
    private readonly options: CorpusOptions,
    private readonly ids: Int32List,
    private readonly labels: Int32List,
    private readonly bytes: Uint16List,
  ) {}

  add(record: DataRecord): void {
    switch (record.type) {
      case 'ids': {
        this.#row(record.ids, record.labels, record.where);
        return;
      }
      case 'text': {
        const { bos, eos } = this.#special();
        this.#token(bos, 0, false);
        this.#text(record.text, true);
        this.#token(eos, 0, true);
        return;
      }
      case 'instruction': {
        this.#conversation(record.dialogue, record.where);
        return;
      }
      default:
        record satisfies never;
    }
  }

  /** By id: its number in `tokenKinds`. Bytes are known where texts have been encoded. */
  kinds(newIdsFrom: number): Uint8Array {
    const tokenizer = this.#tokenizer?.tokenizer;
    return Uint8Array.from({ length: this.options.vocabularySize }, (_, id) => {
      const isByte =
        tokenizer !== undefined &&
        id < tokenizer.size &&
        (tokenizer.byteOf(id) !== undefined || tokenizer.bytesOf(id) !== undefined);
      return tokenKinds.indexOf(isByte ? 'byte' : id < newIdsFrom ? 'old' : 'new');
    });
  }

  #row(ids: readonly number[], labels: readonly number[] | undefined, where: Location): void {
    const { vocabularySize } = this.options;
    const outside = (id: number): boolean => id < 0 || id >= vocabularySize;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      const label = labels === undefined ? id : labels[i]!;
      if (outside(id) || (label !== ignored && outside(label))) {
        throw new ProblemError({
          what: `${outside(id) ? `id ${id}` : `label ${label}`} is outside the model's vocabulary of ${vocabularySize}`,
          where,
          remedy: `Ids run from 0 to ${vocabularySize - 1}; a label may be -100 too.`,
        });
      }
      this.ids.push(id);
      this.labels.push(i === 0 ? ignored : label);
    }
  }

  #conversation(dialogue: Dialogue, where: Location): void {
    const { template } = this.options;
    const { tokenizer } = this.#special();
    const segments = segmentsOf(template, dialogue);
    if (!segments.ok) throw new ProblemError({ ...segments.problem, where });
    if (!this.#checked) unwrap(checkTokens(template, tokenizer));
    this.#checked = true;
    for (const { ids, learned, text } of encodeSegments(segments.value, tokenizer)) {
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i]!;
        this.#token(
          id,
          text === undefined ? 0 : bytesOf(tokenizer, id, text.text, text.starts[i]!, text.ends[i]!),
          learned,
        );
      }
    }
  }

  #token(id: number, bytes: number, counts: boolean): void {
    this.ids.push(id);
    this.labels.push(counts ? id : ignored);
    this.bytes.push(bytes);
  }

  #text(text: string, counts: boolean): void {
    const { tokenizer } = this.#special();
    const { ids, starts, ends } = tokenizer.encode(text);
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      this.#token(id, bytesOf(tokenizer, id, text, starts[i]!, ends[i]!), counts);
    }
  }

  #special() {
    if (this.#tokenizer === undefined) {
      const tokenizer = this.options.tokenizer();
      const { bosId: bos, eosId: eos } = tokenizer;
      if (bos === undefined || eos === undefined) {
        throw new ProblemError({
          what: 'the tokenizer has no BOS or no EOS, and documents begin and end with them',
          remedy: "Use the tokenizer that belongs to the model, with '<s>' and '</s>'.",
        });
      }
      if (tokenizer.size > this.options.vocabularySize) {
        throw new ProblemError({
          what: `the tokenizer has ${tokenizer.size} pieces, and the model ${this.options.vocabularySize} rows`,
          remedy: 'Expand the model to this tokenizer with bllossom vocab expand.',
        });
      }
      this.#tokenizer = { tokenizer, bos, eos };
    }
    return this.#tokenizer;
  }
}

/** UTF-8 bytes of text that a token stands for. */
const bytesOf = (tokenizer: Tokenizer, id: number, text: string, start: number, end: number): number =>
  tokenizer.bytesOf(id)?.length ?? utf8Length(text, start, end);

/** Bytes of text.slice(start, end) in UTF-8; a lone surrogate counts as U+FFFD. */
function utf8Length(text: string, start: number, end: number): number {
  let bytes = 0;
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < end && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}
