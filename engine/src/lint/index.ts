/** Token-efficiency linting: what other folders may use. */
export { applied, type Edit } from '../base/edit.ts';
export {
  configName,
  layerOf,
  noLayer,
  parseConfig,
  settingsOf,
  settingsProblem,
  type AllSettings,
  type Layer,
  type Settings,
} from './config.ts';
export { ConfigFiles } from './configFile.ts';
export { documentationOf, wholeDocumentation } from './documentation.ts';
export { fixAll, together, type Fixed, type Together } from './fix.ts';
export { lint, type Finding, type LintInput } from './lint.ts';
export { Measured } from './measured.ts';
export { LintMemory } from './memory.ts';
export { languages, presets, severities, type Language, type Rule, type Severity } from './rule.ts';
export { ruleOf, rules } from './rules.ts';
export { kindOf, kindOfFile, kindOfLanguage, type KindName } from './source.ts';
export { fixTitle, messageOf, relatedWords, savedWords } from './words.ts';
