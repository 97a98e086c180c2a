/** Opens a model to ask it: weights on a backend, and its tokenizer where it has one. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Backend, BackendOptions, Precision } from '../backends/backend.ts';
import { ProblemError, type Result, ok } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { readModelTemplate } from '../data/modelTemplate.ts';
import type { TemplateName } from '../data/templates.ts';
import { openInferenceSession } from '../model/index.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { ModelChoice } from '../protocol.ts';
import { modelState } from './modelState.ts';
import { chosenDirectories, type ModelToAsk, readModelToAsk } from './modelToAsk.ts';
import { openBackend } from '../backends/index.ts';
import { readTokenizerFile } from '../tokenizers/index.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

export interface OpenModel {
  /** What was opened: a model that is an adapter is told apart into base and adapter. */
  readonly choice: Pick<ModelChoice, 'model' | 'adapter'>;
  readonly session: InferenceSession;
  /** Or why there is none. */
  readonly tokenizer: Result<Tokenizer>;
  /** Ids that end a text: the config's, the generation config's and the tokenizer's. */
  readonly eosIds: readonly number[];
  /** The template that it was trained with, where its directory says so. */
  readonly template: TemplateName | undefined;
  readonly backend: string;
  /** Which device, where the backend knows several. */
  readonly device?: string;
  readonly precision: Precision;
  /** What its files were before they were read, as `modelState` tells it. */
  readonly state: string;
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
  const chosen = chosenDirectories(choice);
  const state = chosen.ok ? modelState(chosen.value) : '';
  const read = await readModelToAsk(choice, work);
  if (!read.ok) return read;
  const { model, adapter } = read.value;
  const own = adapter === undefined ? undefined : await readTokenizerFile(adapter.directory);
  const tokenizer = own?.ok === true ? own : await readTokenizerFile(model.directory);
  const opened = await openBackend(choice.backend ?? 'auto', options);
  if (!opened.ok) return opened;
  const { backend, reason } = opened.value;
  const session = await sessionOf(read.value, backend, precision);
  if (!session.ok) {
    backend.dispose();
    return session;
  }
  const template = await readModelTemplate([...(adapter === undefined ? [] : [adapter.directory]), model.directory]);
  return ok({
    choice: { model: model.directory, ...(adapter === undefined ? {} : { adapter: adapter.directory }) },
    session: session.value,
    tokenizer,
    eosIds: await endIds(model, tokenizer.ok ? tokenizer.value : undefined),
    template,
    backend: backend.name,
    ...(backend.deviceName === undefined ? {} : { device: backend.deviceName }),
    precision,
    state,
    backendReason: reason,
    dispose: () => {
      session.value.dispose();
      backend.dispose();
    },
  });
}

async function sessionOf(
  { model, adapter }: ModelToAsk,
  backend: Backend,
  precision: Precision,
): Promise<Result<InferenceSession>> {
  try {
    return await openInferenceSession(model, backend, {
      precision,
      ...(adapter === undefined ? {} : { adapter }),
    });
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    backend.dispose();
    throw error;
  }
}

/** Ids that end a text of this model: the config's, the generation config's and the tokenizer's. */
export async function endIds(
  model: { readonly directory: string; readonly config: { readonly eosIds: readonly number[] } },
  tokenizer: Pick<Tokenizer, 'eosId'> | undefined,
): Promise<readonly number[]> {
  const ends = [...model.config.eosIds, ...(await generationEnds(model.directory))];
  return [...new Set([...ends, ...(tokenizer?.eosId === undefined ? [] : [tokenizer.eosId])])];
}

/** Ids in generation_config.json that end a text; none where there is no such file. */
async function generationEnds(directory: string): Promise<readonly number[]> {
  try {
    const config = JSON.parse(await readFile(path.join(directory, 'generation_config.json'), 'utf8')) as unknown;
    const ids = (config as { readonly eos_token_id?: unknown } | null)?.eos_token_id;
    const list: readonly unknown[] = Array.isArray(ids) ? ids : [ids];
    return list.filter((id): id is number => Number.isSafeInteger(id) && (id as number) >= 0);
  } catch {
    return []; // it says how to sample; the model can be asked without
  }
}
