/**
 * What the linter finds in open documents, as they are now. One search is under way per document, for all who ask; it goes in slices
 * (slices.ts), and an edit ends it. What was found is kept until the text, its tokenizer or the settings change.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CancellationToken } from 'vscode-languageserver/node';
import {
  type Finding,
  kindOfFile,
  kindOfLanguage,
  type KindName,
  lint,
  type LintInput,
  LintMemory,
  Measured,
  type Settings,
} from '../../engine/src/lint/index.ts';
import type { Tokenizer } from '../../engine/src/tokenizers/index.ts';
import type { Context } from './context.ts';
import type { OpenDocument } from './documents.ts';
import type { LintSettings } from './lintSettings.ts';
import type { Tokens } from './tokenizedDocuments.ts';
import { uriToPath } from './uris.ts';

/** An edit is linted after so many milliseconds without another. */
const quietMs = 30;

/** What a search depends on. Each part is another object once it has changed. */
interface State {
  readonly document: OpenDocument;
  readonly tokens: Tokens | undefined;
  readonly settings: Settings;
  readonly kind: KindName;
}

export interface Linted extends State {
  readonly findings: readonly Finding[];
}

interface Job {
  readonly state: State;
  readonly result: Promise<Linted | undefined>;
  waiting: number;
}

export class LintDocuments {
  readonly #context: Context;
  readonly #settings: LintSettings;
  readonly #results = new Map<string, Linted>();
  readonly #jobs = new Map<string, Job>();
  readonly #editedAt = new Map<string, number>();
  /** What the last search of a document found, for the next one. */
  readonly #memories = new Map<string, LintMemory>();
  /** What was measured, in whatever document. */
  readonly #measured = new WeakMap<Tokenizer, Measured>();

  constructor(context: Context, settings: LintSettings) {
    this.#context = context;
    this.#settings = settings;
    context.documents.onChange(({ uri }) => void this.#editedAt.set(uri, performance.now()));
    context.documents.onClose((uri) => {
      this.#results.delete(uri);
      this.#editedAt.delete(uri);
      this.#memories.delete(uri);
    });
  }

  /** What is found in a document's present text; undefined where it is not open (any more), is not linted, or nobody waits. */
  async get(uri: string, token: CancellationToken): Promise<Linted | undefined> {
    for (;;) {
      const state = await this.#stateOf(uri);
      if (state === undefined || token.isCancellationRequested) return undefined;
      const known = this.#results.get(uri);
      if (known !== undefined && isSame(known, state)) return known;
      const found = await this.#wait(this.#jobFor(uri, state), token);
      if (found !== undefined) return found;
      // Overtaken by an edit, another tokenizer, other settings: what is there now is searched.
    }
  }

  /** The input of a search, for those who go on with what was found. */
  static inputOf({ document, tokens, settings, kind }: State): LintInput {
    const text = document.text.getText();
    return { text, kind, settings, tokenizer: tokens?.loaded.tokenizer, tokenized: tokens?.tokenized };
  }

  /** True as long as a state is that of the text on screen. */
  holds({ document, tokens }: State): boolean {
    const { uri } = document;
    return (
      this.#context.documents.get(uri) === document && this.#context.tokens.get(uri)?.tokenized === tokens?.tokenized
    );
  }

  async #stateOf(uri: string): Promise<State | undefined> {
    if (this.#context.documents.get(uri) === undefined) return undefined;
    const [settings] = await Promise.all([this.#settings.for(uri), this.#context.tokens.settled(uri)]);
    const document = this.#context.documents.get(uri);
    const kind = document === undefined ? undefined : kindOfDocument(document);
    return document === undefined || kind === undefined
      ? undefined
      : { document, tokens: this.#context.tokens.get(uri), settings, kind };
  }

  #jobFor(uri: string, state: State): Job {
    const under = this.#jobs.get(uri);
    if (under !== undefined && isSame(under.state, state) && under.waiting > 0) return under;
    const job: Job = { state, waiting: 0, result: this.#search(state, () => job.waiting > 0 && this.holds(state)) };
    this.#jobs.set(uri, job);
    const end = () => {
      if (this.#jobs.get(uri) === job) this.#jobs.delete(uri);
    };
    job.result.then(end, end);
    return job;
  }

  async #search(state: State, wanted: () => boolean): Promise<Linted | undefined> {
    const { slices } = this.#context;
    const { document, tokens } = state;
    const wait = (this.#editedAt.get(document.uri) ?? -Infinity) + quietMs - performance.now();
    // At least a turn: until then nobody waits.
    await delay(Math.max(0, wait));
    if (!wanted()) return undefined;
    // Where a look at a part may wait for the whole, or the whole is counted.
    const counts = tokens !== undefined && (tokens.tokenized.isWhole || state.kind === 'prompt');
    if (counts && !(await slices.countRest(tokens.tokenized, wanted))) return undefined;
    const memory = this.#memories.get(document.uri) ?? new LintMemory();
    this.#memories.set(document.uri, memory);
    const findings = await slices.run(
      lint({ ...LintDocuments.inputOf(state), memory, measured: this.#measuredUnder(tokens) }),
      wanted,
    );
    if (findings === undefined) return undefined;
    const linted = { ...state, findings: findings.value };
    this.#results.set(document.uri, linted);
    return linted;
  }

  #measuredUnder(tokens: Tokens | undefined): Measured | undefined {
    if (tokens === undefined) return undefined;
    const { tokenizer } = tokens.loaded;
    let measured = this.#measured.get(tokenizer);
    if (measured === undefined) this.#measured.set(tokenizer, (measured = new Measured(tokenizer)));
    return measured;
  }

  async #wait(job: Job, token: CancellationToken): Promise<Linted | undefined> {
    job.waiting++;
    const leave = token.onCancellationRequested(() => job.waiting--);
    try {
      return await job.result;
    } finally {
      leave.dispose();
    }
  }
}

const isSame = (a: State, b: State): boolean =>
  a.document === b.document &&
  a.tokens?.loaded === b.tokens?.loaded &&
  a.tokens?.tokenized === b.tokens?.tokenized &&
  a.settings === b.settings;

/**
 * What of a document is linted: by its language, and by its name where the language says little. JSON is data where it is a list of
 * rows; of configurations and run specs, objects all, nothing is text for a model.
 */
function kindOfDocument({ uri, languageId, text }: OpenDocument): KindName | undefined {
  const kind = kindOfLanguage(languageId);
  if (kind !== 'plaintext' && kind !== 'json') return kind;
  const byName = kindOfFile(uriToPath(uri) ?? '');
  if (byName === 'jsonl' || (kind === 'plaintext' && byName === 'prompt')) return byName;
  return kind === 'plaintext' || text.getText(firstUnits).trimStart().startsWith('[') ? kind : undefined;
}

const firstUnits = { start: { line: 0, character: 0 }, end: { line: 20, character: 0 } };
