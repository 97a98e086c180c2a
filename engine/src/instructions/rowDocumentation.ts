/** What a user reads of the rules of instruction data: a page of Markdown a rule, out of the rule's own words and examples. */
import type { Language } from '../lint/rule.ts';
import { shownCode } from '../lint/shownCode.ts';
import { type RowExample, rowExamples } from './examples.ts';
import { type RowRuleId, rowRuleIds, rowRuleOf } from './rule.ts';

const words = {
  en: {
    about: 'rows of instruction data',
    preset: (preset: string) => `from preset \`${preset}\` on`,
    fixed: 'has a quick fix, made only when asked for',
    told: 'told, not mended',
    severity: 'severity',
    example: 'Example',
    becomes: 'becomes',
    leaves: 'Left alone',
    with: (template: string | undefined, length: number | undefined) =>
      [
        ...(template === undefined ? [] : [`template \`${template}\``]),
        ...(length === undefined ? [] : [`length ${length}`]),
      ].join(', '),
  },
  ko: {
    about: '지시 데이터의 행',
    preset: (preset: string) => `프리셋 \`${preset}\`부터`,
    fixed: '빠른 수정이 있고 시킬 때만 고침',
    told: '알리기만 함',
    severity: '심각도',
    example: '예',
    becomes: '→',
    leaves: '그대로 두는 것',
    with: (template: string | undefined, length: number | undefined) =>
      [
        ...(template === undefined ? [] : [`템플릿 \`${template}\``]),
        ...(length === undefined ? [] : [`길이 ${length}`]),
      ].join(', '),
  },
} as const satisfies Record<Language, unknown>;

export interface RowRuleDocumentation {
  readonly id: RowRuleId;
  readonly title: string;
  /** Markdown, beginning with a heading of the second level. */
  readonly page: string;
}

/** A page for each rule, in the rules' order. */
export const rowDocumentationOf = (language: Language): readonly RowRuleDocumentation[] =>
  rowRuleIds.map((id) => ({ id, title: rowRuleOf(id).words[language].title, page: pageOf(id, language) }));

function pageOf(id: RowRuleId, language: Language): string {
  const say = words[language];
  const { severity, preset, words: ofRule } = rowRuleOf(id);
  const { title, why } = ofRule[language];
  const { told, leaves } = rowExamples[id];
  const facts = [
    `\`${id}\``,
    say.about,
    ...(preset === undefined ? [] : [say.preset(preset)]),
    `${say.severity} \`${severity}\``,
    told.some(({ after }) => after !== undefined) ? say.fixed : say.told,
  ];
  const shown = ({ before, after, template, length }: RowExample): string => {
    const set = say.with(template, length);
    return `- ${shownCode(before)}${set === '' ? '' : ` (${set})`}${after === undefined ? '' : ` ${say.becomes} ${shownCode(after)}`}`;
  };
  return `${[
    `## ${title}`,
    facts.join(' · '),
    why,
    `**${say.example}**`,
    told.map(shown).join('\n'),
    `**${say.leaves}**`,
    leaves.map(shown).join('\n'),
  ].join('\n\n')}\n`;
}
