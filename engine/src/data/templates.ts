/** How an instruction becomes a prompt. A template is data: another one is another entry here and in the run spec's schema. */

export interface Instruction {
  readonly instruction: string;
  /** What the instruction is about; empty where it stands alone. */
  readonly input: string;
  readonly output: string;
}

interface Template {
  readonly withInput: string;
  readonly withoutInput: string;
}

/** `{instruction}` and `{input}` stand for the example's fields. */
export const templates = {
  // Stanford Alpaca's wording (github.com/tatsu-lab/stanford_alpaca, train.py).
  alpaca: {
    withInput:
      'Below is an instruction that describes a task, paired with an input that provides further context. ' +
      'Write a response that appropriately completes the request.\n\n' +
      '### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:',
    withoutInput:
      'Below is an instruction that describes a task. ' +
      'Write a response that appropriately completes the request.\n\n' +
      '### Instruction:\n{instruction}\n\n### Response:',
  },
} as const satisfies Readonly<Record<string, Template>>;

export type TemplateName = keyof typeof templates;

export function promptOf(template: TemplateName, example: Instruction): string {
  const { withInput, withoutInput } = templates[template];
  const text = example.input.trim() === '' ? withoutInput : withInput;
  return text.replace(/\{(instruction|input)\}/g, (_, field: 'instruction' | 'input') => example[field]);
}
