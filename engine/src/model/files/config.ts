/**
 * config.json of a Llama in Hugging Face's form: what the model's sizes are, and whether it is a model that can be computed
 * here exactly. Anything that would change the computation and is not implemented is refused by name.
 */
import { bad, ok, type Problem, type Result } from '../../base/problem.ts';
import type { LlamaConfig, RopeScaling } from '../model.ts';

/** A config with what a model directory needs beside the dimensions. */
export interface ModelConfig extends LlamaConfig {
  readonly bosId: number | undefined;
  /** Several in newer models; none where the file says null. */
  readonly eosIds: readonly number[];
  /** Standard deviation of fresh weights. */
  readonly initializerRange: number;
  /** config.json as read, to be written back with what changed. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What to do about a file that is not as its writer left it. */
const damaged = "Take the model's own config.json: download or copy it again.";
/** What to do about a model that is not computed here. */
const foreign = 'Take a model of the plain Llama kind, such as Llama 2, Llama 3 or TinyLlama.';

/** Reads the JSON text of a config.json; `file` is for messages, `overrides` are fields that count in place of the file's. */
export function parseConfig(
  text: string,
  file: string,
  overrides: Readonly<Record<string, unknown>> = {},
): Result<ModelConfig> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return bad(`this is not JSON (${(error as Error).message})`, { file }, damaged);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return bad('this is no JSON object', { file }, damaged);
  const raw = { ...(json as Record<string, unknown>), ...overrides };
  const fields = new Fields(raw, file);
  const refused = fields.refuseForeign();
  if (refused !== undefined) return { ok: false, problem: refused };

  const heads = fields.count('num_attention_heads');
  const hiddenSize = fields.count('hidden_size');
  const config: ModelConfig = {
    vocabularySize: fields.count('vocab_size'),
    hiddenSize,
    intermediateSize: fields.count('intermediate_size'),
    layers: fields.count('num_hidden_layers', undefined, 10_000),
    heads,
    kvHeads: fields.count('num_key_value_heads', heads),
    headDim: fields.count('head_dim', hiddenSize / heads),
    ...fields.rope(),
    rmsNormEpsilon: fields.positive('rms_norm_eps', 1e-6),
    tiedHead: fields.flag('tie_word_embeddings', false),
    contextLength: fields.count('max_position_embeddings', 2048),
    bosId: fields.ids('bos_token_id', [1])[0],
    eosIds: fields.ids('eos_token_id', [2]),
    initializerRange: fields.positive('initializer_range', 0.02),
    raw,
  };
  if (fields.problem === undefined) {
    if (config.heads % config.kvHeads !== 0)
      fields.fail('num_key_value_heads', `${config.heads} heads cannot share ${config.kvHeads} key and value heads`);
    else if (config.headDim % 2 !== 0)
      fields.fail('head_dim', `rotary embedding needs an even head size, not ${config.headDim}`);
  }
  return fields.problem === undefined ? ok(config) : { ok: false, problem: fields.problem };
}

/** A field of config.json that a training elsewhere would go by, and none here does. */
export interface UnappliedSetting {
  readonly name: 'attention_dropout';
  readonly value: number;
}

/** Those that are set, for whoever begins a training. */
export function unappliedSettings({ raw }: ModelConfig): UnappliedSetting[] {
  const dropout = raw['attention_dropout'];
  return typeof dropout === 'number' && dropout !== 0 ? [{ name: 'attention_dropout', value: dropout }] : [];
}

export const unappliedWords = ({ name, value }: UnappliedSetting): string =>
  `${name} of the model's config.json, ${value}, is not applied: attention is trained without dropout (transformers would apply it)`;

/** config.json's content for a config, with `vocab_size` and the types that the written weights have. */
export function configText(config: ModelConfig): string {
  const kept = Object.entries(config.raw).filter(([name]) => name !== 'dtype');
  const written = { ...Object.fromEntries(kept), vocab_size: config.vocabularySize, torch_dtype: 'float32' };
  return `${JSON.stringify(written, undefined, 2)}\n`;
}

/** Reads fields one by one and keeps the first problem. */
class Fields {
  problem: Problem | undefined;
  readonly #json: Readonly<Record<string, unknown>>;
  readonly #file: string;

  constructor(json: Readonly<Record<string, unknown>>, file: string) {
    this.#json = json;
    this.#file = file;
  }

  fail(name: string, what: string, remedy = damaged): void {
    this.problem ??= { what, where: { file: this.#file, name }, remedy };
  }

  /** Fields that say that this model is computed otherwise than a plain Llama. */
  refuseForeign(): Problem | undefined {
    const { architectures, model_type: kind } = this.#json;
    const architecture: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
    if (architecture === undefined ? kind !== 'llama' : architecture !== 'LlamaForCausalLM')
      this.fail(
        architecture === undefined ? 'model_type' : 'architectures',
        `the model is ${text(architecture ?? kind)}, and only LlamaForCausalLM can be read`,
        foreign,
      );
    const plain: Readonly<Record<string, readonly unknown[]>> = {
      hidden_act: ['silu', 'swish'],
      attention_bias: [false],
      mlp_bias: [false],
      partial_rotary_factor: [1],
      sliding_window: [],
      quantization_config: [],
    };
    for (const [name, allowed] of Object.entries(plain)) {
      const value = this.#json[name];
      if (value !== undefined && value !== null && !allowed.includes(value))
        this.fail(
          name,
          `${name} is ${text(value)}, and a Llama with that cannot be computed here${allowed.length === 0 ? '' : `, only with ${text(allowed[0])}`}`,
          name === 'quantization_config'
            ? 'Take the model as it was before it was quantized: float32, float16 or bfloat16.'
            : foreign,
        );
    }
    const kinds = this.#json['layer_types'];
    if (Array.isArray(kinds) && kinds.some((one) => one !== 'full_attention'))
      this.fail(
        'layer_types',
        `a layer is ${text(kinds.find((one) => one !== 'full_attention'))}, and a Llama with that cannot be computed here`,
        foreign,
      );
    return this.problem;
  }

  /** A whole number above 0, and at most `most`: beyond it nothing that is meant lies. */
  count(name: string, otherwise?: number, most = 2 ** 31 - 1): number {
    const value = this.#json[name] ?? otherwise;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= most) return value;
    this.fail(
      name,
      value === undefined ? 'it is missing' : `it must be a whole number from 1 to ${most}, not ${text(value)}`,
    );
    return 1;
  }

  positive(name: string, otherwise: number): number {
    const value = this.#json[name] ?? otherwise;
    if (isPositive(value)) return value;
    this.fail(name, `it must be a number above 0, not ${text(value)}`);
    return otherwise;
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.#json[name] ?? otherwise;
    if (typeof value === 'boolean') return value;
    this.fail(name, `it must be true or false, not ${text(value)}`);
    return otherwise;
  }

  /** An id, a list of ids, or null for none. */
  ids(name: string, otherwise: readonly number[]): readonly number[] {
    const value = this.#json[name];
    if (value === undefined) return otherwise;
    if (value === null) return [];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const ids = list.filter((id): id is number => Number.isSafeInteger(id) && (id as number) >= 0);
    if (ids.length !== list.length) this.fail(name, `it must be an id or a list of ids, not ${text(value)}`);
    return ids;
  }

  /**
   * Base and scaling of the rotary angles: `rope_theta` and `rope_scaling`, or in newer files `rope_parameters` with both in it. Where
   * two places say different things, readers differ in which they take, so none is guessed.
   */
  rope(): Pick<LlamaConfig, 'ropeTheta' | 'ropeScaling'> {
    const thetas = [{ name: 'rope_theta', value: this.#json['rope_theta'] ?? undefined }];
    const scalings: { readonly name: string; readonly value: RopeScaling | undefined }[] = [];
    for (const name of ['rope_scaling', 'rope_parameters'] as const) {
      const value = this.#json[name];
      if (value === undefined || value === null) continue;
      const rope = typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
      const { partial_rotary_factor: part } = rope;
      if (Object.values(rope).some((one) => typeof one === 'object' && one !== null && !Array.isArray(one)))
        this.fail(
          name,
          `its angles differ from layer to layer, and a Llama with that cannot be computed here`,
          foreign,
        );
      if (part !== undefined && part !== null && part !== 1)
        this.fail(
          `${name}.partial_rotary_factor`,
          `partial_rotary_factor is ${text(part)}, and a Llama with that cannot be computed here, only with 1`,
          foreign,
        );
      thetas.push({ name: `${name}.rope_theta`, value: rope['rope_theta'] ?? undefined });
      scalings.push({ name, value: this.#ropeScaling(name, rope) });
    }
    const given = thetas.filter(({ value }) => value !== undefined);
    for (const { name, value } of given)
      if (!isPositive(value)) this.fail(name, `it must be a number above 0, not ${text(value)}`);
    this.#refuseTwo(given);
    this.#refuseTwo(scalings);
    const theta = given[0]?.value;
    const scaling = scalings[0]?.value;
    return {
      ropeTheta: isPositive(theta) ? theta : 10_000,
      ...(scaling === undefined ? {} : { ropeScaling: scaling }),
    };
  }

  /** Of places for the same thing. */
  #refuseTwo([first, second]: readonly { readonly name: string; readonly value: unknown }[]): void {
    if (first === undefined || second === undefined || text(first.value) === text(second.value)) return;
    const said = (value: unknown): string => (value === undefined ? 'no scaling' : text(value));
    this.fail(
      second.name,
      `${second.name} says ${said(second.value)}, and ${first.name} ${said(first.value)}`,
      'Take the one out of config.json that the model was not trained with.',
    );
  }

  #ropeScaling(name: 'rope_scaling' | 'rope_parameters', rope: Record<string, unknown>): RopeScaling | undefined {
    const type = rope['rope_type'] ?? rope['type'] ?? (name === 'rope_parameters' ? 'default' : undefined);
    const number = (field: string): number => {
      const value = rope[field];
      if (isPositive(value)) return value;
      this.fail(`${name}.${field}`, `it must be a number above 0, not ${text(value)}`);
      return 1;
    };
    switch (typeof type === 'string' ? type : '') {
      case 'default':
        return undefined;
      case 'linear':
        return { type: 'linear', factor: number('factor') };
      case 'llama3': {
        const scaling = {
          type: 'llama3',
          factor: number('factor'),
          lowFrequencyFactor: number('low_freq_factor'),
          highFrequencyFactor: number('high_freq_factor'),
          originalContextLength: number('original_max_position_embeddings'),
        } as const;
        if (scaling.lowFrequencyFactor >= scaling.highFrequencyFactor)
          this.fail(
            `${name}.low_freq_factor`,
            `low_freq_factor ${scaling.lowFrequencyFactor} is not below high_freq_factor ${scaling.highFrequencyFactor}`,
          );
        return scaling;
      }
      default:
        this.fail(
          name,
          `rotary scaling ${text(type)} is not implemented, only "default", "linear" and "llama3"`,
          'Take a model with one of these, such as Llama 2 or Llama 3.',
        );
        return undefined;
    }
  }
}

const isPositive = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;

const text = (value: unknown): string => (value === undefined ? 'not given' : JSON.stringify(value));
