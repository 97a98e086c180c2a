/**
 * What is told of a row of instruction data: rules are data, with a severity and words in each language. The searches are beside
 * them (fields.ts, language.ts, truncated.ts, length.ts), and checkRow.ts holds them together.
 */
import type { Language, Severity, Values } from '../lint/rule.ts';

export interface RowRule {
  readonly severity: Severity;
  /** Off but with lint's preset `recommended`, or `all`, or where it is set by name; absent: on. */
  readonly preset?: 'recommended';
  readonly words: Readonly<Record<Language, RowWords>>;
}

export interface RowWords {
  /** The rule in a few words. */
  readonly title: string;
  /** Why it matters to a training, and what is left alone. */
  readonly why: string;
  /** What is the matter, by variant; `{name}` stands for a value. */
  readonly messages: Readonly<Record<string, string>>;
}

/** A place in a row: `[start, end)` in UTF-16 units of the row's text as it is written, escapes and all. */
export interface RowFinding {
  readonly rule: RowRuleId;
  /** One of the rule's messages. */
  readonly variant: string;
  readonly values?: Values;
  readonly start: number;
  readonly end: number;
}

export const rowRules = {
  'row-syntax': {
    severity: 'error',
    words: {
      en: {
        title: 'A row that is no JSON',
        why: 'A training ends at such a row. Rows around it are checked as ever.',
        messages: { json: 'This is not JSON: {what}', torn: 'The row is not finished' },
      },
      ko: {
        title: 'JSON이 아닌 행',
        why: '학습은 이런 행에서 멈춥니다. 앞뒤의 행은 그대로 검사합니다.',
        messages: { json: 'JSON이 아닙니다: {what}', torn: '행이 끝나지 않았습니다' },
      },
    },
  },
  'row-field': {
    severity: 'error',
    words: {
      en: {
        title: 'Missing or unfit fields',
        why: 'A row has "instruction" and "output", or "messages" or "conversations": a system text or none, then questions and answers by turns, an answer last. A training refuses any other.',
        messages: {
          object: 'A row is an object',
          form: 'No fields that are known: "instruction" and "output", "messages", or "conversations"',
          missing: '"{field}" is missing',
          text: '"{field}" is not a text',
          list: '"{field}" is not a list of messages',
          history: '"history" is not a list of questions with their answers: [["question", "answer"], …]',
          message: 'A message has "{role}" and "{content}"',
          role: 'The role "{role}" is not known: {known}',
          turn: 'A "{role}" message stands where "{wanted}" is wanted',
          unanswered: 'The last question has no answer',
          none: 'There is no answer to learn',
        },
      },
      ko: {
        title: '없거나 맞지 않는 필드',
        why: '행에는 "instruction"과 "output", 또는 "messages"나 "conversations"가 있습니다. 시스템 글은 있어도 없어도 되고, 이어서 질문과 답이 번갈아 나오며 끝은 답입니다. 다른 꼴은 학습이 받지 않습니다.',
        messages: {
          object: '행은 객체여야 합니다',
          form: '아는 필드가 없습니다: "instruction"과 "output", "messages", 또는 "conversations"',
          missing: '"{field}" 필드가 없습니다',
          text: '"{field}" 필드가 글이 아닙니다',
          list: '"{field}" 필드가 메시지 목록이 아닙니다',
          history: '"history" 필드가 질문과 답의 목록이 아닙니다: [["질문", "답"], …]',
          message: '메시지에는 "{role}" 필드와 "{content}" 필드가 있어야 합니다',
          role: '"{role}" 역할은 알려지지 않았습니다: {known}',
          turn: '"{wanted}" 차례에 "{role}" 메시지가 있습니다',
          unanswered: '마지막 질문에 답이 없습니다',
          none: '배울 답이 없습니다',
        },
      },
    },
  },
  'row-empty': {
    severity: 'warning',
    words: {
      en: {
        title: 'Empty questions and answers',
        why: 'From an empty answer a model learns to say nothing; to an empty question any answer is noise. An empty "input" is as it should be.',
        messages: { question: 'The question is empty', answer: 'The answer is empty' },
      },
      ko: {
        title: '빈 질문과 빈 답',
        why: '빈 답에서 모델은 아무 말도 하지 않기를 배우고, 빈 질문에는 어떤 답도 잡음입니다. "input" 필드는 비어 있어도 됩니다.',
        messages: { question: '질문이 비어 있습니다', answer: '답이 비어 있습니다' },
      },
    },
  },
  'row-duplicate': {
    severity: 'warning',
    words: {
      en: {
        title: 'Rows that say the same',
        why: 'A row that stands twice weighs twice, and where one of the two is held out, the held-out loss tells nothing. Compared are questions and answers, without differences of spaces and of composed and decomposed letters.',
        messages: { same: 'The same as row {row}' },
      },
      ko: {
        title: '같은 행',
        why: '두 번 나오는 행은 두 배로 작용하고, 하나가 평가용으로 떼어지면 평가 손실을 믿을 수 없습니다. 질문과 답을 비교하며, 공백의 차이와 글자를 풀어 쓴 차이는 보지 않습니다.',
        messages: { same: '{row}번째 행과 같습니다' },
      },
    },
  },
  'row-language': {
    severity: 'warning',
    words: {
      en: {
        title: 'Answers in another language than their questions',
        why: 'A model learns to answer in the wrong language. Languages are told by their scripts, so that two in Latin letters count as one; questions that ask for a translation, name the language or hold some of it are left alone, and so is code.',
        messages: { differs: 'The answer is in {answered} letters, the question in {asked} ones' },
      },
      ko: {
        title: '질문과 언어가 다른 답',
        why: '모델이 엉뚱한 언어로 답하기를 배웁니다. 언어는 문자로 가리므로 로마자를 쓰는 두 언어는 하나로 봅니다. 번역을 시키거나 언어 이름을 말하거나 그 언어가 섞인 질문, 그리고 코드는 그대로 둡니다.',
        messages: { differs: '질문은 {asked} 문자인데 답은 {answered} 문자입니다' },
      },
    },
  },
  'row-truncated': {
    severity: 'warning',
    words: {
      en: {
        title: 'Answers that break off',
        why: 'The end of an answer is learned too: a model taught with torn answers stops in the middle of a sentence. Told are answers that end in a comma, a colon or an open bracket, inside of a block of code or of a character, or in a sentence without an end where the others have one.',
        messages: {
          character: 'The answer ends in the middle of a character',
          fence: 'The answer ends inside of a block of code',
          middle: 'The answer seems to break off: it ends in {end}',
          sentence: 'The answer seems to break off: its last sentence has no end',
        },
      },
      ko: {
        title: '끊긴 답',
        why: '답의 끝도 학습합니다. 끊긴 답으로 배운 모델은 문장 가운데서 멈춥니다. 쉼표, 쌍점, 여는 괄호로 끝나거나, 코드 블록이나 글자 가운데서 끝나거나, 다른 문장은 끝맺었는데 마지막 문장만 끝이 없는 답을 알립니다.',
        messages: {
          character: '답이 글자 가운데서 끝납니다',
          fence: '답이 코드 블록 안에서 끝납니다',
          middle: '답이 끊긴 듯합니다: {end} 뒤에서 끝납니다',
          sentence: '답이 끊긴 듯합니다: 마지막 문장에 끝이 없습니다',
        },
      },
    },
  },
  'row-too-long': {
    severity: 'warning',
    words: {
      en: {
        title: 'Rows longer than a training reads',
        why: 'What is longer than a run’s "sequenceLength" is cut: of a long answer the end is not learned, of a long prompt nothing is. Counted under the tokenizer in use, in the words of the template.',
        messages: {
          answer:
            'The row has {tokens} tokens in the template {template}, {over} more than {length}: the answer is cut here',
          prompt:
            'The prompt alone has {prompt} of {length} tokens in the template {template}: nothing is left for the answer',
        },
      },
      ko: {
        title: '학습이 읽는 것보다 긴 행',
        why: '실행의 "sequenceLength"보다 긴 것은 잘립니다. 답이 길면 끝을 배우지 못하고, 프롬프트가 길면 아무것도 배우지 못합니다. 지금 쓰는 토크나이저로, 템플릿의 글을 넣어 셉니다.',
        messages: {
          answer:
            '이 행은 {template} 템플릿에서 토큰 {tokens}개로, {length}개보다 {over}개 많습니다. 답이 여기서 잘립니다',
          prompt:
            '프롬프트만으로 {template} 템플릿에서 토큰 {length}개 가운데 {prompt}개를 씁니다. 답이 들어갈 자리가 없습니다',
        },
      },
    },
  },
  'row-space': {
    severity: 'information',
    preset: 'recommended',
    words: {
      en: {
        title: 'Spaces around questions and answers',
        why: 'No template takes them away, so a model learns to begin its answers with a space or to end them with an empty line, and spends tokens on it.',
        messages: { around: 'There are spaces or line breaks {where}' },
      },
      ko: {
        title: '질문과 답의 앞뒤 공백',
        why: '템플릿이 없애 주지 않으므로 모델은 공백으로 답을 시작하거나 빈 줄로 끝내기를 배우고, 거기에 토큰을 씁니다.',
        messages: { around: '글의 {where} 공백이나 줄바꿈이 있습니다' },
      },
    },
  },
  'row-template': {
    severity: 'error',
    words: {
      en: {
        title: 'Rows that a template cannot say',
        why: 'A training with this template refuses the row. Told where a template is chosen.',
        messages: {
          system: 'The template {template} has no place for a system text',
          turns: 'The template {template} has a place for one question only, and here are {turns}',
        },
      },
      ko: {
        title: '템플릿으로 나타낼 수 없는 행',
        why: '이 템플릿을 쓰는 학습은 이 행을 받지 않습니다. 템플릿을 골랐을 때만 알립니다.',
        messages: {
          system: '{template} 템플릿에는 시스템 글의 자리가 없습니다',
          turns: '{template} 템플릿은 질문을 하나만 받는데 여기에는 {turns}개가 있습니다',
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, RowRule>>;

export type RowRuleId = keyof typeof rowRules;
export const rowRuleIds = Object.keys(rowRules) as readonly RowRuleId[];
export const rowRuleOf = (id: RowRuleId): RowRule => rowRules[id];

/** Rules that are on, with how loud they are. */
export type RowSeverities = ReadonlyMap<RowRuleId, Severity>;

/** As they are where nothing is set. */
export const defaultRowSeverities: RowSeverities = new Map(
  rowRuleIds.flatMap((id) => {
    const { severity, preset } = rowRuleOf(id);
    return preset === undefined ? [[id, severity] as const] : [];
  }),
);

/** Words for values that are a word themselves, as which side of a text. */
const sides: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: { before: 'before it', behind: 'behind it', both: 'before and behind it' },
  ko: { before: '앞에', behind: '뒤에', both: '앞과 뒤에' },
};

/** One line: what is the matter. */
export function rowMessage(
  { rule, variant, values = {} }: Pick<RowFinding, 'rule' | 'variant' | 'values'>,
  language: Language,
): string {
  const message = rowRuleOf(rule).words[language].messages[variant] ?? rowRuleOf(rule).words[language].title;
  return message.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    if (name === 'where') return sides[language][String(value)] ?? place;
    return value === undefined ? place : typeof value === 'number' ? value.toLocaleString('en') : value;
  });
}
