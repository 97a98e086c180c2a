/** The table of rules: a further one is a file in rules/ and a line here. */
import { answerSpace } from './rules/answerSpace.ts';
import { base64 } from './rules/base64.ts';
import { blankLines } from './rules/blankLines.ts';
import { codeSwitch } from './rules/codeSwitch.ts';
import { compatibilityJamo } from './rules/compatibilityJamo.ts';
import { costlyWord } from './rules/costlyWord.ts';
import { decomposed } from './rules/decomposed.ts';
import { drawnTable } from './rules/drawnTable.ts';
import { exoticSpace } from './rules/exoticSpace.ts';
import { fullWidth } from './rules/fullWidth.ts';
import { invisible } from './rules/invisible.ts';
import { longNumber } from './rules/longNumber.ts';
import { longUrl } from './rules/longUrl.ts';
import { overBudget } from './rules/overBudget.ts';
import { repeatedSentence } from './rules/repeatedSentence.ts';
import { repeatedSpace } from './rules/repeatedSpace.ts';
import { smartQuotes } from './rules/smartQuotes.ts';
import { specialToken } from './rules/specialToken.ts';
import { templateSpace } from './rules/templateSpace.ts';
import type { Rule } from './rule.ts';

export const rules: readonly Rule[] = [
  decomposed,
  invisible,
  exoticSpace,
  compatibilityJamo,
  overBudget,
  fullWidth,
  repeatedSpace,
  blankLines,
  templateSpace,
  answerSpace,
  smartQuotes,
  repeatedSentence,
  costlyWord,
  specialToken,
  drawnTable,
  longUrl,
  longNumber,
  base64,
  codeSwitch,
];

export const ruleIds: readonly string[] = rules.map(({ id }) => id);
export const ruleOf = (id: string): Rule | undefined => rules.find((rule) => rule.id === id);
