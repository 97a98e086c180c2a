/** The table of commands, one file each in commands/. */
import type { Command } from './command.ts';
import { dataCheck } from './commands/dataCheck.ts';
import { backendInstall } from './commands/backendInstall.ts';
import { diagnostics } from './commands/diagnostics.ts';
import { evaluate } from './commands/eval.ts';
import { foresee } from './commands/foresee.ts';
import { generate } from './commands/generate.ts';
import { host } from './commands/host.ts';
import { lint } from './commands/lint.ts';
import { mergeAdapterCommand } from './commands/mergeAdapter.ts';
import { modelInit } from './commands/modelInit.ts';
import { prefer } from './commands/prefer.ts';
import { preferAnnotate } from './commands/preferAnnotate.ts';
import { preferReport } from './commands/preferReport.ts';
import { runExport } from './commands/runExport.ts';
import { score } from './commands/score.ts';
import { tokenize } from './commands/tokenize.ts';
import { tokenizerVerify } from './commands/tokenizerVerify.ts';
import { train } from './commands/train.ts';
import { vocabExpand } from './commands/vocabExpand.ts';
import { vocabMerge } from './commands/vocabMerge.ts';
import { vocabTrain } from './commands/vocabTrain.ts';

export const commands: readonly Command[] = [
  modelInit,
  train,
  runExport,
  foresee,
  score,
  generate,
  evaluate,
  preferAnnotate, // before `prefer`, which its first word is too
  preferReport, // the same
  prefer,
  host,
  mergeAdapterCommand,
  vocabExpand,
  tokenize,
  tokenizerVerify,
  lint,
  dataCheck,
  vocabMerge,
  vocabTrain,
  backendInstall,
  diagnostics,
];
