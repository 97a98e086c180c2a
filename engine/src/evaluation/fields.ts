/**
 * One row of a data file, read field by field. The first field that is missing or has an odd value is kept as the row's
 * problem, so that a question can be made of a row without asking at each step.
 */
import type { Location, Problem } from '../base/problem.ts';
import { wellFormed } from '../tokenizers/unicode.ts';

export const ownFiles = 'Use the data set’s own files.';

const plainAscii = /^[\x20-\x7e]*$/;

export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #where: Location;
  readonly #remedy: string;
  readonly #path: string;
  readonly #note: (problem: Problem) => void;
  #problem: Problem | undefined;

  /** `remedy`: what is to be done about a row that lacks a field. */
  constructor(
    values: Readonly<Record<string, unknown>>,
    where: Location,
    remedy = ownFiles,
    path = '',
    note?: (problem: Problem) => void,
  ) {
    this.#values = values;
    this.#where = where;
    this.#remedy = remedy;
    this.#path = path;
    this.#note = note ?? ((problem) => (this.#problem ??= problem));
  }

  /** What is wrong with this row; undefined where all fields asked for were there. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** What the row itself holds: no field is there because every object has it. */
  #value(name: string): unknown {
    const own = (key: string): unknown => (Object.hasOwn(this.#values, key) ? this.#values[key] : undefined);
    const value = own(name);
    if (value !== undefined || plainAscii.test(name)) return value;
    // Files from macOS may spell a name with its letters taken apart.
    const same = Object.keys(this.#values).find((key) => key.normalize('NFC') === name.normalize('NFC'));
    return same === undefined ? undefined : own(same);
  }

  /** A field's text, as it stands. */
  text(name: string): string {
    const value = this.#value(name);
    if (typeof value === 'string') return wellFormed(value);
    const what =
      typeof value === 'number' && this.#remedy !== ownFiles
        ? `is not text (a number is read so: {{${this.#path}${name} | number}})`
        : 'is not text';
    this.#complain(name, value === undefined ? 'is missing' : what);
    return '';
  }

  /** A field's number in decimal, or its text. */
  number(name: string): string {
    const value = this.#value(name);
    return typeof value === 'number' ? String(value) : this.text(name);
  }

  /** A list of texts. */
  texts(name: string): readonly string[] {
    const value = this.#value(name);
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.map(wellFormed);
    this.#complain(name, value === undefined ? 'is missing' : 'is not a list of texts');
    return [];
  }

  /** What stands for a field's value in `choices`; numbers are looked up in decimal, true and false by name. */
  choice<T>(name: string, choices: Readonly<Record<string, T>>, options: { readonly anyCase?: boolean } = {}): T {
    const value = this.#value(name);
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const word = plain ? String(value).trim() : ''; // KoBEST's own rows have blanks
    const key = options.anyCase === true ? word.toLowerCase() : word;
    if (Object.hasOwn(choices, key)) return choices[key]!;
    const same = Object.keys(choices).find((one) => one.normalize('NFC') === key.normalize('NFC'));
    if (same !== undefined) return choices[same]!;
    const wanted = Object.keys(choices).join(', ');
    this.#complain(name, value === undefined ? 'is missing' : `is ${JSON.stringify(value)}, none of ${wanted}`);
    return Object.values(choices)[0]!;
  }

  /** A whole number from 0 below `count`, or the text of one. */
  index(name: string, count: number): number {
    const value = this.#value(name);
    const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 && number < count) return number;
    const what = `is ${JSON.stringify(value)}, and the candidates are counted from 0 to ${count - 1}`;
    this.#complain(name, value === undefined ? 'is missing' : what);
    return 0;
  }

  /** The fields of an object inside, or of a list, by number. */
  within(name: string): Fields {
    const value = this.#value(name);
    const isObject = typeof value === 'object' && value !== null;
    if (!isObject) this.#complain(name, value === undefined ? 'is missing' : 'is not an object');
    return new Fields(
      isObject ? (value as Record<string, unknown>) : {},
      this.#where,
      this.#remedy,
      `${this.#path}${name}.`,
      this.#note,
    );
  }

  /** The fields that the last name of a path is one of. */
  reach(path: readonly string[]): readonly [fields: Fields, name: string] {
    const fields = path.slice(0, -1).reduce<Fields>((outer, name) => outer.within(name), this);
    return [fields, path.at(-1)!];
  }

  /** Notes what is wrong with a field. */
  #complain(name: string, what: string): void {
    this.#note({ what: `the field ${this.#path}${name} ${what}`, where: this.#where, remedy: this.#remedy });
  }
}
