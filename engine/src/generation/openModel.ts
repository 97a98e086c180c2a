/** Opens a model to ask it: weights on a backend, and its tokenizer where it has one. */
import type { BackendOptions, Precision } from '../backends/backend.ts';
import { type Result, bad, ok } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { readModelDirectory } from '../model/files.ts';
import { openInferenceSession } from '../model/index.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { ModelChoice } from '../protocol.ts';
import { openBackend } from '../backends/index.ts';
import { readTokenizerFile } from '../tokenizers/index.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

export interface OpenModel {
  readonly session: InferenceSession;
  /** Or why there is none. */
  readonly tokenizer: Result<Tokenizer>;
  /** Ids that end a text: the config's and the tokenizer's. */
  readonly eosIds: readonly number[];
  readonly backend: string;
  readonly backendReason: string;
  dispose(): void;
}

export interface OpenOptions extends BackendOptions {
  /** float32 where absent. */
  readonly precision?: Precision;
}

export async function openModel(
  choice: ModelChoice,
  { precision = 'float32', ...options }: OpenOptions = {},
  work: Work = {},
): Promise<Result<OpenModel>> {
  if (choice.adapter !== undefined) {
    return bad('adapters are not available in this version', { file: choice.adapter }, 'Name a whole model.');
  }
  const model = await readModelDirectory(choice.model, work);
  if (!model.ok) return model;
  const tokenizer = await readTokenizerFile(choice.model);
  const opened = await openBackend(choice.backend ?? 'auto', options);
  if (!opened.ok) return opened;
  const { backend, reason } = opened.value;
  const session = await openInferenceSession(model.value, backend, { precision });
  if (!session.ok) {
    backend.dispose();
    return session;
  }
  const eos = tokenizer.ok ? tokenizer.value.eosId : undefined;
  return ok({
    session: session.value,
    tokenizer,
    eosIds: [...new Set([...model.value.config.eosIds, ...(eos === undefined ? [] : [eos])])],
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
