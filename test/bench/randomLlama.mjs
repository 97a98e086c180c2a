// Llamas with random weights to be measured, by name, and batches for them. Nothing of them is read from files.

/**
 * @typedef {object} Shape
 * @property {number} dim @property {number} layers @property {number} heads @property {number} kvHeads @property {number} hidden
 * @property {number} vocab @property {number} seq @property {number} batch @property {boolean} tied
 * @property {number} lora Rank of adapters on q, k and v, with all else frozen; 0: all parameters train.
 */

/** @type {Record<'tiny' | 'tiny-lora' | '15m' | '768' | '1b' | '7b', Shape>} */
export const shapes = {
  tiny: {
    ...{ dim: 64, layers: 2, heads: 4, kvHeads: 2, hidden: 160, vocab: 320, seq: 32, batch: 2 },
    ...{ tied: false, lora: 0 },
  },
  'tiny-lora': {
    ...{ dim: 64, layers: 2, heads: 4, kvHeads: 4, hidden: 160, vocab: 320, seq: 32, batch: 2 },
    ...{ tied: false, lora: 8 },
  },
  '15m': {
    ...{ dim: 288, layers: 6, heads: 6, kvHeads: 6, hidden: 768, vocab: 32000, seq: 256, batch: 4 },
    ...{ tied: true, lora: 0 },
  },
  768: {
    ...{ dim: 768, layers: 12, heads: 12, kvHeads: 12, hidden: 2048, vocab: 32000, seq: 256, batch: 4 },
    ...{ tied: true, lora: 0 },
  },
  '1b': {
    ...{ dim: 2048, layers: 22, heads: 32, kvHeads: 4, hidden: 5632, vocab: 32000, seq: 1024, batch: 4 },
    ...{ tied: false, lora: 0 },
  },
  '7b': {
    ...{ dim: 4096, layers: 32, heads: 32, kvHeads: 32, hidden: 11008, vocab: 32000, seq: 1024, batch: 2 },
    ...{ tied: false, lora: 64 },
  },
};

/** Numbers in [-0.035, 0.035], a few of them: tensors repeat them. */
function numbers() {
  let state = 1;
  const uniform = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5) * 0.07;
  // No multiple of any width, so that rows differ.
  return Float32Array.from({ length: 1_000_003 }, uniform);
}

/** Weights are made when their turn comes, so that a large model is never in memory as a whole. @param {Shape} shape */
export function randomModel({ dim, layers, heads, kvHeads, hidden, vocab, seq, tied }) {
  const headDim = dim / heads;
  const config = {
    ...{ hiddenSize: dim, intermediateSize: hidden, layers, heads, kvHeads, headDim, vocabularySize: vocab },
    ...{ contextLength: seq, rmsNormEpsilon: 1e-5, ropeTheta: 10000, tiedHead: tied },
  };
  const random = numbers();
  const tensor = (/** @type {string} */ name, /** @type {number[]} */ shape) => ({
    name: `${name}.weight`,
    shape,
    load: (/** @type {((elements: number) => Float32Array) | undefined} */ room) => {
      const size = shape.reduce((a, b) => a * b);
      const data = room?.(size) ?? new Float32Array(size);
      if (shape.length === 1) data.fill(1);
      else for (let at = 0; at < size; at += random.length) data.set(random.subarray(0, size - at), at);
      return Promise.resolve(data);
    },
  });
  const tensors = [tensor('model.embed_tokens', [vocab, dim]), tensor('model.norm', [dim])];
  if (!tied) tensors.push(tensor('lm_head', [vocab, dim]));
  for (let layer = 0; layer < layers; layer++) {
    const at = (/** @type {string} */ name) => `model.layers.${layer}.${name}`;
    for (const name of ['q', 'o']) tensors.push(tensor(at(`self_attn.${name}_proj`), [dim, dim]));
    for (const name of ['k', 'v']) tensors.push(tensor(at(`self_attn.${name}_proj`), [kvHeads * headDim, dim]));
    for (const name of ['gate', 'up']) tensors.push(tensor(at(`mlp.${name}_proj`), [hidden, dim]));
    tensors.push(tensor(at('mlp.down_proj'), [dim, hidden]));
    for (const name of ['input_layernorm', 'post_attention_layernorm']) tensors.push(tensor(at(name), [dim]));
  }
  return { config, tensors };
}

/** @param {Shape} shape */
export function batchOf({ vocab, seq, batch }) {
  const size = seq * batch;
  const ids = Int32Array.from({ length: size }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 0) % vocab);
  const positions = Int32Array.from({ length: size }, (_, i) => i % seq);
  return { batch, length: seq, ids, labels: ids, positions, segments: new Int32Array(size) };
}

/**
 * How a session trains a shape. @param {Shape} shape @param {'float32' | 'bfloat16'} precision
 * @returns {import('../../engine/src/model/index.ts').TrainingOptions}
 */
export const trainingOf = ({ lora }, precision) => ({
  optimizer: { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01, gradientClip: 1 },
  precision,
  seed: 1,
  ...(lora === 0
    ? {}
    : { lora: { rank: lora, alpha: 16, dropout: 0, targets: ['q_proj', 'k_proj', 'v_proj'], init: 'kaiming' } }),
});

/**
 * Multiplications and additions that a token takes in training, of what the model asks for (Chowdhery et al., 2022, appendix B: 6 a
 * parameter in matrix products and 12 · layers · width · length for attention, counted whole): what is computed again does not
 * count. With frozen weights their own gradients fall away: 4 a parameter.
 * @param {Shape} shape
 */
export function flopsPerToken({ dim, layers, heads, kvHeads, hidden, vocab, seq, lora }) {
  const kv = (dim / heads) * kvHeads;
  const frozen = layers * (2 * dim * dim + 2 * dim * kv + 3 * dim * hidden) + vocab * dim;
  const adapters = layers * lora * (4 * dim + 2 * kv);
  return (lora === 0 ? 6 : 4) * frozen + 6 * adapters + 12 * layers * dim * seq;
}
