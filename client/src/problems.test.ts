import { describe, expect, it } from 'vitest';
import { ResponseError } from 'vscode-languageserver-protocol/node';
import { problemLine } from '../../server/src/protocol.ts';
import { isCancelled, lineWith, problemOf } from './problems.ts';

const lineOf = (error: unknown) => lineWith(error, problemLine);

const problem = {
  what: 'the file ends early',
  where: { file: 'a.model', byteOffset: 120 },
  remedy: 'Download it again.',
};

describe('what a request failed with', () => {
  it('is told with place and remedy where it is a problem', () => {
    const error = new ResponseError(-32803, 'x', problem);
    expect(problemOf(error)).toEqual(problem);
    expect(lineOf(error)).toBe('a.model, byte 120: the file ends early. Download it again.');
  });

  it('is told by its message where it is another error', () => {
    expect(problemOf(new Error('pipe closed'))).toBeUndefined();
    expect(problemOf(new ResponseError(-32603, 'boom', { code: 3 }))).toBeUndefined();
    expect(lineOf(new Error('pipe closed'))).toBe('pipe closed');
  });

  it('is nothing to tell where the user cancelled', () => {
    expect(isCancelled(new ResponseError(-32800, 'cancelled'))).toBe(true);
    expect(isCancelled(new ResponseError(-32803, 'x', problem))).toBe(false);
    expect(isCancelled('x')).toBe(false);
  });
});
