/** What a request asks with, looked at before it is used: a client's mistake gets one clear answer and harms nothing else. */
import { ErrorCodes, ResponseError } from 'vscode-languageserver/node';
import type { Problem } from '../../engine/src/base/problem.ts';

/** A check of one parameter, and what it has to be, in words. */
interface Shape {
  readonly is: (value: unknown) => boolean;
  readonly what: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const listOf = (is: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(is);
const isPosition = (value: unknown): boolean =>
  isObject(value) && isWhole(value['line']) && isWhole(value['character']);
const isRange = (value: unknown): boolean => isObject(value) && isPosition(value['start']) && isPosition(value['end']);

/** True for what can be the path of a file; no system has names with a NUL in them. */
export const isPath = (value: unknown): value is string => isText(value) && value !== '' && !value.includes('\0');

export const path: Shape = { is: isPath, what: 'the path of a file' };
export const text: Shape = { is: isText, what: 'a string' };
export const whole: Shape = { is: isWhole, what: 'a whole number from 0 on' };
export const wholes: Shape = { is: listOf(isWhole), what: 'a list of whole numbers from 0 on' };
/** Also one that nothing has, as a person types it: it is looked for and not found. */
export const number: Shape = { is: (value) => Number.isFinite(value), what: 'a number' };
export const flag: Shape = { is: (value) => typeof value === 'boolean', what: 'true or false' };
export const texts: Shape = { is: listOf(isText), what: 'a list of strings' };
export const range: Shape = { is: isRange, what: 'a range of lines and characters from 0 on' };
export const ranges: Shape = { is: listOf(isRange), what: 'a list of ranges of lines and characters from 0 on' };
/** Arguments of a process. */
export const words: Shape = {
  is: listOf((value) => isText(value) && !value.includes('\0')),
  what: 'a list of strings without NUL characters',
};

export const oneOf = (...names: readonly string[]): Shape => ({
  is: (value) => isText(value) && names.includes(value),
  what: `one of ${names.join(', ')}`,
});

export const optional = ({ is, what }: Shape): Shape => ({ is: (value) => value === undefined || is(value), what });

/** An object with these members. */
export const members = (shapes: Readonly<Record<string, Shape>>): Shape => ({
  is: (value) => faultOf(value, shapes) === undefined,
  what: `an object with ${Object.entries(shapes)
    .map(([name, { what }]) => `"${name}" (${what})`)
    .join(', ')}`,
});

/** The answer to a request whose parameters are not as they must be; undefined where they are. */
export function refusal(params: unknown, shapes: Readonly<Record<string, Shape>>): ResponseError<Problem> | undefined {
  const what = faultOf(params, shapes);
  return what === undefined ? undefined : new ResponseError<Problem>(ErrorCodes.InvalidParams, what, { what });
}

function faultOf(params: unknown, shapes: Readonly<Record<string, Shape>>): string | undefined {
  if (!isObject(params)) return 'the request has no parameters by name';
  for (const [name, { is, what }] of Object.entries(shapes))
    if (!is(params[name])) return `the request's "${name}" must be ${what}`;
  return undefined;
}
