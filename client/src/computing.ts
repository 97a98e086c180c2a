/** Requests that set something going: in a workspace that is not trusted none of them is sent, whoever asks. */
export const computing: ReadonlySet<string> = new Set([
  'bllossom/startRun',
  'bllossom/engineCommand',
  'bllossom/runEvaluation',
  'bllossom/chat',
  'bllossom/makePreference',
  'bllossom/resumePreference',
  'bllossom/judgePreference',
]);
