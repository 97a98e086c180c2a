/** What is said of faults in settings of rules and in `.bllossomlint.json`, by language. */
import type { Language } from './rule.ts';

const english = {
  notJson: (why: string): string => `this is not valid JSON (${why})`,
  empty: 'it is empty',
  correctIt: 'Correct it there; comments and trailing commas are allowed.',
  object: 'an object is wanted here',
  writeRules: 'Write { "rules": { … } }.',
  writeRule: 'Write { "RULE": "off" }.',
  preset: 'this preset is not known',
  write: (choices: readonly string[]): string => `Write ${choices.join(' or ')}.`,
  member: (name: string): string => `${name} is not known here`,
  members: 'Known are "preset" and "rules".',
  rule: (name: string): string => `there is no rule ${name}`,
  known: (names: readonly string[]): string => `Known are ${names.join(', ')}.`,
  severity: 'this severity is not known',
  options: 'an object of options is wanted here',
  option: (rule: string): string => `the rule ${rule} has no such option`,
  optionOf: (name: string, type: string): string => `${name} (a ${type})`,
  none: 'It has none.',
};

export type ConfigWords = typeof english;

const types: Readonly<Record<string, string>> = { number: '수', string: '글', boolean: 'true나 false' };

const korean: ConfigWords = {
  notJson: (why) => `올바른 JSON이 아닙니다(${why})`,
  empty: '비어 있습니다',
  correctIt: '그 자리를 고치세요. 주석과 끝의 쉼표는 써도 됩니다.',
  object: '여기에는 객체가 와야 합니다',
  writeRules: '{ "rules": { … } }로 쓰세요.',
  writeRule: '{ "규칙": "off" }로 쓰세요.',
  preset: '알 수 없는 프리셋입니다',
  write: (choices) => `다음 가운데 하나를 쓰세요: ${choices.join(', ')}.`,
  member: (name) => `${name} 항목은 여기에 쓸 수 없습니다`,
  members: '"preset"과 "rules"를 쓸 수 있습니다.',
  rule: (name) => `${name} 규칙은 없습니다`,
  known: (names) => `쓸 수 있는 것: ${names.join(', ')}.`,
  severity: '알 수 없는 심각도입니다',
  options: '여기에는 옵션의 객체가 와야 합니다',
  option: (rule) => `${rule} 규칙에는 이런 옵션이 없습니다`,
  optionOf: (name, type) => `${name}(${types[type] ?? type})`,
  none: '이 규칙에는 옵션이 없습니다.',
};

export const configWords: Readonly<Record<Language, ConfigWords>> = { en: english, ko: korean };
