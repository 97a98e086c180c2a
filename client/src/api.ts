/**
 * What `activate` returns, for tests in the real editor: what the extension last knew and last showed, read only.
 * Commands take arguments that skip their dialogs and return their results; see each feature's file.
 */
import type * as vscode from 'vscode';
import type { MetricRow, RunInfo, TokenCounts } from '../../server/src/protocol.ts';
import type { TestLabels } from './evaluationTests.ts';
import type { AnnotateState } from './webview/_annotateProtocol.ts';
import type { CompareState } from './webview/_compareProtocol.ts';
import type { EvaluationState } from './webview/_evaluationProtocol.ts';
import type { PreferenceState } from './webview/_preferenceProtocol.ts';
import type { ResultsState } from './webview/_resultsProtocol.ts';
import type { PageState } from './webview/_vocabularyProtocol.ts';

export interface Api {
  /** The last counts the server sent of a document, by `uri.toString()`. */
  tokenCounts(uri: string): TokenCounts.Params | undefined;
  /** Text of the status bar item; undefined while it is hidden. */
  statusText(): string | undefined;
  /** Text of the status bar item of the context budget; undefined while it is hidden. */
  budgetText(): string | undefined;
  /** The byte characters underlined in an open document, by the number of bytes (2: one or two, 3, 4). */
  byteRanges(uri: string): Readonly<Record<2 | 3 | 4, readonly vscode.Range[]>> | undefined;
  /** What the page of two tokenizers shows; undefined where it is not open. */
  comparison(): CompareState | undefined;
  /** What the open page of a vocabulary shows, by its file's path. */
  vocabularyPage(file: string): PageState | undefined;
  /** The evaluation tasks in the Test Explorer, with what has been opened of them. */
  tests(): readonly TestLabels[];
  /** What the page of all results shows; undefined where it is not open. */
  results(): ResultsState | undefined;
  /** What the open page of an evaluation shows, by its results file. */
  evaluationPage(file: string): EvaluationState | undefined;
  /** Runs as the tree shows them. */
  runs(): readonly RunInfo[];
  /** Rows of a run whose curve is open, by its directory; undefined where none is open. */
  curveRows(directory: string): readonly MetricRow[] | undefined;
  /** The comment threads of questions, oldest first: each comment's text, question and answer by turns. */
  threads(): readonly (readonly string[])[];
  /** The last report page's content as plain text; undefined where none was shown. */
  reportText(): string | undefined;
  /** What the page of blind verdicts on a comparison shows, by its folder; undefined where none is open. */
  annotation(directory: string): AnnotateState | undefined;
  /** What the page of a comparison shows, by its folder; undefined where none is open. */
  preference(directory: string): PreferenceState | undefined;
  /** Messages shown so far, the last fifty. */
  messages(): readonly string[];
  /** The language server's process, for tests that kill it. */
  serverPid(): number | undefined;
}
