/**
 * How a conversation is written for a model to read. A template is data: another one is another entry here and in the run spec's
 * schema. What is done with it is in dialogue.ts.
 */

/** A piece of a template: text with places to fill, or a special token, which becomes an id and never text pieces. */
export type Part = string | SpecialToken;

/** `bos` and `eos` are the tokenizer's own; any other is looked up by its piece. */
export interface SpecialToken {
  readonly token: string;
}

export interface Template {
  /** What stands before all turns. */
  readonly begins: readonly Part[];
  /** What stands for a system text, with `{system}`; absent where there is no place for one. */
  readonly system?: readonly Part[];
  /** A system text inside of the first turn, at its `{system}`; in place of `system`. */
  readonly systemInTurn?: string;
  /** In place of a system text that a conversation does not have. */
  readonly defaultSystem?: string;
  /** A question up to where its answer begins, with `{question}`. */
  readonly turn: readonly Part[];
  /** As `turn`, where the question has an input, with `{input}`; absent: the input stands below the question. */
  readonly turnWithInput?: readonly Part[];
  /**
   * The answer and its end, with `{answer}`. A space before it is the one that stands between two words: where the tokenizer
   * puts one before every text, it is that one.
   */
  readonly answer: readonly Part[];
  /** Whether several questions and answers can follow one another. */
  readonly turns: 'one' | 'many';
  /**
   * The same as Hugging Face's `chat_template` (Jinja); texts are the same to the letter. Absent where the form cannot say it.
   */
  readonly jinja?: string;
}

const bos: SpecialToken = { token: 'bos' };
const eos: SpecialToken = { token: 'eos' };
const eot: SpecialToken = { token: '<|eot_id|>' };
const header = (role: string): readonly Part[] => [
  { token: '<|start_header_id|>' },
  role,
  { token: '<|end_header_id|>' },
];

// Stanford Alpaca's wording (github.com/tatsu-lab/stanford_alpaca, train.py).
const alpacaAlone =
  'Below is an instruction that describes a task. ' + 'Write a response that appropriately completes the request.\n\n';
const alpacaWithInput =
  'Below is an instruction that describes a task, paired with an input that provides further context. ' +
  'Write a response that appropriately completes the request.\n\n';

// The system text of Bllossom's models on Llama 3.
const bllossom =
  '당신은 유용한 AI 어시스턴트입니다. 사용자의 질의에 대해 친절하고 정확하게 답변해야 합니다.\n' +
  "You are a helpful AI assistant, you'll need to answer users' queries in a friendly and accurate manner.";

/** One question and its answer: all that templates without a place for more can say. */
const oneTurn = (before: string, after: string): string =>
  "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' and loop.index0 == 0 %}" +
  `{{ ${JSON.stringify(before)} + message['content'] + ${JSON.stringify(after)} }}` +
  "{% elif message['role'] == 'assistant' and loop.index0 == 1 %}{{ message['content'] + eos_token }}" +
  "{% else %}{{ raise_exception('This template has a place for one question and one answer.') }}{% endif %}{% endfor %}";

export const templates = {
  alpaca: {
    begins: [bos],
    turn: [`${alpacaAlone}### Instruction:\n{question}\n\n### Response:`],
    turnWithInput: [`${alpacaWithInput}### Instruction:\n{question}\n\n### Input:\n{input}\n\n### Response:`],
    answer: ['{answer}', eos],
    turns: 'one',
    jinja: oneTurn(`${alpacaAlone}### Instruction:\n`, '\n\n### Response:'),
  },
  // KoAlpaca's bilingual headings (github.com/Beomi/KoAlpaca).
  koalpaca: {
    begins: [bos],
    turn: ['### Instruction(명령어):\n{question}\n\n### Response(응답):'],
    turnWithInput: ['### Instruction(명령어):\n{question}\n\n### Input(입력):\n{input}\n\n### Response(응답):'],
    answer: ['{answer}', eos],
    turns: 'one',
    jinja: oneTurn('### Instruction(명령어):\n', '\n\n### Response(응답):'),
  },
  // Llama 2's chat form (github.com/meta-llama/llama, llama/generation.py): each turn is a text of its own.
  'llama2-chat': {
    begins: [],
    systemInTurn: '<<SYS>>\n{system}\n<</SYS>>\n\n',
    turn: [bos, '[INST] {system}{question} [/INST]'],
    answer: [' {answer} ', eos],
    turns: 'many',
    jinja:
      "{% if messages[0]['role'] == 'system' %}{% set system = '<<SYS>>\\n' + messages[0]['content'] + '\\n<</SYS>>\\n\\n' %}" +
      "{% set turns = messages[1:] %}{% else %}{% set system = '' %}{% set turns = messages %}{% endif %}" +
      "{% for message in turns %}{% if message['role'] == 'user' %}" +
      "{{ bos_token + '[INST] ' + (system if loop.index0 == 0 else '') + message['content'] + ' [/INST]' }}" +
      "{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] + ' ' + eos_token }}" +
      "{% else %}{{ raise_exception('A system text stands first.') }}{% endif %}{% endfor %}",
  },
  // Llama 3's chat form (github.com/meta-llama/llama3, llama/tokenizer.py).
  'llama3-chat': {
    begins: [bos],
    defaultSystem: bllossom,
    system: [...header('system'), '\n\n{system}', eot],
    turn: [...header('user'), '\n\n{question}', eot, ...header('assistant'), '\n\n'],
    answer: ['{answer}', eot],
    turns: 'many',
    jinja:
      "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set turns = messages[1:] %}" +
      `{% else %}{% set system = ${JSON.stringify(bllossom)} %}{% set turns = messages %}{% endif %}` +
      "{{ bos_token }}{% if system != '' %}{{ '<|start_header_id|>system<|end_header_id|>\\n\\n' + system + '<|eot_id|>' }}{% endif %}" +
      "{% for message in turns %}{% if message['role'] == 'user' %}" +
      "{{ '<|start_header_id|>user<|end_header_id|>\\n\\n' + message['content'] + '<|eot_id|><|start_header_id|>assistant<|end_header_id|>\\n\\n' }}" +
      "{% elif message['role'] == 'assistant' %}{{ message['content'] + '<|eot_id|>' }}" +
      "{% else %}{{ raise_exception('A system text stands first.') }}{% endif %}{% endfor %}",
  },
  /** Nothing around it: the question, then the answer. */
  plain: {
    begins: [bos],
    turn: ['{question}'],
    answer: ['{answer}', eos],
    turns: 'one',
    jinja: oneTurn('', ''),
  },
} as const satisfies Readonly<Record<string, Template>>;

export type TemplateName = keyof typeof templates;
export const templateNames = Object.keys(templates) as readonly TemplateName[];
export const isTemplateName = (name: unknown): name is TemplateName =>
  typeof name === 'string' && Object.hasOwn(templates, name);
export const templateOf = (name: TemplateName): Template => templates[name];
