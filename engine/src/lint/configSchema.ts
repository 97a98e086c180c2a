/** The JSON schema of `.bllossomlint.json`, out of the rules; engine/schemas/lint.schema.json is this, written out. */
import { presets, type Rule, severities } from './rule.ts';
import { rowRuleIds, rowRuleOf } from '../instructions/rule.ts';
import { rules } from './rules.ts';

const severity = { enum: ['off', ...severities] };

export function configSchema(): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'bllossom://schemas/lint.schema.json',
    title: 'Bllossom lint rules',
    description:
      'Which lint rules are on in this folder and below it. The nearest file holds; it goes before the settings of the editor.',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      preset: {
        enum: [...presets],
        default: 'default',
        description:
          '`default`: five rules that are always a gain. `recommended`: those worth a look too. `all`: every rule.',
      },
      rules: {
        type: 'object',
        additionalProperties: false,
        description: 'A severity by rule, or a severity and options: `["warning", { "length": 64 }]`.',
        properties: Object.fromEntries([
          ...rules.map((rule) => [rule.id, schemaOf(rule)] as const),
          ...rowRuleIds.map((id) => [id, { description: described(rowRuleOf(id)), ...severity }] as const),
        ]),
      },
    },
  };
}

const described = ({
  words,
}: {
  readonly words: { readonly en: { readonly title: string; readonly why: string } };
}): string => `${words.en.title}. ${words.en.why}`;

function schemaOf(rule: Rule): object {
  const options = Object.entries(rule.options).map(([name, value]) => [name, { type: typeof value, default: value }]);
  return {
    description: described(rule),
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
