/** Preference evaluation's public face: the directory's types, reading and writing it, people's sessions, judges. */
export * from './types.ts';
export { appendVerdict, createComparison, raterName, readComparison, verdictsFile, writeResult } from './directory.ts';
export { type AnswerLanguage, languageOfAnswer } from './language.ts';
export { type Outcome, comparisonResult, judgeable, outcomes, resultSteps } from './result.ts';
export { preferenceCsv, preferenceJson } from './exports.ts';
export { englishWords, preferenceSvg, type SvgWords } from './svg.ts';
export { httpJudge, type HttpJudge, type HttpJudgeOptions } from './httpJudge.ts';
export { type Judge, JudgeError, type JudgeFault, type JudgeMessage, type JudgeReply } from './judge.ts';
export {
  type BlindItem,
  choiceOf,
  type PeopleSession,
  type PeopleStep,
  peopleSession,
  type Pressed,
} from './people.ts';
export { JudgeCache, verdictsCacheFile } from './judgeCache.ts';
export { type JudgeLanguage, judgeLanguages, judgePrompts, judgePromptVersion } from './judgePrompts.ts';
export {
  estimateJudge,
  type EstimateOptions,
  type JudgeEstimate,
  type JudgeQuestion,
  judgeRater,
  openQuestions,
  questionMessages,
  type Price,
} from './judgeWork.ts';
export { type JudgeRun, runJudge, type RunJudgeOptions } from './runJudge.ts';
export { proxyFromEnvironment, type ProxySettings } from './proxy.ts';
export { fingerprint } from './sides.ts';
export { readPrompts, type ReadPrompts } from './prompts.ts';
