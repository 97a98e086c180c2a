/**
 * adapter_config.json as Hugging Face's PEFT writes it: which layers of the base have adapters, of which rank and scale. What
 * would change the computation and is not computed here is refused by name.
 */
import { bad, ok, type Problem, type Result } from '../../base/problem.ts';
import { linearLayers } from '../llama.ts';
import type { LlamaConfig } from '../model.ts';
import { type LoraOptions, loraTargets } from '../options.ts';

export const adapterConfigFile = 'adapter_config.json';
export const adapterWeightsFile = 'adapter_model.safetensors';

export interface AdapterConfig {
  readonly rank: number;
  /** lora_alpha as written. */
  readonly alpha: number;
  /** The scale is alpha / √rank in place of alpha / rank (Kalajdzievski, 2023). */
  readonly rankStabilized: boolean;
  readonly dropout: number;
  /** base_model_name_or_path; undefined where the file names none. */
  readonly base: string | undefined;
  /** The file as read, to be written back with what changed. */
  readonly raw: Readonly<Record<string, unknown>>;
}

const foreign = 'Merge it into its base with PEFT (merge_and_unload) and take the whole model.';
const damaged = 'Copy the adapter again.';
/** Tables that PEFT may keep whole beside the adapters. */
const tables = ['embed_tokens', 'lm_head'];

/** Fields that say that the adapter is computed in another way, with the values under which it is not. */
const plain: Readonly<Record<string, (value: unknown) => boolean>> = {
  use_dora: (value) => value === false,
  use_qalora: (value) => value === false,
  lora_bias: (value) => value === false,
  bias: (value) => value === 'none',
  rank_pattern: isEmpty,
  alpha_pattern: isEmpty,
  layer_replication: isEmpty,
  trainable_token_indices: isEmpty,
  target_parameters: isEmpty,
  alora_invocation_tokens: isEmpty,
  task_type: (value) => value === 'CAUSAL_LM',
  // These start from a base that they have changed.
  init_lora_weights: (value) => typeof value !== 'string' || /^(gaussian|eva|orthogonal)$/.test(value),
  modules_to_save: (value) => listOf(value)?.every((name) => tables.includes(name)) === true,
};

/** PEFT switches variants of LoRA on by fields of such names, more of them with each version. These change no adapter that is read. */
const harmless = /^(use_rslora|(eva|loftq|megatron|runtime)_config)$/;
const isVariant = (name: string): boolean => /^use_|_config$/.test(name) && !harmless.test(name);
const isOff = (value: unknown): boolean => value === null || value === false || isEmpty(value);

/** Reads the JSON text; `file` is for messages. */
export function parseAdapterConfig(text: string, file: string): Result<AdapterConfig> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return bad(`this is not JSON (${(error as Error).message})`, { file }, damaged);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return bad('this is no JSON object', { file }, damaged);
  const raw = json as Record<string, unknown>;
  const fail = (name: string, what: string, remedy = damaged): { ok: false; problem: Problem } =>
    bad(what, { file, name }, remedy);
  if (raw['peft_type'] !== 'LORA')
    return fail('peft_type', `the adapter is ${shown(raw['peft_type'])}, and only LORA can be read`, foreign);
  for (const [name, isPlain] of Object.entries(plain)) {
    const value = raw[name];
    if (value !== undefined && value !== null && !isPlain(value))
      return fail(name, `${name} is ${shown(value)}, and an adapter with that cannot be computed here`, foreign);
  }
  const unknown = Object.keys(raw).find((name) => isVariant(name) && !isOff(raw[name]));
  if (unknown !== undefined)
    return fail(
      unknown,
      `${unknown} is ${shown(raw[unknown])}, and an adapter with that cannot be computed here`,
      foreign,
    );
  const { r, lora_alpha: alpha, lora_dropout: dropout = 0, base_model_name_or_path: base } = raw;
  if (typeof r !== 'number' || !Number.isSafeInteger(r) || r < 1)
    return fail('r', `the rank must be a whole number from 1, not ${shown(r)}`);
  if (typeof alpha !== 'number' || !Number.isFinite(alpha) || alpha === 0)
    return fail('lora_alpha', `lora_alpha must be a number, not ${shown(alpha)}`);
  if (typeof dropout !== 'number' || !(dropout >= 0 && dropout < 1))
    return fail('lora_dropout', `lora_dropout must be a number from 0 to below 1, not ${shown(dropout)}`);
  const targets = raw['target_modules'];
  if (typeof targets !== 'string' && (listOf(targets) ?? []).length === 0)
    return fail('target_modules', `target_modules must be a list of names or a pattern, not ${shown(targets)}`);
  return ok({
    rank: r,
    alpha,
    rankStabilized: raw['use_rslora'] === true,
    dropout,
    base: typeof base === 'string' && base !== '' ? base : undefined,
    raw,
  });
}

/** The adapters of a base: which of its layers have one. A Problem where none has, or a target is no layer that may have one. */
export function loraOf(config: AdapterConfig, base: LlamaConfig, file: string): Result<LoraOptions> {
  const { raw, rank, alpha, dropout, rankStabilized } = config;
  const isTarget = moduleTest(raw['target_modules'], file, 'target_modules');
  if (!isTarget.ok) return isTarget;
  const isExcluded = moduleTest(raw['exclude_modules'] ?? [], file, 'exclude_modules');
  if (!isExcluded.ok) return isExcluded;
  for (const name of tables)
    if (isTarget.value(name === 'lm_head' ? name : `model.${name}`))
      return bad(
        `target_modules has ${name}: adapters are computed on linear layers of blocks only`,
        { file, name: 'target_modules' },
        foreign,
      );
  const chosen = raw['layers_to_transform'] ?? null;
  const layers = chosen === null ? undefined : (Array.isArray(chosen) ? chosen : [chosen]).map(Number);
  const all = linearLayers(base).map(({ layer, path }) => ({ layer, path, module: `model.layers.${layer}.${path}` }));
  const adapted = all.filter(
    ({ layer, module }) => isTarget.value(module) && !isExcluded.value(module) && layers?.includes(layer) !== false,
  );
  if (adapted.length === 0)
    return bad('no linear layer of the model is in target_modules', { file, name: 'target_modules' }, foreign);
  const targets = loraTargets.filter((target) => adapted.some(({ path }) => path.endsWith(`.${target}`)));
  const whole = all.filter(({ path }) => targets.some((target) => path.endsWith(`.${target}`)));
  return ok({
    rank,
    alpha: rankStabilized ? alpha * Math.sqrt(rank) : alpha,
    dropout,
    targets,
    init: 'kaiming',
    ...(whole.length === adapted.length ? {} : { only: adapted.map(({ layer, path }) => `layers.${layer}.${path}`) }),
  });
}

/** What PEFT reads of a fresh adapter. `base` is a path; `saved` are the tables kept whole as modules of their own. */
export function adapterConfigJson(
  lora: LoraOptions,
  base: string,
  saved: readonly string[],
): Readonly<Record<string, unknown>> {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    target_modules: [...lora.targets],
    modules_to_save: saved.length === 0 ? null : [...saved],
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    use_rslora: false,
    use_dora: false,
  };
}

/** Whether a module is meant: by PEFT's rules, a pattern fits the whole name, a name in a list its end. */
function moduleTest(value: unknown, file: string, name: string): Result<(module: string) => boolean> {
  if (value === 'all-linear') return ok((module) => loraTargets.some((target) => module.endsWith(`.${target}`)));
  if (typeof value === 'string') {
    try {
      const pattern = new RegExp(`^(?:${value})$`);
      return ok((module) => pattern.test(module));
    } catch {
      return bad(`the pattern ${shown(value)} cannot be read`, { file, name }, 'Write a list of names in its place.');
    }
  }
  const names = listOf(value) ?? [];
  return ok((module) => names.some((end) => module === end || module.endsWith(`.${end}`)));
}

function listOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((name) => typeof name === 'string') ? value : undefined;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

const shown = (value: unknown): string => (value === undefined ? 'not given' : JSON.stringify(value).slice(0, 80));
