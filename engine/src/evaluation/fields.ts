/**
 * One row of a data file, read field by field. The first field that is missing or has an odd value is kept as the row's
 * problem, so that a task's definition can be written as plain assignments.
 */
import type { Location, Problem } from '../base/problem.ts';

export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #where: Location;
  readonly #path: string;
  readonly #note: (problem: Problem) => void;
  #problem: Problem | undefined;

  constructor(
    values: Readonly<Record<string, unknown>>,
    where: Location,
    path = '',
    note?: (problem: Problem) => void,
  ) {
    this.#values = values;
    this.#where = where;
    this.#path = path;
    this.#note = note ?? ((problem) => (this.#problem ??= problem));
  }

  /** What is wrong with this row; undefined where all fields asked for were there. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** A field's text, as it stands. */
  text(name: string): string {
    const value = this.#values[name];
    if (typeof value === 'string') return value;
    this.#complain(name, value === undefined ? 'is missing' : 'is not text');
    return '';
  }

  /** What stands for a field's value in `choices`; numbers are looked up in decimal. */
  choice<T>(name: string, choices: Readonly<Record<string, T>>, options: { readonly anyCase?: boolean } = {}): T {
    const value = this.#values[name];
    const word = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''; // KoBEST's own rows have blanks
    const key = options.anyCase === true ? word.toLowerCase() : word;
    if (Object.hasOwn(choices, key)) return choices[key]!;
    const wanted = Object.keys(choices).join(', ');
    this.#complain(name, value === undefined ? 'is missing' : `is ${JSON.stringify(value)}, none of ${wanted}`);
    return Object.values(choices)[0]!;
  }

  /** The fields of an object inside. */
  within(name: string): Fields {
    const value = this.#values[name];
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isObject) this.#complain(name, value === undefined ? 'is missing' : 'is not an object');
    return new Fields(
      isObject ? (value as Record<string, unknown>) : {},
      this.#where,
      `${this.#path}${name}.`,
      this.#note,
    );
  }

  #complain(name: string, what: string): void {
    this.#note({
      what: `the field ${this.#path}${name} ${what}`,
      where: this.#where,
      remedy: 'Use the data set’s own files.',
    });
  }
}
