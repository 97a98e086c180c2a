import { describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { configText, type ModelConfig, parseConfig, unappliedSettings } from './config.ts';
import { parameterCount, parameterShapes } from './parameters.ts';

const llama7b = {
  architectures: ['LlamaForCausalLM'],
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  vocab_size: 32000,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 4096,
};
const llama3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
};
const read = (fields: object) => parseConfig(JSON.stringify({ ...llama7b, ...fields }), 'config.json');
/** All but the text. */
const fields = (config: ModelConfig) => ({ ...config, raw: {} });
const problem = (fields: object) => {
  const result = read(fields);
  if (result.ok) throw new Error('the config was taken');
  return result.problem;
};

describe('parseConfig', () => {
  it('reads the dimensions, with the defaults of the form', () => {
    const config = unwrap(read({ eos_token_id: [2, 7] }));
    expect(config).toMatchObject({
      kvHeads: 32,
      headDim: 128,
      ropeTheta: 10_000,
      tiedHead: false,
      bosId: 1,
      eosIds: [2, 7],
    });
    // The published size of Llama 2 7B.
    expect(parameterCount(config)).toBe(6_738_415_616);
  });

  it('gives grouped key heads their smaller tensors', () => {
    const config = unwrap(read({ num_key_value_heads: 8, tie_word_embeddings: true }));
    const shapes = new Map(parameterShapes(config).map((p) => [p.name, p.shape]));
    expect(shapes.get('model.layers.31.self_attn.k_proj.weight')).toEqual([1024, 4096]);
    expect(shapes.has('lm_head.weight')).toBe(false);
  });

  it('reads the newer place of rope_theta', () => {
    const config = unwrap(read({ rope_parameters: { rope_type: 'default', rope_theta: 5e5 } }));
    expect(config.ropeTheta).toBe(5e5);
  });

  it('reads how angles are scaled, in the older and the newer place', () => {
    const ropeScaling = {
      ...{ type: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextLength: 8192 },
    };
    expect(unwrap(read({ rope_theta: 5e5, rope_scaling: llama3 }))).toMatchObject({ ropeTheta: 5e5, ropeScaling });
    const newer = read({ rope_parameters: { ...llama3, rope_theta: 5e5 } });
    expect(unwrap(newer)).toMatchObject({ ropeTheta: 5e5, ropeScaling });
    const linear = unwrap(read({ rope_scaling: { type: 'linear', factor: 2.5 } }));
    expect(linear.ropeScaling).toEqual({ type: 'linear', factor: 2.5 });
    expect(unwrap(read({}))).not.toHaveProperty('ropeScaling');
  });

  it('reads what newer writers put in place of older fields, and both where they agree', () => {
    const older = unwrap(read({ rope_theta: 5e5, rope_scaling: llama3, torch_dtype: 'bfloat16' }));
    const newer = { rope_parameters: { ...llama3, rope_theta: 5e5 }, dtype: 'bfloat16' };
    expect(fields(unwrap(read(newer)))).toEqual(fields(older));
    const layers = { layer_types: ['full_attention', 'full_attention'] };
    expect(fields(unwrap(read({ ...newer, ...layers, rope_theta: 5e5, rope_scaling: llama3 })))).toEqual(fields(older));
    const plain = unwrap(read({ rope_parameters: { rope_theta: 10_000, rope_type: 'default' }, rope_scaling: null }));
    expect(fields(plain)).toEqual(fields(unwrap(read({}))));
  });

  it('takes what changes no value: parts of products, defaults spelled out, what only writers look at', () => {
    const spelled = {
      ...{ pretraining_tp: 2, attention_bias: false, mlp_bias: false, hidden_act: 'silu', head_dim: 128 },
      ...{
        sliding_window: null,
        quantization_config: null,
        partial_rotary_factor: 1,
        use_cache: true,
        dtype: 'float16',
      },
    };
    expect(fields(unwrap(read(spelled)))).toEqual(fields(unwrap(read({}))));
    expect(unwrap(read({ head_dim: null, num_key_value_heads: null })).headDim).toBe(128);
  });

  it('tells of dropout that training leaves out', () => {
    expect(unappliedSettings(unwrap(read({ attention_dropout: 0.1 })))).toEqual([
      { name: 'attention_dropout', value: 0.1 },
    ]);
    for (const dropout of [0, 0.0, null, undefined])
      expect(unappliedSettings(unwrap(read({ attention_dropout: dropout })))).toEqual([]);
  });

  it.each([
    [{ architectures: ['MistralForCausalLM'] }, 'architectures', /"MistralForCausalLM", and only LlamaForCausalLM/],
    [{ architectures: undefined, model_type: 'gpt2' }, 'model_type', /gpt2/],
    [{ rope_scaling: { type: 'dynamic', factor: 2 } }, 'rope_scaling', /rotary scaling "dynamic" is not implemented/],
    [{ rope_parameters: { rope_type: 'yarn', factor: 2 } }, 'rope_parameters', /only "default", "linear" and "llama3"/],
    [{ rope_scaling: { factor: 2 } }, 'rope_scaling', /rotary scaling not given/],
    [{ rope_scaling: { type: 'linear', factor: 0 } }, 'rope_scaling.factor', /number above 0, not 0/],
    [{ rope_scaling: { rope_type: 'llama3', factor: 8 } }, 'rope_scaling.low_freq_factor', /not given/],
    [
      { rope_scaling: { ...llama3, low_freq_factor: 4 } },
      'rope_scaling.low_freq_factor',
      /low_freq_factor 4 is not below high_freq_factor 4/,
    ],
    [{ rope_parameters: { rope_theta: 0 } }, 'rope_parameters.rope_theta', /number above 0, not 0/],
    [
      { rope_parameters: { partial_rotary_factor: 0.5 } },
      'rope_parameters.partial_rotary_factor',
      /0.5, and a Llama with that cannot be computed here, only with 1/,
    ],
    [{ partial_rotary_factor: 0.5 }, 'partial_rotary_factor', /cannot be computed here, only with 1/],
    [
      { rope_parameters: { full_attention: { rope_theta: 1e6, rope_type: 'default' } } },
      'rope_parameters',
      /angles differ from layer to layer/,
    ],
    [
      { rope_theta: 1e4, rope_parameters: { rope_theta: 5e5, rope_type: 'default' } },
      'rope_parameters.rope_theta',
      /says 500000, and rope_theta 10000$/,
    ],
    [
      { rope_scaling: { type: 'linear', factor: 2 }, rope_parameters: { rope_type: 'default' } },
      'rope_parameters',
      /says no scaling, and rope_scaling \{"type":"linear","factor":2\}$/,
    ],
    [{ sliding_window: 4096 }, 'sliding_window', /cannot be computed here$/],
    [{ layer_types: ['full_attention', 'sliding_attention'] }, 'layer_types', /a layer is "sliding_attention"/],
    [{ mlp_bias: true }, 'mlp_bias', /cannot be computed here, only with false/],
    [{ head_dim: 7 }, 'head_dim', /even head size, not 7/],
    [{ hidden_act: 'gelu' }, 'hidden_act', /only with "silu"/],
    [{ attention_bias: true }, 'attention_bias', /cannot be computed here/],
    [{ quantization_config: { bits: 4 } }, 'quantization_config', /cannot be computed here/],
    [{ hidden_size: 100 }, 'head_dim', /whole number from 1 to 2147483647, not 3.125/],
    [{ num_hidden_layers: undefined }, 'num_hidden_layers', /missing/],
    [{ num_key_value_heads: 5 }, 'num_key_value_heads', /32 heads cannot share 5/],
    [{ rms_norm_eps: '1e-5' }, 'rms_norm_eps', /number above 0/],
  ])('refuses %j', (fields, name, what) => {
    const found = problem(fields);
    expect(found.where).toEqual({ file: 'config.json', name });
    expect(found.what).toMatch(what);
    expect(found.remedy).toMatch(/^Take .+\.$/);
  });

  it('takes a rotary scaling that scales nothing', () => {
    expect(read({ rope_scaling: null }).ok).toBe(true);
    expect(read({ rope_scaling: { rope_type: 'default' } }).ok).toBe(true);
  });

  it('keeps what it does not know when written', () => {
    const config = unwrap(read({ torch_dtype: 'bfloat16', _name_or_path: 'x' }));
    const written: unknown = JSON.parse(configText({ ...config, vocabularySize: 39478 }));
    expect(written).toMatchObject({ vocab_size: 39478, torch_dtype: 'float32', _name_or_path: 'x', hidden_size: 4096 });
  });
});
