/** Preference evaluation's public face: the directory's types, reading and writing it, people's sessions, judges. */
export * from './types.ts';
export { appendVerdict, createComparison, readComparison, verdictsFile } from './directory.ts';
export { languageOfAnswer } from './language.ts';
export { type Outcome, comparisonResult, judgeable, outcomes, resultSteps } from './result.ts';
export { preferenceCsv, preferenceJson } from './exports.ts';
export { englishWords, preferenceSvg, type SvgWords } from './svg.ts';
export { httpJudge, type HttpJudge } from './httpJudge.ts';
export { type Judge, JudgeError, type JudgeFault, type JudgeMessage } from './judge.ts';
export { type PeopleSession, type PeopleStep, peopleSession, type Pressed } from './people.ts';
export { JudgeCache, verdictsCacheFile } from './judgeCache.ts';
export { type JudgeLanguage, judgeLanguages, judgePrompts } from './judgePrompts.ts';
export {
  estimateJudge,
  type JudgeEstimate,
  judgeRater,
  openQuestions,
  questionMessages,
  type Price,
} from './judgeWork.ts';
export { type JudgeRun, runJudge } from './runJudge.ts';
export { proxyFromEnvironment, type ProxySettings } from './proxy.ts';
export { fingerprint } from './sides.ts';
