/**
 * The functions of ggml that the backend calls, as C declares them and as TypeScript sees them. ggml ends the process where it is
 * misused, so nothing but `tensors.ts`, which checks before it calls, and `device.ts` may call them.
 */

/** The address of something of ggml's. */
export type Pointer = bigint;

/** Of types as ggml numbers them, those that are used here. */
export const types = { float32: 0, float16: 1, int32: 26, bfloat16: 30 } as const;
export type TensorType = keyof typeof types;
export const typeBytes: Readonly<Record<TensorType, number>> = { float32: 4, float16: 2, int32: 4, bfloat16: 2 };

export interface GgmlFunctions {
  ggml_version(): string;
  ggml_commit(): string;
  ggml_init(parameters: { mem_size: number; mem_buffer: null; no_alloc: boolean }): Pointer | null;
  ggml_free(context: Pointer): void;
  ggml_tensor_overhead(): number;
  ggml_graph_overhead_custom(size: number, grads: boolean): number;
  ggml_new_tensor_4d(c: Pointer, type: number, n0: number, n1: number, n2: number, n3: number): Pointer;
  ggml_set_input(tensor: Pointer): void;
  ggml_set_output(tensor: Pointer): void;
  ggml_set_param(tensor: Pointer): void;
  ggml_new_graph_custom(c: Pointer, size: number, grads: boolean): Pointer;
  ggml_build_forward_expand(graph: Pointer, tensor: Pointer): void;
  ggml_graph_n_nodes(graph: Pointer): number;
  ggml_graph_node(graph: Pointer, i: number): Pointer;
  ggml_op_desc(tensor: Pointer): string;

  ggml_add(c: Pointer, a: Pointer, b: Pointer): Pointer;
  ggml_add_inplace(c: Pointer, a: Pointer, b: Pointer): Pointer;
  ggml_sub(c: Pointer, a: Pointer, b: Pointer): Pointer;
  ggml_mul(c: Pointer, a: Pointer, b: Pointer): Pointer;
  ggml_div(c: Pointer, a: Pointer, b: Pointer): Pointer;
  ggml_scale(c: Pointer, a: Pointer, factor: number): Pointer;
  ggml_scale_bias(c: Pointer, a: Pointer, factor: number, bias: number): Pointer;
  ggml_sqr(c: Pointer, a: Pointer): Pointer;
  ggml_sqrt(c: Pointer, a: Pointer): Pointer;
  ggml_log(c: Pointer, a: Pointer): Pointer;
  ggml_sum(c: Pointer, a: Pointer): Pointer;
  ggml_sum_rows(c: Pointer, a: Pointer): Pointer;
  ggml_argmax(c: Pointer, a: Pointer): Pointer;
  ggml_clamp(c: Pointer, a: Pointer, least: number, most: number): Pointer;
  ggml_fill_inplace(c: Pointer, a: Pointer, value: number): Pointer;
  ggml_repeat(c: Pointer, a: Pointer, like: Pointer): Pointer;
  ggml_repeat_4d(c: Pointer, a: Pointer, n0: number, n1: number, n2: number, n3: number): Pointer;
  ggml_repeat_back(c: Pointer, a: Pointer, like: Pointer): Pointer;
  ggml_concat(c: Pointer, a: Pointer, b: Pointer, dimension: number): Pointer;
  ggml_roll(c: Pointer, a: Pointer, s0: number, s1: number, s2: number, s3: number): Pointer;
  ggml_silu(c: Pointer, a: Pointer): Pointer;
  ggml_silu_back(c: Pointer, dy: Pointer, x: Pointer): Pointer;
  ggml_swiglu_split(c: Pointer, gate: Pointer, up: Pointer): Pointer;
  ggml_rms_norm(c: Pointer, a: Pointer, epsilon: number): Pointer;
  ggml_rms_norm_back(c: Pointer, dy: Pointer, x: Pointer, epsilon: number): Pointer;
  ggml_mul_mat(c: Pointer, a: Pointer, b: Pointer): Pointer;
  ggml_mul_mat_set_prec(tensor: Pointer, precision: number): void;
  ggml_cont(c: Pointer, a: Pointer): Pointer;
  ggml_cast(c: Pointer, a: Pointer, type: number): Pointer;
  ggml_cpy(c: Pointer, a: Pointer, to: Pointer): Pointer;
  ggml_reshape_4d(c: Pointer, a: Pointer, n0: number, n1: number, n2: number, n3: number): Pointer;
  ggml_permute(c: Pointer, a: Pointer, p0: number, p1: number, p2: number, p3: number): Pointer;
  ggml_view_4d(
    ...all: [
      ...[c: Pointer, a: Pointer, n0: number, n1: number, n2: number, n3: number],
      ...[stride1: number, stride2: number, stride3: number, offset: number],
    ]
  ): Pointer;
  ggml_get_rows(c: Pointer, a: Pointer, rows: Pointer): Pointer;
  ggml_set_rows(c: Pointer, a: Pointer, b: Pointer, rows: Pointer): Pointer;
  ggml_soft_max_ext(c: Pointer, a: Pointer, mask: Pointer | null, scale: number, maxBias: number): Pointer;
  ggml_soft_max_ext_inplace(c: Pointer, a: Pointer, mask: Pointer | null, scale: number, maxBias: number): Pointer;
  ggml_soft_max_ext_back(c: Pointer, a: Pointer, b: Pointer, scale: number, maxBias: number): Pointer;
  ggml_opt_step_adamw(...all: [c: Pointer, w: Pointer, g: Pointer, m: Pointer, v: Pointer, numbers: Pointer]): Pointer;

  ggml_backend_dev_name(device: Pointer): string;
  ggml_backend_dev_description(device: Pointer): string;
  ggml_backend_dev_type(device: Pointer): number;
  ggml_backend_dev_memory(device: Pointer, free: BigUint64Array, total: BigUint64Array): void;
  ggml_backend_dev_init(device: Pointer, parameters: null): Pointer | null;
  ggml_backend_dev_backend_reg(device: Pointer): Pointer;
  ggml_backend_reg_get_proc_address(registry: Pointer, name: string): Pointer | null;
  ggml_backend_free(backend: Pointer): void;
  ggml_backend_get_default_buffer_type(backend: Pointer): Pointer;
  ggml_backend_supports_op(backend: Pointer, tensor: Pointer): boolean;
  ggml_backend_alloc_ctx_tensors(c: Pointer, backend: Pointer): Pointer | null;
  ggml_backend_buffer_free(buffer: Pointer): void;
  ggml_backend_buffer_clear(buffer: Pointer, value: number): void;
  ggml_backend_tensor_set(tensor: Pointer, data: ArrayBufferView, offset: number, bytes: number): void;
  ggml_backend_tensor_get(tensor: Pointer, into: ArrayBufferView, offset: number, bytes: number): void;
  ggml_backend_tensor_copy(from: Pointer, to: Pointer): void;
  ggml_backend_graph_compute(backend: Pointer, graph: Pointer): number;
  ggml_gallocr_new(bufferType: Pointer): Pointer;
  ggml_gallocr_free(allocator: Pointer): void;
  ggml_gallocr_reserve(allocator: Pointer, graph: Pointer): boolean;
  ggml_gallocr_alloc_graph(allocator: Pointer, graph: Pointer): boolean;
  ggml_gallocr_get_buffer_size(allocator: Pointer, buffer: number): number;
}

/** Result and arguments in C. `Parameters` is the structure that ggml_init takes. */
export const signatures: { readonly [N in keyof GgmlFunctions]: readonly [result: string, ...parameters: string[]] } = {
  ggml_version: ['const char*'],
  ggml_commit: ['const char*'],
  ggml_init: ['void*', 'Parameters'],
  ggml_free: ['void', 'void*'],
  ggml_tensor_overhead: ['size_t'],
  ggml_graph_overhead_custom: ['size_t', 'size_t', 'bool'],
  ggml_new_tensor_4d: ['void*', 'void*', 'int', 'int64', 'int64', 'int64', 'int64'],
  ggml_set_input: ['void', 'void*'],
  ggml_set_output: ['void', 'void*'],
  ggml_set_param: ['void', 'void*'],
  ggml_new_graph_custom: ['void*', 'void*', 'size_t', 'bool'],
  ggml_build_forward_expand: ['void', 'void*', 'void*'],
  ggml_graph_n_nodes: ['int', 'void*'],
  ggml_graph_node: ['void*', 'void*', 'int'],
  ggml_op_desc: ['const char*', 'void*'],

  ggml_add: ['void*', 'void*', 'void*', 'void*'],
  ggml_add_inplace: ['void*', 'void*', 'void*', 'void*'],
  ggml_sub: ['void*', 'void*', 'void*', 'void*'],
  ggml_mul: ['void*', 'void*', 'void*', 'void*'],
  ggml_div: ['void*', 'void*', 'void*', 'void*'],
  ggml_scale: ['void*', 'void*', 'void*', 'float'],
  ggml_scale_bias: ['void*', 'void*', 'void*', 'float', 'float'],
  ggml_sqr: ['void*', 'void*', 'void*'],
  ggml_sqrt: ['void*', 'void*', 'void*'],
  ggml_log: ['void*', 'void*', 'void*'],
  ggml_sum: ['void*', 'void*', 'void*'],
  ggml_sum_rows: ['void*', 'void*', 'void*'],
  ggml_argmax: ['void*', 'void*', 'void*'],
  ggml_clamp: ['void*', 'void*', 'void*', 'float', 'float'],
  ggml_fill_inplace: ['void*', 'void*', 'void*', 'float'],
  ggml_repeat: ['void*', 'void*', 'void*', 'void*'],
  ggml_repeat_4d: ['void*', 'void*', 'void*', 'int64', 'int64', 'int64', 'int64'],
  ggml_repeat_back: ['void*', 'void*', 'void*', 'void*'],
  ggml_concat: ['void*', 'void*', 'void*', 'void*', 'int'],
  ggml_roll: ['void*', 'void*', 'void*', 'int', 'int', 'int', 'int'],
  ggml_silu: ['void*', 'void*', 'void*'],
  ggml_silu_back: ['void*', 'void*', 'void*', 'void*'],
  ggml_swiglu_split: ['void*', 'void*', 'void*', 'void*'],
  ggml_rms_norm: ['void*', 'void*', 'void*', 'float'],
  ggml_rms_norm_back: ['void*', 'void*', 'void*', 'void*', 'float'],
  ggml_mul_mat: ['void*', 'void*', 'void*', 'void*'],
  ggml_mul_mat_set_prec: ['void', 'void*', 'int'],
  ggml_cont: ['void*', 'void*', 'void*'],
  ggml_cast: ['void*', 'void*', 'void*', 'int'],
  ggml_cpy: ['void*', 'void*', 'void*', 'void*'],
  ggml_reshape_4d: ['void*', 'void*', 'void*', 'int64', 'int64', 'int64', 'int64'],
  ggml_permute: ['void*', 'void*', 'void*', 'int', 'int', 'int', 'int'],
  ggml_view_4d: [
    ...(['void*', 'void*', 'void*', 'int64', 'int64', 'int64', 'int64'] as const),
    ...['size_t', 'size_t', 'size_t', 'size_t'],
  ],
  ggml_get_rows: ['void*', 'void*', 'void*', 'void*'],
  ggml_set_rows: ['void*', 'void*', 'void*', 'void*', 'void*'],
  ggml_soft_max_ext: ['void*', 'void*', 'void*', 'void*', 'float', 'float'],
  ggml_soft_max_ext_inplace: ['void*', 'void*', 'void*', 'void*', 'float', 'float'],
  ggml_soft_max_ext_back: ['void*', 'void*', 'void*', 'void*', 'float', 'float'],
  ggml_opt_step_adamw: ['void*', 'void*', 'void*', 'void*', 'void*', 'void*', 'void*'],

  ggml_backend_dev_name: ['const char*', 'void*'],
  ggml_backend_dev_description: ['const char*', 'void*'],
  ggml_backend_dev_type: ['int', 'void*'],
  ggml_backend_dev_memory: ['void', 'void*', 'void*', 'void*'],
  ggml_backend_dev_init: ['void*', 'void*', 'const char*'],
  ggml_backend_dev_backend_reg: ['void*', 'void*'],
  ggml_backend_reg_get_proc_address: ['void*', 'void*', 'const char*'],
  ggml_backend_free: ['void', 'void*'],
  ggml_backend_get_default_buffer_type: ['void*', 'void*'],
  ggml_backend_supports_op: ['bool', 'void*', 'void*'],
  ggml_backend_alloc_ctx_tensors: ['void*', 'void*', 'void*'],
  ggml_backend_buffer_free: ['void', 'void*'],
  ggml_backend_buffer_clear: ['void', 'void*', 'uint8'],
  ggml_backend_tensor_set: ['void', 'void*', 'const void*', 'size_t', 'size_t'],
  ggml_backend_tensor_get: ['void', 'void*', 'void*', 'size_t', 'size_t'],
  ggml_backend_tensor_copy: ['void', 'void*', 'void*'],
  ggml_backend_graph_compute: ['int', 'void*', 'void*'],
  ggml_gallocr_new: ['void*', 'void*'],
  ggml_gallocr_free: ['void', 'void*'],
  ggml_gallocr_reserve: ['bool', 'void*', 'void*'],
  ggml_gallocr_alloc_graph: ['bool', 'void*', 'void*'],
  ggml_gallocr_get_buffer_size: ['size_t', 'void*', 'int'],
};
