/** What a vocabulary's page and the extension say to each other. Plain data. */
import type { VocabularyRows, VocabularySummary } from '../../../server/src/protocol.ts';

export type Query = VocabularyRows.Query;
export type Row = VocabularyRows.Row;
export type Sort = Query['sort'];

export type ToPage =
  | { readonly type: 'summary'; readonly summary: VocabularySummary.Answer; readonly place: string }
  /** `place`: the file, and where in it. */
  | { readonly type: 'problem'; readonly title: string; readonly text: string; readonly place: string }
  | { readonly type: 'rows'; readonly request: number; readonly answer: VocabularyRows.Answer }
  /** A query that cannot be answered, in words. */
  | { readonly type: 'refused'; readonly request: number; readonly text: string }
  /** Search for this, as if it had been typed. */
  | { readonly type: 'search'; readonly text: string };

export type FromPage =
  /** The page is there and asks for the summary. */
  | { readonly type: 'ready' }
  | {
      readonly type: 'ask';
      readonly request: number;
      readonly query: Query;
      readonly from: number;
      readonly count: number;
      readonly find?: number;
    }
  /** Copy rows [from, to) of a query. */
  | { readonly type: 'copyRows'; readonly query: Query; readonly from: number; readonly to: number }
  | { readonly type: 'copyText'; readonly text: string }
  | { readonly type: 'saveSvg'; readonly svg: string }
  | { readonly type: 'openAsText' | 'openWith' | 'tryAgain' }
  | { readonly type: 'state'; readonly state: PageState };

/** What the page shows, for tests. */
export interface PageState {
  readonly query: Query;
  readonly total: number;
  /** The first rows on screen that have come. */
  readonly rows: readonly Row[];
  readonly status: string;
  readonly problem?: string;
}

/** The page's words; `{0}` stands for a value. */
export interface Labels {
  readonly facts: {
    readonly algorithm: string;
    readonly pieces: string;
    readonly merged: string;
    readonly byteFallback: string;
    readonly normalizer: string;
    readonly noNormalizer: string;
    readonly dummyPrefix: string;
    readonly extraSpaces: string;
    readonly specials: string;
    readonly file: string;
    readonly yes: string;
    readonly no: string;
  };
  readonly search: string;
  readonly searchHint: string;
  readonly matchCase: string;
  readonly regex: string;
  readonly script: string;
  readonly allScripts: string;
  readonly kind: string;
  readonly allKinds: string;
  readonly part: string;
  readonly allParts: string;
  readonly base: string;
  readonly added: string;
  readonly length: string;
  readonly jump: string;
  readonly notShown: string;
  readonly noSuchId: string;
  readonly clear: string;
  readonly copyRows: string;
  readonly shown: string;
  readonly shownOf: string;
  readonly selected: string;
  readonly searching: string;
  readonly none: string;
  readonly columns: Readonly<Record<'id' | 'piece' | 'kind' | 'score' | 'script' | 'characters' | 'bytes', string>>;
  readonly byScript: string;
  readonly byLength: string;
  readonly lengthNote: string;
  readonly count: string;
  readonly share: string;
  readonly copyTable: string;
  readonly saveSvg: string;
  readonly openAsText: string;
  readonly openWith: string;
  readonly tryAgain: string;
  readonly loading: string;
  readonly kinds: Readonly<Record<Row['kind'], string>>;
  /** Scripts without a word here keep their name. */
  readonly scripts: Readonly<Record<string, string>>;
}

export interface PageData {
  readonly labels: Labels;
}
