import { describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { configText, parseConfig } from './config.ts';
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
const read = (fields: object) => parseConfig(JSON.stringify({ ...llama7b, ...fields }), 'config.json');
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

  it.each([
    [{ architectures: ['MistralForCausalLM'] }, 'architectures', /"MistralForCausalLM", and only LlamaForCausalLM/],
    [{ architectures: undefined, model_type: 'gpt2' }, 'model_type', /gpt2/],
    [{ rope_scaling: { type: 'linear', factor: 2 } }, 'rope_scaling', /rotary scaling "linear"/],
    [{ rope_scaling: { rope_type: 'llama3' } }, 'rope_scaling', /llama3/],
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
