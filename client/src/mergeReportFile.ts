/** merge-report.json, as far as the page shows it. */

/** What the engine answers to `vocab merge --json`, and writes to merge-report.json. */
export interface MergeReport {
  readonly recipe: string;
  readonly base: number;
  readonly added: number;
  readonly shared: number;
  readonly union: number;
  readonly intermediates: number;
  readonly sharedOfBase: number;
  readonly sharedOfAddition: number;
  readonly reachable: number;
  readonly unreachable: readonly string[];
  readonly unreachableBecause: readonly {
    readonly reason: string;
    readonly count: number;
    readonly pieces: readonly { readonly piece: string; readonly spelled?: readonly string[] }[];
  }[];
  readonly skipped: readonly string[];
  readonly newPiecesByScript: readonly {
    readonly script: string;
    readonly pieces: number;
    readonly singleCharacters: number;
    readonly reachable: number;
  }[];
  readonly newPieceKinds: Readonly<
    Record<'singleCharacter' | 'severalCharacters' | 'withDigits' | 'withLatin', number>
  >;
  readonly rules: readonly {
    readonly rule: string;
    readonly base: string | boolean;
    readonly addition: string | boolean;
  }[];
  readonly normalizerExamples: readonly {
    readonly what: string;
    readonly text: string;
    readonly base: string;
    readonly addition: string;
  }[];
  readonly specialTokens: readonly {
    readonly role: string;
    readonly base: SpecialToken | null;
    readonly addition: SpecialToken | null;
  }[];
  readonly tokenizerJson: { readonly written: boolean; readonly reason?: string };
  readonly loadable: readonly {
    readonly library: string;
    readonly sameIds: boolean;
    readonly because: readonly { readonly fact: string; readonly pieces: number; readonly reason?: string }[];
  }[];
  readonly roundedSizes: readonly { readonly multiple: number; readonly size: number; readonly padding: number }[];
  readonly files: { readonly base: string; readonly add: string; readonly tokenizer: string };
  readonly text?: TextReport;
}

export interface SpecialToken {
  readonly piece: string;
  readonly id: number;
}

interface Cost {
  readonly tokens: number;
  readonly bytesShare: number;
  readonly perLetter: number | null;
  readonly perWord: number | null;
}

export interface TextReport {
  readonly files: readonly string[];
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly bytesShareBefore: number;
  readonly bytesShareAfter: number;
  readonly byScript: readonly { readonly script: string; readonly before: Cost; readonly after: Cost }[];
  readonly proof: {
    readonly lines: number;
    readonly newLanguage: number;
    readonly unchanged: number;
    readonly changed: number;
    readonly changedByNewCharacters: number;
    readonly examples: readonly {
      readonly file: string;
      readonly line: number;
      readonly text: string;
      readonly before: readonly string[];
      readonly after: readonly string[];
    }[];
  };
}

/** True for the content of a merge-report.json with all that the page shows. */
export function isMergeReport(value: unknown): value is MergeReport {
  if (!isObject(value)) return false;
  const numbers = [
    'base',
    'added',
    'shared',
    'union',
    'reachable',
    'intermediates',
    'sharedOfBase',
    'sharedOfAddition',
  ];
  const lists = [
    ...['unreachable', 'unreachableBecause', 'skipped', 'newPiecesByScript', 'loadable', 'roundedSizes'],
    ...['rules', 'normalizerExamples', 'specialTokens'],
  ];
  const { text } = value;
  return (
    numbers.every((name) => typeof value[name] === 'number') &&
    lists.every((name) => Array.isArray(value[name])) &&
    ['files', 'newPieceKinds', 'tokenizerJson'].every((name) => isObject(value[name])) &&
    (text === undefined || (isObject(text) && Array.isArray(text['byScript']) && isObject(text['proof'])))
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
