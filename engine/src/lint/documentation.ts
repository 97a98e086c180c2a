/** What a user reads of the rules: a page of Markdown a rule, out of the rule's own data. docs/lint.md is all of them, written out. */
import { type Example, type Language, type Preset, presets, type Rule } from './rule.ts';
import { rowRuleIds } from '../instructions/rule.ts';
import { rowDocumentationOf } from '../instructions/rowDocumentation.ts';
import { rules } from './rules.ts';
import { shownCode } from './shownCode.ts';

export interface RuleDocumentation {
  readonly id: string;
  readonly title: string;
  /** Markdown, beginning with a heading of the second level. */
  readonly page: string;
}

const words = {
  en: {
    head: 'Lint rules',
    intro:
      'What costs tokens for nothing in prompts, texts and data, as the editor shows it and `bllossom lint` tells it. What a change saves is measured with the tokenizer in use, never estimated. These pages are made from the rules themselves.',
    facts: (rule: Rule) =>
      `\`${rule.id}\` · ${presetOf.en(rule.preset)} · severity \`${rule.severity}\` · ${fixes.en[rule.fix]}`,
    options: 'Options',
    example: 'Example',
    becomes: 'becomes',
    leaves: 'Left alone',
    about: 'of rows of instruction data',
    rows: `# Rows of instruction data

JSON lines and arrays of JSON in Alpaca's form or as chats are checked by row, in the editor while \`bllossom.instructions.check\` is on, and by
\`bllossom data check\`. The rules are set where the others are, by \`bllossom.lint.rules\` or a file \`.bllossomlint.json\`:
\`{ "rules": { "row-duplicate": "error", "row-language": "off" } }\`; presets only add to them. A row silences them by a member of its own,
\`"bllossom-disable": "row-language"\`, or all of them by \`"bllossom-disable": true\`. Deleting a row is offered, and never done unasked.
`,
    settings: `## Which rules are on

The setting \`bllossom.lint.preset\` chooses: \`default\` (five rules that are always a gain), \`recommended\` (those worth a look too), \`all\`, or \`none\`.
\`bllossom.lint.rules\` sets a rule's severity, or severity and options. A file \`.bllossomlint.json\` in a folder holds for it and all below, goes before
the settings, and is read by the command line too:

\`\`\`json
{ "preset": "recommended", "rules": { "smart-quotes": "off", "long-number": ["warning", { "digits": 12 }] } }
\`\`\`

In a text a comment silences rules, all of them where it names none: \`<!-- bllossom-disable-next-line invisible -->\`, \`bllossom-disable-line\`,
\`bllossom-disable\` … \`bllossom-enable\`, \`bllossom-disable-file\`. Files with comments of their own use those; a row of JSON Lines has a member:
\`"bllossom-disable": "invisible"\`. In the editor the light bulb mends a place, or all of a rule; \`"editor.codeActionsOnSave": { "source.fixAll.bllossom": "explicit" }\`
mends on saving what alters nothing that is seen.
`,
  },
  ko: {
    head: '린트 규칙',
    intro:
      '프롬프트와 글과 데이터에서 쓸데없이 토큰을 쓰는 것을 편집기가 보여 주고 `bllossom lint`가 알려 줍니다. 고쳐서 아끼는 토큰은 어림이 아니라 쓰고 있는 토크나이저로 잰 것입니다.',
    facts: (rule: Rule) =>
      `\`${rule.id}\` · ${presetOf.ko(rule.preset)} · 심각도 \`${rule.severity}\` · ${fixes.ko[rule.fix]}`,
    options: '옵션',
    example: '예',
    becomes: '→',
    leaves: '그대로 두는 것',
    about: '지시 데이터의 행',
    rows: `# 지시 데이터의 행

Alpaca 형식이나 대화로 된 JSON 행과 JSON 배열을 행마다 검사합니다. 편집기에서는 \`bllossom.instructions.check\`가 켜져 있을 때, 명령줄에서는
\`bllossom data check\`로 검사합니다. 규칙은 \`bllossom.lint.rules\`나 \`.bllossomlint.json\`에서 정합니다. 행 하나는 \`"bllossom-disable": "row-language"\` 필드로 끕니다.
`,
    settings: `## 켜진 규칙

설정 \`bllossom.lint.preset\`으로 고릅니다. \`default\`(언제나 이득인 다섯 규칙), \`recommended\`(살펴볼 만한 것까지), \`all\`, \`none\`이 있습니다.
\`bllossom.lint.rules\`는 규칙의 심각도나, 심각도와 옵션을 정합니다. 폴더의 \`.bllossomlint.json\`은 그 아래 모두에 적용되고 설정보다 앞서며 명령줄도 읽습니다.
`,
  },
} as const satisfies Record<Language, unknown>;

const presetOf: Record<Language, (preset: Preset) => string> = {
  en: (preset) => (preset === 'default' ? 'on by default' : `preset \`${preset}\``),
  ko: (preset) => (preset === 'default' ? '기본으로 켜짐' : `프리셋 \`${preset}\``),
};
const fixes = {
  en: {
    safe: 'mended by “fix all”, on saving too',
    suggestion: 'has a quick fix, made only when asked for',
    none: 'told, not mended',
  },
  ko: { safe: '‘모두 고치기’와 저장할 때 고침', suggestion: '빠른 수정이 있고 시킬 때만 고침', none: '알리기만 함' },
} as const satisfies Record<Language, Record<Rule['fix'], string>>;

/** A page for each rule, in the rules' order: those of texts, then those of rows of instruction data. */
export const documentationOf = (language: Language): readonly RuleDocumentation[] => [
  ...rules.map((rule) => ({ id: rule.id, title: rule.words[language].title, page: pageOf(rule, language) })),
  ...rowDocumentationOf(language),
];

/** All pages as one: docs/lint.md. */
export const wholeDocumentation = (language: Language): string =>
  [
    `# ${words[language].head}\n\n${words[language].intro}\n`,
    words[language].settings,
    `${presets
      .slice(1)
      .map((preset) => {
        const ofIt = rules.filter((rule) => rule.preset === preset);
        return `- ${presetOf[language](preset)}: ${ofIt.map(({ id }) => `[${id}](#${id})`).join(', ')}`;
      })
      .join('\n')}\n- ${words[language].about}: ${rowRuleIds.map((id) => `[${id}](#${id})`).join(', ')}\n`,
    ...rules.map((rule) => `<a id="${rule.id}"></a>\n\n${pageOf(rule, language)}`),
    words[language].rows,
    ...rowDocumentationOf(language).map(({ id, page }) => `<a id="${id}"></a>\n\n${page}`),
  ].join('\n');

function pageOf(rule: Rule, language: Language): string {
  const { facts, options, example, becomes, leaves } = words[language];
  const { title, why } = rule.words[language];
  const lines = [`## ${title}`, facts(rule), why];
  const defaults = Object.entries(rule.options);
  if (defaults.length > 0)
    lines.push(
      `${options}: ${defaults.map(([name, value]) => `\`${name}\` (\`${JSON.stringify(value)}\`)`).join(', ')}`,
    );
  lines.push(
    `**${example}**`,
    rule.examples
      .map(
        ({ before, after }) => `- ${shownCode(before)}${after === undefined ? '' : ` ${becomes} ${shownCode(after)}`}`,
      )
      .join('\n'),
  );
  if (rule.leaves.length > 0)
    lines.push(`**${leaves}**`, rule.leaves.map((left: Example) => `- ${shownCode(left.before)}`).join('\n'));
  return `${lines.join('\n\n')}\n`;
}
