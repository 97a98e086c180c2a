/** A JSON schema at work: what a value breaks of it, in words and with the place in the value. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Segments } from './place.ts';

export interface SchemaComplaint {
  readonly at: Segments;
  /** The property's name is at fault, not its value. */
  readonly atName: boolean;
  readonly what: string;
  readonly remedy: string;
}

/** Checks values under a schema (draft 7): empty where a value fits. */
export function complaintsUnder(schema: object): (value: unknown) => SchemaComplaint[] {
  let validate: ValidateFunction | undefined; // compiled when it is first asked: most processes never ask
  return (value) => {
    // Tests hold our schemas against draft 7's own: here that would take longer than the rest.
    const unchecked = { meta: false, validateSchema: false } as const;
    validate ??= new Ajv({ allErrors: true, strict: false, verbose: true, ...unchecked }).compile(schema);
    return validate(value) ? [] : told(validate.errors ?? []).map((error) => complaint(error, value));
  };
}

/** Of alternatives that all fail, those of the one that comes nearest: the right type first, then the right words. */
function told(errors: readonly ErrorObject[]): ErrorObject[] {
  let left = errors.filter(({ keyword }) => keyword !== 'if');
  for (const choice of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const branch = (error: ErrorObject): string | undefined =>
      error.schemaPath.startsWith(`${choice.schemaPath}/`) && error.instancePath.startsWith(choice.instancePath)
        ? error.schemaPath.slice(choice.schemaPath.length + 1).split('/')[0]
        : undefined;
    const costs = new Map<string, number>();
    for (const error of left) {
      const of = branch(error);
      if (of === undefined) continue;
      const atTop = error.instancePath === choice.instancePath;
      const cost = !atTop ? 0 : error.keyword === 'type' ? 2 : ['enum', 'pattern'].includes(error.keyword) ? 1 : 0;
      costs.set(of, Math.max(cost, costs.get(of) ?? 0));
    }
    const [nearest] = [...costs].sort(([, a], [, b]) => a - b)[0] ?? [];
    left = left.filter((error) => error !== choice && [undefined, nearest].includes(branch(error)));
  }
  return left;
}

function complaint(error: ErrorObject, root: unknown): SchemaComplaint {
  const at = segmentsOf(error.instancePath, root);
  const params = error.params as Readonly<Record<string, unknown>>;
  const make = (what: string, remedy: string): SchemaComplaint => ({ at, atName: false, what, remedy });
  switch (error.keyword) {
    case 'required':
      return make(`"${String(params['missingProperty'])}" is missing`, `Add "${String(params['missingProperty'])}": …`);
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
      const near = nearest(name, known);
      return {
        at: [...at, name],
        atName: true,
        what: `"${name}" is not known here`,
        remedy: near === undefined ? `Known are ${known.join(', ')}.` : `Do you mean "${near}"?`,
      };
    }
    case 'enum':
      return make(
        'this value is not known here',
        `Write ${(params['allowedValues'] as unknown[]).map((v) => JSON.stringify(v)).join(' or ')}.`,
      );
    case 'type':
      return make(`${article(String(params['type']))} is wanted here`, `Write ${article(String(params['type']))}.`);
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return make(
        `the number must be ${String(params['comparison'])} ${String(params['limit'])}`,
        `Write a number ${String(params['comparison'])} ${String(params['limit'])}.`,
      );
    case 'minItems':
      return make(`at least ${String(params['limit'])} items are wanted here`, 'Add some.');
    case 'maxItems':
      return make(`at most ${String(params['limit'])} items are wanted here`, 'Remove some.');
    case 'minProperties':
      return make('nothing is named here', 'Name something.');
    case 'pattern':
      return make(`the text must match ${String(params['pattern'])}`, 'Write it so.');
    case 'uniqueItems':
      return make('an item stands here twice', 'Leave one of them out.');
    case 'minLength':
      return make('the text must not be empty', 'Write a name.');
    default:
      return make(error.message ?? error.keyword, 'See the schema for what is allowed here.');
  }
}

/** The segments of a JSON pointer (RFC 6901); steps into arrays are numbers. */
function segmentsOf(pointer: string, root: unknown): Segments {
  const segments: (string | number)[] = [];
  let value = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) {
      segments.push(Number(key));
      value = (value as unknown[])[Number(key)];
    } else {
      segments.push(key);
      value = (value as Record<string, unknown>)[key];
    }
  }
  return segments;
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** The known name that differs least from a mistyped one, if by few letters. */
function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const d = distance(name.toLowerCase(), candidate.toLowerCase());
    if (d < least) [best, least] = [candidate, d];
  }
  return best;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
