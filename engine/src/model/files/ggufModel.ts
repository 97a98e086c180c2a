/**
 * A Llama as a GGUF file has it: llama.cpp's names for its sizes and tensors, and its vocabulary. Queries and keys are laid out
 * for a rotation of neighbours, where Hugging Face rotates halves: the rows of each head change places
 * (convert_hf_to_gguf.py of llama.cpp, LlamaModel.permute).
 */
import { bad, ok, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { fileProblem } from '../../base/fileProblem.ts';
import type { TokenizerModel } from '../../tokenizers/index.ts';
import type { LlamaConfig, LoadedModel, ModelToLoad } from '../model.ts';
import { ropeFrequencies } from '../ropeFrequencies.ts';
import { type GgufTensor, type GgufTensorType, type GgufValue, writeGguf } from './gguf.ts';
import { embeddingName, finalNormName, headName, parameterShapes } from './parameters.ts';

export interface GgufOptions {
  /** Of matrices; vectors stay float32. bfloat16 rounds to the nearest. */
  readonly type: GgufTensorType;
  /** Absent: the file has no vocabulary, and only ids can be put to it. */
  readonly tokenizer?: TokenizerModel;
  readonly work?: Work;
}

/** Writes `model` to `file`. A Problem for a vocabulary of a kind that cannot be written, or a file that cannot. */
export async function writeGgufModel(
  file: string,
  model: LoadedModel | ModelToLoad,
  { type, tokenizer, work = {} }: GgufOptions,
): Promise<Result<void>> {
  const { config } = model;
  const vocabulary = vocabularyOf(tokenizer, config);
  if (!vocabulary.ok) return vocabulary;
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'llama' }],
    ['general.file_type', { type: 'uint32', value: type === 'bfloat16' ? 32 : 0 }],
    ...sizesOf(config),
    ...vocabulary.value,
  ]);
  const given = new Map(model.tensors.map((tensor) => [tensor.name, tensor]));
  const tensors: GgufTensor[] = scalingOf(config);
  for (const { name, shape } of parameterShapes(config)) {
    const tensor = given.get(name);
    if (tensor === undefined) return bad('the tensor is missing', { name }, 'Use the files of a whole model.');
    const heads = name.includes('.q_proj.') ? config.heads : name.includes('.k_proj.') ? config.kvHeads : undefined;
    tensors.push({
      name: ggufName(name),
      shape,
      type: shape.length === 1 ? 'float32' : type,
      async load() {
        const data = 'data' in tensor ? tensor.data : await tensor.load();
        return heads === undefined ? data : neighbours(data, heads, config.headDim, shape[1]!);
      },
    });
  }
  try {
    await writeGguf(file, metadata, tensors, work);
  } catch (error) {
    return fileProblem(error, file);
  }
  return ok(undefined);
}

const layerNames: Readonly<Record<string, string>> = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

function ggufName(name: string): string {
  if (name === embeddingName) return 'token_embd.weight';
  if (name === finalNormName) return 'output_norm.weight';
  if (name === headName) return 'output.weight';
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name)!;
  return `blk.${layer}.${layerNames[part!]!}.weight`;
}

function sizesOf(config: LlamaConfig): [string, GgufValue][] {
  const whole = (value: number): GgufValue => ({ type: 'uint32', value });
  const real = (value: number): GgufValue => ({ type: 'float32', value });
  return [
    ['llama.vocab_size', whole(config.vocabularySize)],
    ['llama.context_length', whole(config.contextLength)],
    ['llama.embedding_length', whole(config.hiddenSize)],
    ['llama.block_count', whole(config.layers)],
    ['llama.feed_forward_length', whole(config.intermediateSize)],
    ['llama.attention.head_count', whole(config.heads)],
    ['llama.attention.head_count_kv', whole(config.kvHeads)],
    ['llama.attention.key_length', whole(config.headDim)],
    ['llama.attention.value_length', whole(config.headDim)],
    ['llama.attention.layer_norm_rms_epsilon', real(config.rmsNormEpsilon)],
    ['llama.rope.dimension_count', whole(config.headDim)],
    ['llama.rope.freq_base', real(config.ropeTheta)],
    ...linearScaling(config.ropeScaling),
  ];
}

const linearScaling = (scaling: LlamaConfig['ropeScaling']): [string, GgufValue][] =>
  scaling?.type !== 'linear'
    ? []
    : [
        ['llama.rope.scaling.type', { type: 'string', value: 'linear' }],
        ['llama.rope.scaling.factor', { type: 'float32', value: scaling.factor }],
      ];

/** Llama 3's scaling stands in a tensor of its own: what each frequency is divided by. */
function scalingOf(config: LlamaConfig): GgufTensor[] {
  if (config.ropeScaling?.type !== 'llama3') return [];
  const plain = ropeFrequencies({ headDim: config.headDim, ropeTheta: config.ropeTheta });
  const scaled = ropeFrequencies(config);
  const factors = Float32Array.from(plain, (frequency, i) => frequency / scaled[i]!);
  return [
    { name: 'rope_freqs.weight', shape: [factors.length], type: 'float32', load: () => Promise.resolve(factors) },
  ];
}

/** Rows [2, headDim / 2] of each head become [headDim / 2, 2]. */
function neighbours(data: Float32Array, heads: number, headDim: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  const half = headDim / 2;
  for (let head = 0; head < heads; head++)
    for (let i = 0; i < headDim; i++) {
      const from = (head * headDim + i) * columns;
      const to = (head * headDim + 2 * (i % half) + Math.floor(i / half)) * columns;
      out.set(data.subarray(from, from + columns), to);
    }
  return out;
}

/** The types of pieces bear the numbers that SentencePiece gives them. */
function vocabularyOf(tokenizer: TokenizerModel | undefined, config: LlamaConfig): Result<[string, GgufValue][]> {
  if (tokenizer === undefined) return ok([['tokenizer.ggml.model', { type: 'string', value: 'no_vocab' }]]);
  if (tokenizer.format !== 'sentencepiece' || tokenizer.trainer.algorithm !== 'bpe')
    return bad(
      'only the vocabulary of a SentencePiece BPE model can be written to GGUF',
      { file: tokenizer.file },
      'Use a model with a tokenizer.model.',
    );
  const { pieces, ids, unkId, trainer, normalizer } = tokenizer;
  // Rows of the table beyond the vocabulary: names that no text has.
  const spare = Math.max(0, config.vocabularySize - pieces.length);
  const all = [...pieces, ...Array.from({ length: spare }, (_, i) => ({ piece: `<unused ${i}>`, score: 0, type: 5 }))];
  const special = (key: string, id: number | undefined): [string, GgufValue][] =>
    id === undefined ? [] : [[`tokenizer.ggml.${key}_token_id`, { type: 'uint32', value: id }]];
  return ok([
    ['tokenizer.ggml.model', { type: 'string', value: 'llama' }],
    ['tokenizer.ggml.tokens', { type: 'array', of: 'string', values: all.map(({ piece }) => piece) }],
    ['tokenizer.ggml.scores', { type: 'array', of: 'float32', values: all.map(({ score }) => score) }],
    ['tokenizer.ggml.token_type', { type: 'array', of: 'int32', values: all.map(({ type }) => type) }],
    ...special('bos', ids.get(trainer.bosPiece)),
    ...special('eos', ids.get(trainer.eosPiece)),
    ...special('unknown', unkId),
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: true }],
    ['tokenizer.ggml.add_space_prefix', { type: 'bool', value: normalizer.addDummyPrefix }],
  ]);
}
