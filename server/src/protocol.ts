/**
 * The boundary between the extension and the language server, beside the standard Language Server Protocol.
 * One namespace per message: its method name and its type. Data is plain JSON. Positions are LSP positions (lines and
 * UTF-16 units); counts are tokens. Requests fail with a `ResponseError` whose `data` is a `Problem`.
 */
import { NotificationType, RequestType } from 'vscode-languageserver-protocol/node';
import type { Problem } from '../../engine/src/base/problem.ts';
import type { TemplateName } from '../../engine/src/data/templates.ts';
import type { Generate, MetricRow, RunSample, RunSource, RunStatus } from '../../engine/src/protocol.ts';
import type { TemplateChoice } from '../../engine/src/generation/prompt.ts';
import type { MemoryEstimate } from './protocolAnswers.ts';

export type { MetricRow, RunSample, RunSource, RunState, RunStatus } from '../../engine/src/protocol.ts';
export type { Location, Problem } from '../../engine/src/base/problem.ts';
export { problemLine } from '../../engine/src/base/problem.ts';
export { engineWords, problemLineIn } from './problemWords.ts';
export { metricsCsv } from '../../engine/src/runs/metricColumns.ts';
export type * from './protocolAnswers.ts';
export * from './protocolCounts.ts';
export * from './protocolEvaluation.ts';
export * from './protocolPreference.ts';
export * from './protocolVocabularies.ts';

/** What the server is told at initialize (initializationOptions). */
export interface InitializationOptions {
  /** The bundled command line, `dist/bllossom.cjs`. */
  readonly enginePath: string;
  /** The editor's own executable, the last resort for running the engine (with ELECTRON_RUN_AS_NODE). */
  readonly editorExecPath: string;
  readonly extensionVersion: string;
}

/** Settings under `bllossom`, asked for through workspace/configuration and never kept in globals. */
export interface Settings {
  /** Path of the tokenizer's file (absolute, or relative to the workspace folder); empty: the first one found. */
  readonly tokenizer: string;
  /** Path of a second tokenizer that every count is compared with, as `tokenizer`; empty: none. */
  readonly compareTokenizer: string;
  /** Tokens: the model's window (0: that of the model that answers questions), and what of it is kept for the answer. */
  readonly context: { readonly window: number; readonly reservedAnswer: number };
  readonly sectionCounts: 'off' | 'codeLens' | 'inlayHints';
  /** What the client draws, here so that a wrong type is told as for all others. */
  readonly heat: boolean;
  readonly byteFallback: { readonly enabled: boolean };
  /** The words that a question to a model is put in. */
  readonly ask: { readonly template: TemplateChoice };
  readonly engine: { readonly nodePath: string; readonly backend: string };
  /** `preset` and `rules` as in `.bllossomlint.json`, of whatever type: lintSettings.ts looks at it. */
  readonly lint: unknown;
  /** Instruction data: whether its rows are checked, in whose words and up to how many tokens. */
  readonly instructions: {
    readonly check: boolean;
    readonly template: TemplateName | 'auto';
    readonly length: number;
  };
}

// --- models, and files on disk ----------------------------------------------------------------------------------------

/** Server → client: files the trees show have changed on disk. */
export namespace WorkspaceChanged {
  export const method = 'bllossom/workspaceChanged';
  export const type = new NotificationType<{
    readonly what: readonly ('tokenizers' | 'models' | 'runs' | 'evaluations')[];
  }>(method);
}

export interface ModelInfo {
  /** Absolute path of a Hugging Face directory, or of a PEFT adapter. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'model' | 'adapter';
  readonly parameters?: number;
  readonly vocabularySize?: number;
  readonly layers?: number;
  readonly hiddenSize?: number;
  /** Of an adapter: its rank; the model below it, absolute where that is a folder which is there, else as the adapter names it. */
  readonly rank?: number;
  readonly base?: string;
  /** Set where the directory cannot be used, e.g. tokenizer and embedding disagree. */
  readonly problem?: Problem;
}

export namespace ListModels {
  export const method = 'bllossom/listModels';
  export const type = new RequestType<Record<string, never>, readonly ModelInfo[], void>(method);
}

/** Client → server: run one command of the engine to its end, in a process of its own; progress is LSP work-done progress
 *  under `workDoneToken`; cancelling the request stops the process. The answer is the command's JSON. */
export namespace EngineCommand {
  export interface Params {
    /** Arguments of the command line without `--json`: `['vocab', 'merge', '--base', …]`. */
    readonly args: readonly string[];
    readonly workDoneToken?: string | number;
  }
  export const method = 'bllossom/engineCommand';
  export const type = new RequestType<Params, unknown, Problem>(method);
}

// --- runs ------------------------------------------------------------------------------------------------------------

export interface RunInfo {
  /** The run's directory, absolute. */
  readonly directory: string;
  readonly name: string;
  readonly kind: 'pretrain' | 'sft';
  /** The spec it was started from. */
  readonly specFile?: string;
  /** Milliseconds since the epoch. */
  readonly startedAt?: number;
  readonly status: RunStatus;
  /** What each data file gives to the run; absent until the data has been read. */
  readonly sources?: readonly RunSource[];
}

export namespace ListRuns {
  export const method = 'bllossom/listRuns';
  export const type = new RequestType<Record<string, never>, readonly RunInfo[], void>(method);
}

/** Client → server: what an open run spec trains, from its model's config alone; null where the spec has problems. */
export namespace SpecTrains {
  export interface Params {
    readonly uri: string;
  }
  export type Answer = {
    /** Single parameters that train, and all there are, adapters with them. */
    readonly trained: number;
    readonly all: number;
    /** The share in percent: `5.977`. */
    readonly percent: string;
    readonly groups: readonly { readonly name: string; readonly tensors: number; readonly parameters: number }[];
  } | null;
  export const method = 'bllossom/specTrains';
  export const type = new RequestType<Params, Answer, void>(method);
}

/** Server → client: what the run of an open spec would take of memory, from the spec alone; null where that cannot be told (any more). */
export namespace SpecMemory {
  export interface Params {
    readonly uri: string;
    readonly memory: MemoryEstimate | null;
  }
  export const method = 'bllossom/specMemory';
  export const type = new NotificationType<Params>(method);
}

/** Client → server: check a spec and start its run, detached. Answers once the run has its directory (or was refused). */
export namespace StartRun {
  export interface Params {
    /** Path of the `.run.json`. */
    readonly spec: string;
    /** Continue the run in the spec's output directory. */
    readonly resume?: boolean;
  }
  export const method = 'bllossom/startRun';
  export const type = new RequestType<Params, RunInfo, Problem>(method);
}

/** Client → server: ask a run to stop; it finishes its step and writes a checkpoint. Answers once the run has the word. */
export namespace StopRun {
  export interface Params {
    readonly directory: string;
  }
  export const method = 'bllossom/stopRun';
  export const type = new RequestType<Params, null, Problem>(method);
}

/**
 * Client → server: all rows of metrics.jsonl so far; from then on `RunMetrics` brings the rows as they come. Asked again
 * for the same run it begins anew: the answer replaces what was known, and `RunMetrics` goes on from there.
 */
export namespace FollowRun {
  export interface Params {
    readonly directory: string;
  }
  export interface Answer {
    readonly run: RunInfo;
    readonly rows: readonly MetricRow[];
  }
  export const method = 'bllossom/followRun';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Client → server: the answers to the prompts of a run's spec so far, by step; a row with `samples` says that there are more. */
export namespace RunSamples {
  export interface Params {
    readonly directory: string;
  }
  export const method = 'bllossom/runSamples';
  export const type = new RequestType<Params, readonly RunSample[], void>(method);
}

/** Client → server: no more `RunMetrics` for this run. */
export namespace UnfollowRun {
  export const method = 'bllossom/unfollowRun';
  export const type = new NotificationType<{ readonly directory: string }>(method);
}

/** Server → client: new rows of a followed run, in order, none left out and none twice. */
export namespace RunMetrics {
  export interface Params {
    readonly directory: string;
    /** Set where the run was resumed from a checkpoint: rows of later steps are gone, drop them before adding `rows`. */
    readonly cutAfter?: number;
    readonly rows: readonly MetricRow[];
  }
  export const method = 'bllossom/runMetrics';
  export const type = new NotificationType<Params>(method);
}

/** Server → client: the status of a run has changed (any run in the workspace). */
export namespace RunStatusChanged {
  export const method = 'bllossom/runStatusChanged';
  export const type = new NotificationType<RunInfo>(method);
}

// --- chat, answered by the inference host ----------------------------------------------------------------------------

/** Client → server: as the host's `Generate`; the server starts the host where none runs. Cancellable. */
export namespace Chat {
  export type Params = Generate.Params;
  export type Answer = Generate.Answer;
  export const method = 'bllossom/chat';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Server → client: text of a running `Chat`. */
export namespace ChatChunk {
  export interface Params {
    readonly requestId: string;
    readonly text: string;
  }
  export const method = 'bllossom/chatChunk';
  export const type = new NotificationType<Params>(method);
}

// --- lint: its findings are LSP pull diagnostics and code actions ----------------------------------------------------

/** Client → server: the lint rules in their order, documented in the editor's language where the linter speaks it. */
export namespace LintRules {
  export interface Entry {
    readonly id: string;
    readonly title: string;
    /** Markdown. */
    readonly page: string;
  }
  export const method = 'bllossom/lintRules';
  export const type = new RequestType<Record<string, never>, readonly Entry[], void>(method);
}

/** What a lint diagnostic carries as `data`; its `code` is the rule's id. */
export interface LintData {
  /** Tokens that the rule's change saves, measured; absent where there is none. */
  readonly saved?: number;
  /** Tokens that the place costs, where the rule tells it. */
  readonly tokens?: number;
}

// --- diagnostics -----------------------------------------------------------------------------------------------------

/** Client → server: versions, Node taken and why, backends with their self-check, devices, paths. Lines for people. */
export namespace Diagnostics {
  export interface Answer {
    readonly lines: readonly { readonly name: string; readonly value: string }[];
  }
  export const method = 'bllossom/diagnostics';
  export const type = new RequestType<Record<string, never>, Answer, void>(method);
}
