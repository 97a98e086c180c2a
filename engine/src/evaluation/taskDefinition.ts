/** An evaluation task as its file says it (engine/schemas/task.schema.json), and what is made of it. */
import { createHash } from 'node:crypto';
import type { Complain } from '../base/jsonDocument.ts';
import type { Segments } from '../base/place.ts';
import type { Fields } from './fields.ts';
import {
  type MetricName,
  type OutputType,
  type Question,
  type RowFormat,
  type Split,
  type Task,
  metricsOf,
} from './task.ts';
import { type Maps, type Template, fill, filterNames, parsePath, parseTemplate } from './template.ts';
import type { ExactMatchOptions } from './textMetrics.ts';

/** What fits the schema. */
export interface TaskDefinition {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly language: string;
  readonly version: number;
  readonly outputType?: OutputType;
  readonly files: Readonly<Partial<Record<Split, string>>>;
  readonly format: RowFormat;
  readonly maps?: Maps;
  readonly prompt?: string;
  readonly candidates?: readonly string[] | { readonly field: string; readonly template: string };
  readonly gold?: {
    readonly field: string;
    readonly values?: Readonly<Record<string, number>>;
    readonly ignoreCase?: boolean;
  };
  readonly target?: string;
  readonly until?: readonly string[];
  readonly maxTokens?: number;
  readonly text?: string;
  readonly metrics: readonly (MetricName | ({ readonly metric: MetricName } & ExactMatchOptions))[];
  readonly headline?: MetricName;
}

const defaultMaxTokens = 64;

/** Fields that only some tasks have. */
const fieldsOf: Readonly<Record<OutputType, readonly (keyof TaskDefinition)[]>> = {
  multiple_choice: ['prompt', 'candidates', 'gold'],
  generate_until: ['prompt', 'target', 'until', 'maxTokens'],
  loglikelihood_rolling: ['text'],
};

/** The task, where nothing is wrong; each fault of sense is told to `complain`. */
export function compileTask(definition: TaskDefinition, file: string | undefined, complain: Complain): Task {
  const { name, title, language, version, files, format, outputType = 'multiple_choice' } = definition;
  checkFields(definition, outputType, complain);
  const metrics = checkMetrics(definition, outputType, complain);
  const exactMatch = definition.metrics.find((entry) => typeof entry === 'object' && entry.metric === 'exact_match');
  const { until = ['\n'], maxTokens = defaultMaxTokens } = definition;
  return {
    ...{ name, title, language, version, outputType, files, format, metrics },
    headline: definition.headline ?? metrics[0]!,
    question: new Compiler(definition, complain).question(outputType),
    ...(outputType === 'generate_until' ? { generation: { until, maxTokens } } : {}),
    ...(typeof exactMatch === 'object' ? { exactMatch } : {}),
    definitionHash: createHash('sha256').update(canonical(definition)).digest('hex'),
    ...(file === undefined ? {} : { file }),
  };
}

function checkFields(definition: TaskDefinition, outputType: OutputType, complain: Complain): void {
  for (const [type, fields] of Object.entries(fieldsOf)) {
    if (type === outputType) continue;
    for (const field of fields)
      if (field in definition && !fieldsOf[outputType].includes(field))
        complain([field], `"${field}" is of no use with ${outputType}`, 'Leave it out.', true);
  }
  if (outputType !== 'loglikelihood_rolling' && (definition.format === 'text' || definition.format === 'textLines'))
    complain(['format'], 'a plain text has no fields to ask for', 'Write table, json or jsonLines.');
}

function checkMetrics({ metrics, headline }: TaskDefinition, outputType: OutputType, complain: Complain): MetricName[] {
  const known: readonly MetricName[] = metricsOf[outputType];
  const names = metrics.map((entry) => (typeof entry === 'string' ? entry : entry.metric));
  for (const [i, name] of names.entries()) {
    if (!known.includes(name))
      complain(['metrics', i], `${name} is no figure of ${outputType}`, `Write ${known.join(' or ')}.`);
    else if (names.indexOf(name) < i) complain(['metrics', i], `${name} stands here twice`, 'Leave one of them out.');
    const entry = metrics[i]!;
    if (typeof entry === 'object' && name !== 'exact_match' && Object.keys(entry).length > 1)
      complain(['metrics', i], `${name} takes no options`, `Write "${name}".`);
  }
  if (headline !== undefined && !names.includes(headline))
    complain(['headline'], `${headline} is none of the metrics`, `Write ${names.join(' or ')}.`);
  return names;
}

/** Makes the function from rows to questions. */
class Compiler {
  readonly #definition: TaskDefinition;
  readonly #complain: Complain;
  readonly #maps: Maps;

  constructor(definition: TaskDefinition, complain: Complain) {
    this.#definition = definition;
    this.#complain = complain;
    this.#maps = definition.maps ?? {};
    for (const name of Object.keys(this.#maps))
      if (filterNames.includes(name))
        complain(['maps', name], `'${name}' is a filter already`, 'Give the map another name.', true);
  }

  question(outputType: OutputType): Task['question'] {
    switch (outputType) {
      case 'multiple_choice': {
        const context = this.#template(['prompt'], this.#definition.prompt);
        const candidates = this.#candidates();
        const gold = this.#gold();
        return (row) => {
          const asked = { context: fill(context, row), candidates: candidates(row) };
          return { ...asked, gold: gold(row, asked.candidates.length) };
        };
      }
      case 'generate_until': {
        const context = this.#template(['prompt'], this.#definition.prompt);
        const target = this.#template(['target'], this.#definition.target);
        return (row): Question => ({ context: fill(context, row), candidates: [fill(target, row)], gold: 0 });
      }
      case 'loglikelihood_rolling': {
        const text = this.#template(['text'], this.#definition.text ?? '{{text}}');
        return (row): Question => ({ context: '', candidates: [fill(text, row)], gold: 0 });
      }
      default:
        return outputType satisfies never;
    }
  }

  #candidates(): (row: Fields) => readonly string[] {
    const { candidates = [] } = this.#definition;
    if ('field' in candidates) {
      const path = this.#path(['candidates', 'field'], candidates.field);
      // The item stands in the template as the field `candidate`.
      const parts = candidates.template.split('{{candidate}}');
      if (parts.length < 2)
        this.#complain(
          ['candidates', 'template'],
          'the item is not in the template',
          'Write {{candidate}} where it goes.',
        );
      return (row) => {
        const [fields, name] = row.reach(path);
        return fields.texts(name).map((item) => parts.join(item));
      };
    }
    const templates = candidates.map((text, i) => this.#template(['candidates', i], text));
    return (row) => templates.map((template) => fill(template, row));
  }

  #gold(): (row: Fields, candidates: number) => number {
    const { gold = { field: 'gold' }, candidates } = this.#definition;
    const { values, ignoreCase = false } = gold;
    const path = this.#path(['gold', 'field'], gold.field);
    if (values === undefined)
      return (row, count) => {
        const [fields, name] = row.reach(path);
        return fields.index(name, count);
      };
    if (Array.isArray(candidates))
      for (const [value, index] of Object.entries(values))
        if (index >= candidates.length)
          this.#complain(
            ['gold', 'values', value],
            `there is no candidate ${index}`,
            `Write a number from 0 to ${candidates.length - 1}.`,
          );
    const choices = ignoreCase
      ? Object.fromEntries(Object.entries(values).map(([value, index]) => [value.toLowerCase(), index]))
      : values;
    return (row) => {
      const [fields, name] = row.reach(path);
      return fields.choice(name, choices, { anyCase: ignoreCase });
    };
  }

  #template(at: Segments, text = ''): Template {
    const parsed = parseTemplate(text, this.#maps);
    if ('template' in parsed) return parsed.template;
    this.#complain(at, ...parsed.fault);
    return [];
  }

  #path(at: Segments, text: string): readonly string[] {
    const path = parsePath(text);
    if (path === undefined) this.#complain(at, `'${text}' names no field`, 'Write a name, or outer.inner.');
    return path ?? [''];
  }
}

/** The same text for the same values, in whatever order the names stand. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
