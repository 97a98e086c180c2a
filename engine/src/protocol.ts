/**
 * The boundary between a server and the engine's processes: JSON-RPC (vscode-jsonrpc) over a local socket.
 * Two kinds of process listen: a run (`bllossom train`) on its control socket, and the inference host (`bllossom host`).
 * Whoever attaches says `hello` first; a version that differs is answered with an error that names both, and the
 * connection is closed. Requests that fail for a reason the user can mend carry a `Problem` as their error's data. Any number
 * of clients may attach to one process at a time; all of them are told the same.
 * Data here is plain JSON. Positions in text are UTF-16 units. Ids are vocabulary ids.
 */
import { NotificationType, RequestType } from 'vscode-jsonrpc/node';
import type { Problem } from './base/problem.ts';
import type { Progress } from './base/progress.ts';
import type { EvaluationRequest } from './evaluation/request.ts';
import type { TaskRowsAnswer, TaskRowsRequest } from './evaluation/taskRows.ts';

/** Raised by one whenever a message below changes its shape. */
export const protocolVersion = 3;

/** A line of metrics.jsonl: one optimizer step. Losses are in nats per label token, before the step. */
export interface MetricRow {
  /** From 1. */
  readonly step: number;
  /** Tokens seen so far, this step's included. */
  readonly tokens: number;
  readonly loss: number;
  /** L2 norm over all trainable tensors, before clipping. */
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly tokensPerSecond: number;
  /** Seconds since the run began, time spent stopped not counted. */
  readonly elapsed: number;
  /** Mean loss of this step's label tokens by the `language` of their data file. */
  readonly lossByLanguage?: Readonly<Record<string, number>>;
  /** Mean loss of this step's label tokens by what they are to an expanded vocabulary: `old`, `new`, `byte`. */
  readonly lossByKind?: Readonly<Partial<Record<'old' | 'new' | 'byte', number>>>;
  /** Loss in bits per UTF-8 byte of text; absent for rows of ready token ids. */
  readonly bitsPerByte?: number;
  /** Tokens read so far from each data file, in the order of run.json's `sources`. */
  readonly sourceTokens?: readonly number[];
  /** Loss of the held-out files with the model as it stands after this step, where it was one to measure after. */
  readonly evaluationLoss?: number;
  readonly evaluationLossByLanguage?: Readonly<Record<string, number>>;
  readonly evaluationLossByKind?: Readonly<Partial<Record<'old' | 'new' | 'byte', number>>>;
  readonly evaluationBitsPerByte?: number;
  /** Figures of evaluation tasks after this step, with `n`, the rows: `{"kobest_copa": {"acc": 0.5, …, "n": 60}}`. */
  readonly evaluation?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** How many prompts were answered after this step: their answers stand in samples.jsonl. */
  readonly samples?: number;
  /** Resident memory of the run's process in bytes. */
  readonly memory?: number;
}

/** A data file in a run, as run.json notes it. */
export interface RunSource {
  readonly path: string;
  readonly language?: string;
  /** As the spec asks for it. */
  readonly weight?: number;
  /** Tokens in the file under the tokenizer in use. */
  readonly tokens: number;
  /** Of all tokens that the run reads to its end, in [0, 1]. */
  readonly share: number;
  /** How many times the run reads the file. */
  readonly epochs: number;
}

/** A line of samples.jsonl: a prompt, answered greedily by the model as it stood after a step. */
export interface RunSample {
  readonly step: number;
  readonly prompt: string;
  /** In whole characters. */
  readonly answer: string;
  readonly newTokens: number;
  /** `stop`: the model ended it; `length`, `context`: it was cut. */
  readonly reason: 'stop' | 'length' | 'context';
}

export type RunState =
  | 'queued' // waits for the device
  | 'preparing' // reads data, builds the model
  | 'running'
  | 'stopping' // asked to stop: finishes the step and writes a checkpoint
  | 'stopped' // by the user; can be resumed
  | 'done'
  | 'failed'
  | 'interrupted'; // its process died without a word; can be resumed from its last checkpoint

/** state.json, kept up to date by the run's process (atomic writes). `interrupted` is never written: readers infer it. */
export interface RunStatus {
  readonly state: RunState;
  readonly pid: number;
  /** Start time of that process in clock ticks since boot, and the boot's id: a reused pid is not taken for the run. */
  readonly pidStart: string;
  readonly bootId: string;
  /** Milliseconds since the epoch, renewed at least every five seconds while the process lives. */
  readonly heartbeat: number;
  /** Path of the control socket. */
  readonly socket: string;
  readonly step: number;
  readonly steps: number;
  /** Last loss. */
  readonly loss?: number;
  readonly backend?: string;
  readonly device?: string;
  /** Why this backend: one line for people. */
  readonly backendReason?: string;
  /** What goes on, in a few words: `reading data`, `waits for run …/a (pid 12)`. */
  readonly message?: string;
  /** Why it failed. */
  readonly problem?: Problem;
  /** As in the last row. */
  readonly sourceTokens?: readonly number[];
  /** Seconds left, estimated; absent until it can be known. */
  readonly secondsLeft?: number;
}

/** First message of every connection. */
export namespace Hello {
  export interface Params {
    readonly protocolVersion: number;
    /** Who attaches, for the log: `language server 0.1.0`. */
    readonly client: string;
  }
  export interface Answer {
    readonly protocolVersion: number;
    readonly engineVersion: string;
    readonly pid: number;
    readonly kind: 'run' | 'host';
    /** The run's directory, where kind is `run`. */
    readonly directory?: string;
  }
  export const method = 'hello';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Run → clients: a metrics row just written. Rows before the attachment are read from metrics.jsonl. */
export namespace Metrics {
  export const method = 'run/metrics';
  export const type = new NotificationType<MetricRow>(method);
}

/** Run → clients: state.json as just written; and once to each client that attaches. */
export namespace Status {
  export const method = 'run/status';
  export const type = new NotificationType<RunStatus>(method);
}

/** Client → run: finish the step, write a checkpoint, end with state `stopped`. Answers once the request is taken. */
export namespace Stop {
  export const method = 'run/stop';
  export const type = new RequestType<Record<string, never>, null, void>(method);
}

/** Which model the host shall answer with; directories in Hugging Face and PEFT form. */
export interface ModelChoice {
  readonly model: string;
  readonly adapter?: string;
  /** A backend's name, or `auto` (default). */
  readonly backend?: string;
}

/** Client → host: continue a prompt. Text streams as `Chunk` notifications; the answer has the whole. Cancellable. */
export namespace Generate {
  export interface Params extends ModelChoice {
    /** Names the request in its chunks; unique per connection. */
    readonly requestId: string;
    /** The question, or a text to go on with. */
    readonly prompt: string;
    /** A template's name; `none`: as it stands behind BOS (default); `auto`: the one that the model was trained with. */
    readonly template?: string;
    /** What the prompt is about: it stands where the template has a place for it, else above the prompt. */
    readonly input?: string;
    readonly system?: string;
    /** Earlier turns, the oldest first: taken along where the template has a place for them. */
    readonly history?: readonly { readonly question: string; readonly answer: string }[];
    readonly maxTokens: number;
    /** 0 is greedy. */
    readonly temperature?: number;
    /** The likeliest so many take part; 0: all. */
    readonly topK?: number;
    readonly topP?: number;
    /** 1: none. */
    readonly repetitionPenalty?: number;
    readonly seed?: number;
    /** Generation ends before any of these texts. */
    readonly stop?: readonly string[];
  }
  export interface Answer {
    /** Without the prompt. */
    readonly text: string;
    readonly promptTokens: number;
    /** The template that the prompt was put in; absent: none. */
    readonly template?: string;
    /** Earlier turns in the prompt. */
    readonly turns: number;
    readonly newTokens: number;
    readonly tokensPerSecond: number;
    readonly reason: 'stop' | 'length' | 'context' | 'cancelled';
    readonly backend: string;
  }
  export const method = 'host/generate';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Host → client: text of a running generation, in whole characters (a syllable's bytes are held back until complete). */
export namespace Chunk {
  export interface Params {
    readonly requestId: string;
    readonly text: string;
  }
  export const method = 'host/chunk';
  export const type = new NotificationType<Params>(method);
}

/** Client → host: score a model on tasks. Progress comes as `EvaluateProgress`. Cancellable. */
export namespace Evaluate {
  export interface Params extends ModelChoice, EvaluationRequest {
    readonly requestId: string;
  }
  export interface Answer {
    /** Metrics by task, with `n`. */
    readonly results: Readonly<Record<string, Readonly<Record<string, number>>>>;
    /** The results file written. */
    readonly file: string;
  }
  export const method = 'host/evaluate';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

export namespace EvaluateProgress {
  export interface Params extends Progress {
    readonly requestId: string;
  }
  export const method = 'host/evaluateProgress';
  export const type = new NotificationType<Params>(method);
}

/** Client → host: rows of a task's data file, as they would be asked. Needs no model, and waits for none. */
export namespace TaskRows {
  export type Params = TaskRowsRequest;
  export type Answer = TaskRowsAnswer;
  export const method = 'host/taskRows';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Client → host: end once nothing is under way. */
export namespace Shutdown {
  export const method = 'host/shutdown';
  export const type = new RequestType<Record<string, never>, null, void>(method);
}
