/** The JSON schema of `.bllossomlint.json`, out of the rules; lint.schema.json in engine/schemas and in its ko/ are this, written out. */
import { type Language, presets, type Rule, severities } from './rule.ts';
import { rowRuleIds, rowRuleOf } from '../instructions/rule.ts';
import { rules } from './rules.ts';

const severity = { enum: ['off', ...severities] };

const words: Readonly<Record<Language, Readonly<Record<'title' | 'file' | 'preset' | 'rules', string>>>> = {
  en: {
    title: 'Bllossom lint rules',
    file: 'Which lint rules are on in this folder and below it. The nearest file holds; it goes before the settings of the editor.',
    preset: '`default`: five rules that are always a gain. `recommended`: those worth a look too. `all`: every rule.',
    rules: 'A severity by rule, or a severity and options: `["warning", { "length": 64 }]`.',
  },
  ko: {
    title: 'Bllossom 린트 규칙',
    file: '이 폴더와 그 아래에서 켤 린트 규칙. 가장 가까운 파일을 따르며, 편집기 설정보다 먼저입니다.',
    preset: '`default`: 언제나 이득인 규칙 다섯 개. `recommended`: 살펴볼 만한 것까지. `all`: 모든 규칙.',
    rules: '규칙마다 심각도를, 또는 심각도와 옵션을 적습니다: `["warning", { "length": 64 }]`.',
  },
};

/** The schema with its descriptions in a language. */
export function configSchema(language: Language): object {
  const told = words[language];
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'bllossom://schemas/lint.schema.json',
    title: told.title,
    description: told.file,
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      preset: {
        enum: [...presets],
        default: 'default',
        description: told.preset,
      },
      rules: {
        type: 'object',
        additionalProperties: false,
        description: told.rules,
        properties: Object.fromEntries([
          ...rules.map((rule) => [rule.id, schemaOf(rule, language)] as const),
          ...rowRuleIds.map((id) => [id, { description: described(rowRuleOf(id), language), ...severity }] as const),
        ]),
      },
    },
  };
}

interface Described {
  readonly words: Readonly<Record<Language, { readonly title: string; readonly why: string }>>;
}

const described = ({ words }: Described, language: Language): string =>
  `${words[language].title}. ${words[language].why}`;

function schemaOf(rule: Rule, language: Language): object {
  const options = Object.entries(rule.options).map(([name, value]) => [name, { type: typeof value, default: value }]);
  return {
    description: described(rule, language),
    oneOf: [
      severity,
      {
        type: 'array',
        minItems: 1,
        maxItems: 2,
        items: [
          severity,
          { type: 'object', additionalProperties: false, properties: Object.fromEntries(options) as object },
        ],
      },
    ],
  };
}
