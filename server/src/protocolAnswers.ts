/** What engine commands answer with --json: the engine's own types, given on to the client, which runs the commands through the server. */
export type { Foreseen } from '../../engine/src/cli/commands/foresee.ts';
export type { MergeReportFile } from '../../engine/src/cli/commands/mergeOutput.ts';
export type { VocabTrainAnswer } from '../../engine/src/cli/commands/vocabTrain.ts';
export type { MergedAdapter } from '../../engine/src/model/files/mergeAdapter.ts';
export type { ExportedMetrics } from '../../engine/src/runs/exportMetrics.ts';
export type { DryRun } from '../../engine/src/runs/dryRun.ts';
export type { MemoryEstimate, MemoryNeed, MemoryPart } from '../../engine/src/training/foresee.ts';
export type { SpecialToken } from '../../engine/src/vocab/differences.ts';
export type { TextReport } from '../../engine/src/vocab/textReport.ts';
