/** How long work reports and how it is stopped: one shape for the command line, the run process and the server. */

export interface Progress {
  /** What is being done, in a few words: `reading weights`. */
  readonly message: string;
  /** Share done, 0 to 1; absent where the length is not known. */
  readonly fraction?: number;
}

export interface Work {
  /** Aborted when the user stops the work; the work then ends soon and throws the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}
