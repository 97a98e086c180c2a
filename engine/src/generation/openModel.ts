/** Opens a model to ask it: weights on a backend, and its tokenizer where it has one. */
import type { BackendOptions } from '../backends/backend.ts';
import { type Result, bad, ok } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { openInferenceSession } from '../model/index.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { ModelChoice } from '../protocol.ts';
import { readModelToAsk } from './modelToAsk.ts';
import { openBackend } from '../backends/index.ts';
import { readTokenizerFile } from '../tokenizers/index.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

export interface OpenModel {
  /** What was opened: a model that is an adapter is told apart into base and adapter. */
  readonly choice: Pick<ModelChoice, 'model' | 'adapter'>;
  readonly session: InferenceSession;
  /** Or why there is none. */
  readonly tokenizer: Result<Tokenizer>;
  /** Ids that end a text: the config's and the tokenizer's. */
  readonly eosIds: readonly number[];
  readonly backend: string;
  readonly backendReason: string;
  dispose(): void;
}

export async function openModel(
  choice: ModelChoice,
  options: BackendOptions = {},
  work: Work = {},
): Promise<Result<OpenModel>> {
  const read = await readModelToAsk(choice, work);
  if (!read.ok) return read;
  const { model, adapter } = read.value;
  const own = adapter === undefined ? undefined : await readTokenizerFile(adapter.directory);
  const tokenizer = own?.ok === true ? own : await readTokenizerFile(model.directory);
  const opened = await openBackend(choice.backend ?? 'auto', options);
  if (!opened.ok) return opened;
  const { backend, reason } = opened.value;
  const session = await openInferenceSession(model, backend, {
    precision: 'float32',
    ...(adapter === undefined ? {} : { adapter }),
  });
  if (!session.ok) {
    backend.dispose();
    return session;
  }
  const eos = tokenizer.ok ? tokenizer.value.eosId : undefined;
  return ok({
    choice: { model: model.directory, ...(adapter === undefined ? {} : { adapter: adapter.directory }) },
    session: session.value,
    tokenizer,
    eosIds: [...new Set([...model.config.eosIds, ...(eos === undefined ? [] : [eos])])],
    backend: backend.name,
    backendReason: reason,
    dispose: () => {
      session.value.dispose();
      backend.dispose();
    },
  });
}

/** The prompt, where it fits the context window: its last id may stand at the window's end. */
export function withinWindow<T extends ArrayLike<number>>(promptIds: T, contextLength: number): Result<T> {
  return promptIds.length <= contextLength
    ? ok(promptIds)
    : bad(
        `the prompt has ${promptIds.length} tokens, and the model's window ${contextLength}`,
        undefined,
        'Shorten it.',
      );
}

/** A prompt's ids: BOS, then the text. */
export function encodePrompt(tokenizer: Tokenizer, prompt: string): number[] {
  const { bosId } = tokenizer;
  return [...(bosId === undefined ? [] : [bosId]), ...tokenizer.encode(prompt).ids];
}
