/**
 * JSON that is not to be trusted: read within bounds on size and nesting, and asked for its parts by name, so that whatever is
 * missing or of another kind is told with its place (`model.merges[17]`).
 */
import { bad, type Problem, ProblemError, type Result } from '../base/problem.ts';

/** Objects and arrays in one another. */
const deepest = 64;
/** Objects and arrays together; each takes memory, however short its text is. */
const mostContainers = 1 << 22;

/** The value of a JSON text, or where it is broken. `remedy` says what to do about a broken file. */
export function parseJson(bytes: Uint8Array, file: string, remedy: string): Result<unknown> {
  const bound = outOfBounds(bytes);
  if (bound !== undefined) return bad(bound.what, { file, byteOffset: bound.at }, remedy);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bad('the file is not UTF-8', { file, byteOffset: invalidAt(bytes) }, remedy);
  }
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const found = /at position (\d+)/.exec(error.message);
    const at = found === null ? text.length : Number(found[1]);
    const byteOffset = Math.min(bytes.length, Buffer.byteLength(text.slice(0, at), 'utf8'));
    const what = byteOffset >= bytes.length ? 'the file ends in the middle of its JSON' : 'the JSON is broken';
    return bad(what, { file, byteOffset }, remedy);
  }
}

/** Where there are too many objects and arrays, or too deep in one another. Found before they are made. */
function outOfBounds(bytes: Uint8Array): { what: string; at: number } | undefined {
  let depth = 0;
  let containers = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x22) {
      for (i++; i < bytes.length && bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > deepest) return { what: `more than ${deepest} objects or arrays stand in one another`, at: i };
      if (++containers > mostContainers)
        return { what: `there are more than ${mostContainers} objects and arrays`, at: i };
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return undefined;
}

/** The first byte that is no UTF-8. */
function invalidAt(bytes: Uint8Array): number {
  const block = 4096;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let from = 0;
  const works = (to: number, stream: boolean) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(from, to), { stream });
      return true;
    } catch {
      return false;
    }
  };
  for (; from < bytes.length; from += block) {
    try {
      decoder.decode(bytes.subarray(from, from + block), { stream: true });
    } catch {
      break;
    }
  }
  // The block before may end in the first bytes of a character.
  from = Math.max(0, Math.min(from, bytes.length) - 3);
  while (from > 0 && (bytes[from]! & 0xc0) === 0x80) from--;
  let at = from;
  while (at < bytes.length && works(at + 1, true)) at++;
  return at;
}

/** A value of a JSON file and its place. Whatever is wrong is thrown as a ProblemError, to be caught where reading began. */
export class JsonPlace {
  constructor(
    readonly value: unknown,
    private readonly file: string,
    private readonly name: string,
    private readonly remedy: string,
  ) {}

  fail(what: string, remedy = this.remedy): ProblemError {
    return new ProblemError(this.problem(what, remedy));
  }

  problem(what: string, remedy = this.remedy): Problem {
    return bad(what, this.name === '' ? { file: this.file } : { file: this.file, name: this.name }, remedy).problem;
  }

  /** The value of a key, undefined where there is none; null is a value. */
  get(key: string): JsonPlace {
    const object = this.object();
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    return this.place(value, this.name === '' ? key : `${this.name}.${key}`);
  }

  object(): Readonly<Record<string, unknown>> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      throw this.fail(`an object is wanted here, and ${this.found()}`);
    }
    return this.value as Record<string, unknown>;
  }

  /** The items of an array. */
  *items(): Generator<JsonPlace> {
    const array = this.array();
    for (let i = 0; i < array.length; i++) yield this.place(array[i], `${this.name}[${i}]`);
  }

  array(): readonly unknown[] {
    if (!Array.isArray(this.value)) throw this.fail(`an array is wanted here, and ${this.found()}`);
    return this.value;
  }

  /** The i-th item of an array, for those that are read by the thousands. */
  item(index: number): JsonPlace {
    return this.place(this.array()[index], `${this.name}[${index}]`);
  }

  string(): string {
    if (typeof this.value !== 'string') throw this.fail(`a text is wanted here, and ${this.found()}`);
    return this.value;
  }

  boolean(absent: boolean): boolean {
    if (this.isAbsent) return absent;
    if (typeof this.value !== 'boolean') throw this.fail(`true or false is wanted here, and ${this.found()}`);
    return this.value;
  }

  /** A whole number from 0 to 2^31 - 1. */
  id(): number {
    const { value } = this;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= 2 ** 31) {
      throw this.fail(`an id (a whole number from 0) is wanted here, and ${this.found()}`);
    }
    return value;
  }

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  private place(value: unknown, name: string): JsonPlace {
    return new JsonPlace(value, this.file, name, this.remedy);
  }

  private found(): string {
    const { value } = this;
    if (value === undefined) return 'there is nothing';
    if (value === null) return 'this is null';
    if (Array.isArray(value)) return 'this is an array';
    if (typeof value === 'object') return 'this is an object';
    const text = JSON.stringify(value);
    return `this is ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
  }
}
