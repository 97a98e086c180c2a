import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { createTokenizer } from '../tokenizers/modelFile.ts';
import { byteLevelJson, jsonBytes } from '../tokenizers/testing/byteLevel.ts';
import { english } from '../tokenizers/testing/models.ts';
import { parseTokenizerJson } from '../tokenizers/tokenizerJson.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import golden from '../../../test/fixtures/chat-templates.json' with { type: 'json' };
import { type Dialogue, answerEnds, checkTokens, encodeSegments, segmentsOf } from './dialogue.ts';
import { type TemplateName, templateNames, templateOf } from './templates.ts';

/** A template's text with its tokens written out, as the model's tokenizer has them. */
const names: Readonly<Record<string, string>> = { bos: '<s>', eos: '</s>' };
const written = (name: TemplateName, dialogue: Dialogue, learned?: boolean): string =>
  unwrap(segmentsOf(name, dialogue))
    .filter((segment) => learned === undefined || segment.learned === learned)
    .map((s) => (s.kind === 'token' ? (names[s.token] ?? s.token) : (s.spaced ? ' ' : '') + s.text))
    .join('');

const asked = { question: '2+3?', answer: '5' };
const two: Dialogue = { system: 'Be brief.', exchanges: [asked], question: 'And {input}?' };

describe('templates', () => {
  it("have Stanford Alpaca's words, with input and without", () => {
    expect(written('alpaca', { exchanges: [asked] })).toBe(
      '<s>Below is an instruction that describes a task. Write a response that appropriately completes the request.' +
        '\n\n### Instruction:\n2+3?\n\n### Response:5</s>',
    );
    expect(written('alpaca', { exchanges: [], question: 'Sum', input: '2, 3' })).toBe(
      '<s>Below is an instruction that describes a task, paired with an input that provides further context. ' +
        'Write a response that appropriately completes the request.' +
        '\n\n### Instruction:\nSum\n\n### Input:\n2, 3\n\n### Response:',
    );
  });

  it("have KoAlpaca's, Llama 2's and Llama 3's", () => {
    expect(written('koalpaca', { exchanges: [], question: '더하기', input: '2, 3' })).toBe(
      '<s>### Instruction(명령어):\n더하기\n\n### Input(입력):\n2, 3\n\n### Response(응답):',
    );
    expect(written('llama2-chat', two)).toBe(
      '<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n2+3? [/INST] 5 </s><s>[INST] And {input}? [/INST]',
    );
    expect(written('llama3-chat', two)).toBe(
      '<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>' +
        '<|start_header_id|>user<|end_header_id|>\n\n2+3?<|eot_id|>' +
        '<|start_header_id|>assistant<|end_header_id|>\n\n5<|eot_id|>' +
        '<|start_header_id|>user<|end_header_id|>\n\nAnd {input}?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
    );
    expect(written('llama3-chat', { exchanges: [], question: 'q' })).toContain('당신은 유용한 AI 어시스턴트입니다.');
    expect(written('llama3-chat', { system: '', exchanges: [], question: 'q' })).not.toContain('system');
    expect(written('plain', { exchanges: [{ ...asked, input: 'x' }] })).toBe('<s>2+3?\nx5</s>');
  });

  it('let only answers and their ends be learned', () => {
    const dialogue = { exchanges: [asked, { question: 'q', answer: 'a' }] };
    expect(written('llama2-chat', dialogue, true)).toBe(' 5 </s> a </s>');
    expect(written('llama3-chat', dialogue, true)).toBe('5<|eot_id|>a<|eot_id|>');
  });

  // Rendered by Hugging Face's own Jinja (test/fixtures/make-chat-templates.mjs).
  it.each(golden.map((one) => [one.template, JSON.stringify(one.dialogue), one] as const))(
    "are Hugging Face's chat templates too: %s, %s",
    (_, _text, { template, jinja, dialogue, rendered }) => {
      expect(templateOf(template as TemplateName).jinja, 'run the script again').toBe(jinja);
      expect(written(template as TemplateName, dialogue as Dialogue)).toBe(rendered);
    },
  );
  it('are all rendered there', () => {
    const said = templateNames.filter((name) => templateOf(name).jinja !== undefined);
    expect([...new Set(golden.map((one) => one.template))].sort()).toEqual([...said].sort());
  });
});

describe('encoding a conversation', () => {
  const llama3 = ['<|begin_of_text|>', '<|end_of_text|>', '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'];
  const special = createTokenizer(
    unwrap(parseTokenizerJson(jsonBytes(withTokens(byteLevelJson({ lines: english, merges: 100 }), llama3)), 't.json')),
  );
  const encoded = (name: TemplateName, dialogue: Dialogue, tokenizer: Tokenizer) =>
    encodeSegments(unwrap(segmentsOf(name, dialogue)), tokenizer);

  it('makes special tokens ids, and leaves what a user writes text', () => {
    unwrap(checkTokens('llama3-chat', special));
    const eot = special.idOf('<|eot_id|>')!;
    const ids = encoded('llama3-chat', { system: '', exchanges: [asked] }, special).flatMap((s) => Array.from(s.ids));
    expect(ids.filter((id) => id === eot)).toHaveLength(2);
    expect(ids.at(-1)).toBe(eot);
    expect(answerEnds('llama3-chat', special)).toEqual([eot]);
  });

  it('says which token a tokenizer lacks', () => {
    const without = createTokenizer(
      unwrap(parseTokenizerJson(jsonBytes(byteLevelJson({ lines: english, merges: 10 })), 't.json')),
    );
    expect(checkTokens('llama3-chat', without)).toMatchObject({
      ok: false,
      problem: { what: expect.stringMatching(/has no token/) as string },
    });
  });

  it("puts the answer's space where the tokenizer does not put one itself", () => {
    const texts: string[] = [];
    const dummy = (prefix: string) =>
      ({
        bosId: 1,
        eosId: 2,
        textOf: () => `${prefix}a`,
        encode: (text: string) => {
          texts.push(text);
          return { ids: [5], starts: [0], ends: [text.length] };
        },
      }) as unknown as Tokenizer;
    encoded('llama2-chat', { exchanges: [asked] }, dummy(' '));
    encoded('llama2-chat', { exchanges: [asked] }, dummy(''));
    expect(texts.filter((text) => text.includes('5'))).toEqual(['5 ', ' 5 ']);
  });
});

/** The file with further special tokens behind its pieces; the first two are BOS and EOS. */
function withTokens(json: ReturnType<typeof byteLevelJson>, tokens: readonly string[]) {
  const { model } = json as unknown as { model: { vocab: Record<string, number> } };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const first = Math.max(...Object.values(model.vocab)) + 1;
  const added = tokens.map((content, i) => ({ id: first + i, content, ...flags }));
  return { ...json, added_tokens: added };
}
