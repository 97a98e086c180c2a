/** What an evaluation is asked for: said once, for the command line, the host and both protocols. Plain data. */
export interface EvaluationRequest {
  readonly tasks: readonly string[];
  /** Directory laid out as the tasks' own files are. */
  readonly data: string;
  /** `dev`, `test`, `train`; absent: each task's test where its file is there, else its dev. */
  readonly split?: string;
  /** The first so many rows in file order; absent: all. */
  readonly limit?: number;
  /** By a task's name numbers of rows, from 0 in file order, as the harness's `--samples`: these alone; other tasks are not concerned. */
  readonly samples?: Readonly<Record<string, readonly number[]>>;
  /** Solved examples before each question; 0 by default. */
  readonly shots?: number;
  /** Draws the examples; 1234 by default. */
  readonly seed?: number;
  /** Whether answers to the same requests are taken from earlier evaluations of the model, and kept for later ones; true where absent. */
  readonly cache?: boolean;
  /** Directory that gets results.json and samples-TASK.jsonl; must not hold results yet. */
  readonly out: string;
}
