/** Spellings of special tokens of models people use; those of the tokenizer in use are known from its vocabulary. */
export const specialTokens: readonly string[] = [
  '<s>', '</s>', '<unk>', '<pad>', '<bos>', '<eos>', '[INST]', '[/INST]', '<<SYS>>', '<</SYS>>',
  '<|begin_of_text|>', '<|end_of_text|>', '<|eot_id|>', '<|start_header_id|>', '<|end_header_id|>',
  '<|im_start|>', '<|im_end|>', '<|endoftext|>', '<|system|>', '<|user|>', '<|assistant|>', '<start_of_turn>', '<end_of_turn>',
]; // prettier-ignore

/** Of these, what templates write as plain text on purpose: no token of its own stands behind it. */
export const plainMarks: ReadonlySet<string> = new Set(['[INST]', '[/INST]', '<<SYS>>', '<</SYS>>']);
