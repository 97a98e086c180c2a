/** How a request fails: an LSP error whose message is one line for people and whose data is the `Problem`. */
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import type { CancellationToken } from 'vscode-languageserver/node';
import { problemLine } from '../../engine/src/base/problem.ts';
import type { Problem, Result } from '../../engine/src/base/problem.ts';

export const failure = (problem: Problem): ResponseError<Problem> =>
  new ResponseError(LSPErrorCodes.RequestFailed, problemLine(problem), problem);

export const cancelled = (): ResponseError<Problem> =>
  new ResponseError(LSPErrorCodes.RequestCancelled, 'Stopped.', { what: 'stopped by the user' });

/** The value of a result, or the failure to answer with. */
export const answer = <T>(result: Result<T>): T | ResponseError<Problem> =>
  result.ok ? result.value : failure(result.problem);

/** An abort signal that follows a request's cancellation. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error('stopped'));
  if (token.isCancellationRequested) abort();
  else token.onCancellationRequested(abort);
  return controller.signal;
}
