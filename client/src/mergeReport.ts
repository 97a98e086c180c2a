/** The report of a merge as a page: what the engine found, in words and tables. */
import path from 'node:path';
import * as vscode from 'vscode';
import { count, percent } from './figures.ts';
import { readable } from './paths.ts';
import type { Report, Table } from './report.ts';
import { vocabularyLabels } from './vocabularyLabels.ts';

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

interface SpecialToken {
  readonly piece: string;
  readonly id: number;
}

interface Cost {
  readonly tokens: number;
  readonly bytesShare: number;
  readonly perLetter: number | null;
  readonly perWord: number | null;
}

interface TextReport {
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
  if (typeof value !== 'object' || value === null) return false;
  const report = value as Readonly<Record<string, unknown>>;
  const lists = ['unreachable', 'unreachableBecause', 'newPiecesByScript', 'rules', 'loadable', 'roundedSizes'];
  return (
    ['base', 'added', 'shared', 'union', 'reachable', 'intermediates'].every(
      (name) => typeof report[name] === 'number',
    ) &&
    lists.every((name) => Array.isArray(report[name])) &&
    typeof report['files'] === 'object' &&
    typeof report['newPieceKinds'] === 'object'
  );
}

/** Pieces shown as examples of each reason. */
const shownExamples = 12;

export function mergeReportPage(report: MergeReport): Report {
  const { t } = vscode.l10n;
  const { text, unreachable } = report;
  return {
    title: t('Merged Vocabulary'),
    paragraphs: [lead(report), t('Recipe: {0}. Written to {1}.', report.recipe, readable(path.dirname(report.files.tokenizer))), ...sentences(report)], // prettier-ignore
    tables: [
      piecesTable(report),
      ...(text === undefined ? [] : [costTable(text), proofTable(text), ...changedTable(text)]),
      ...(unreachable.length === 0 ? [] : [unreachableTable(report)]),
      scriptTable(report),
      kindTable(report),
      loadableTable(report),
      ...differenceTables(report),
      sizeTable(report),
    ],
    actions: [
      { id: 'use', label: t('Use It for This Workspace') },
      { id: 'expand', label: t('Expand a Model…') },
      ...(unreachable.length === 0 ? [] : [{ id: 'copyUnreachable', label: t('Copy the Unreached Pieces') }]),
      { id: 'openJson', label: t('Open merge-report.json') },
    ],
  };
}

function lead({ union, base, added, text }: MergeReport): string {
  const { t } = vscode.l10n;
  if (text === undefined || text.tokensBefore === 0)
    return t('{0} pieces: {1} of the base and {2} new.', count(union), count(base), count(added));
  const files = text.files.map((file) => path.basename(file)).join(', ');
  return t(
    '{0} costs {1} instead of {2} tokens: {3} fewer.',
    files,
    count(text.tokensAfter),
    count(text.tokensBefore),
    percent(1 - text.tokensAfter / text.tokensBefore),
  );
}

function sentences({ text, unreachable, tokenizerJson, intermediates }: MergeReport): string[] {
  const { t } = vscode.l10n;
  const told: string[] = [];
  if (text !== undefined) {
    const { lines, newLanguage, changed } = text.proof;
    const old = lines - newLanguage;
    if (old > 0 && changed === 0)
      told.push(t('Old text is unchanged: all {0} lines without the new language have the same tokens as before.', count(old))); // prettier-ignore
    else if (old > 0)
      told.push(t('Old text changed: {0} of {1} lines without the new language have other tokens than before.', count(changed), count(old))); // prettier-ignore
  }
  if (intermediates > 0)
    told.push(t('{0} intermediate pieces, of neither vocabulary, stand behind the new ones.', count(intermediates)));
  if (unreachable.length > 0)
    told.push(t('The embedding rows of pieces that no text reaches never train. They keep their ids, so that the vocabulary has its published size.')); // prettier-ignore
  if (!tokenizerJson.written) told.push(t('No tokenizer.json was written: {0}.', tokenizerJson.reason ?? ''));
  return told;
}

function piecesTable({ base, added, shared, union, reachable, files, ...report }: MergeReport): Table {
  const { t } = vscode.l10n;
  const overlap = t('{0} of the base, {1} of the addition', percent(report.sharedOfBase), percent(report.sharedOfAddition)); // prettier-ignore
  return {
    caption: t('Pieces'),
    columns: ['', t('Count'), t('File')],
    rows: [
      [t('Base'), count(base), readable(files.base)],
      [t('Added'), count(added), readable(files.add)],
      ...(report.intermediates === 0 ? [] : [[t('Intermediate'), count(report.intermediates), '']]),
      [t('Union'), count(union), readable(files.tokenizer)],
      [t('Shared: in both already'), count(shared), overlap],
      [
        t('New pieces that texts reach'),
        count(reachable),
        t('{0} of the new ones', percent(reachable / Math.max(1, added))),
      ],
      [t('New pieces that no text reaches'), count(report.unreachable.length), ''],
      ...(report.skipped.length === 0
        ? []
        : [[t('Special pieces left out'), count(report.skipped.length), report.skipped.slice(0, 8).join('  ')]]),
    ],
  };
}

function costTable({ byScript, ...text }: TextReport): Table {
  const { t } = vscode.l10n;
  const pair = (a: number | null, b: number | null) => [a === null ? '–' : a.toFixed(2), b === null ? '–' : b.toFixed(2)]; // prettier-ignore
  const rows = byScript.map(({ script, before, after }) => [
    scriptName(script),
    count(before.tokens),
    count(after.tokens),
    change(before.tokens, after.tokens),
    ...pair(before.perLetter, after.perLetter),
    ...pair(before.perWord, after.perWord),
    percent(before.bytesShare),
    percent(after.bytesShare),
  ]);
  const all = [
    t('All'),
    count(text.tokensBefore),
    count(text.tokensAfter),
    change(text.tokensBefore, text.tokensAfter),
    ...['–', '–', '–', '–'],
    percent(text.bytesShareBefore),
    percent(text.bytesShareAfter),
  ];
  return {
    caption: t('Tokens of {0}, line by line, by script', text.files.map(readable).join(', ')),
    columns: [
      t('Script'),
      t('Base'),
      t('Merged'),
      t('Change'),
      t('A syllable or letter: base'),
      t('merged'),
      t('A word: base'),
      t('merged'),
      t('Bytes: base'),
      t('merged'),
    ],
    rows: [...rows, all],
  };
}

function proofTable({ proof }: TextReport): Table {
  const { t } = vscode.l10n;
  return {
    caption: t('Is old text unchanged?'),
    columns: [t('Lines'), t('Count')],
    rows: [
      [t('With the new language: not compared'), count(proof.newLanguage)],
      [t('The same tokens as before'), count(proof.unchanged)],
      [t('Changed, only by characters that have a piece of their own now'), count(proof.changedByNewCharacters)],
      [t('Changed otherwise'), count(proof.changed - proof.changedByNewCharacters)],
    ],
  };
}

function changedTable({ proof, files }: TextReport): Table[] {
  const { t } = vscode.l10n;
  if (proof.examples.length === 0) return [];
  const place = (file: string, line: number) =>
    files.length === 1 ? t('line {0}', line) : `${path.basename(file)}:${line}`;
  return [
    {
      caption: t('The first changed lines'),
      columns: [t('Place'), t('Text'), t('Base'), t('Merged')],
      rows: proof.examples.map(({ file, line, text, before, after }) => [
        place(file, line),
        text,
        before.join(' '),
        after.join(' '),
      ]),
    },
  ];
}

function unreachableTable({ unreachableBecause }: MergeReport): Table {
  const { t } = vscode.l10n;
  const reasons: Readonly<Record<string, string>> = {
    heldBack: t('Held back: of the base’s own language, they would change old texts'),
    normalizer: t('The base’s normaliser lets no text through that holds them'),
    noMerges: t('No chain of merges leads to them: strings on the way are no pieces'),
    outranked: t('Merges with higher scores take their characters first'),
    preTokenizer: t('The base cuts texts inside of them before it merges'),
  };
  return {
    caption: t('New pieces that no text reaches'),
    columns: [t('Why'), t('Count'), t('Pieces, and how their text is spelled')],
    rows: unreachableBecause.map(({ reason, count: n, pieces }) => {
      const shown = pieces
        .slice(0, shownExamples)
        .map(({ piece, spelled }) => (spelled === undefined ? piece : `${piece} = ${spelled.join(' ')}`));
      return [reasons[reason] ?? reason, count(n), shown.join(' · ') + (n > shown.length ? ' …' : '')];
    }),
  };
}

function scriptTable({ newPiecesByScript }: MergeReport): Table {
  const { t } = vscode.l10n;
  return {
    caption: t('New pieces by script'),
    columns: [t('Script'), t('Pieces'), t('Of one character'), t('Reached by texts')],
    rows: newPiecesByScript.map(({ script, pieces, singleCharacters, reachable }) => [
      scriptName(script),
      count(pieces),
      count(singleCharacters),
      count(reachable),
    ]),
  };
}

function kindTable({ newPieceKinds: kinds }: MergeReport): Table {
  const { t } = vscode.l10n;
  return {
    caption: t('New pieces by kind'),
    columns: [t('Type'), t('Count')],
    rows: [
      [t('A single character'), count(kinds.singleCharacter)],
      [t('Several characters'), count(kinds.severalCharacters)],
      [t('With digits'), count(kinds.withDigits)],
      [t('With Latin letters'), count(kinds.withLatin)],
    ],
  };
}

function loadableTable({ loadable }: MergeReport): Table {
  const { t } = vscode.l10n;
  const words = (fact: string, pieces: number, reason: string | undefined): string => {
    switch (fact) {
      case 'ties':
        return t('{0} new pieces share their score with another; libraries choose differently between them', count(pieces)); // prettier-ignore
      case 'userDefined':
        return t('{0} new pieces are user-defined; only SentencePiece reads them that way', count(pieces));
      case 'unused':
        return t('{0} new pieces are unused; only SentencePiece takes them apart again', count(pieces));
      case 'tokenizerJson':
        return t('Load tokenizer.json: made anew from tokenizer.model, {0} held-back pieces become special tokens', count(pieces)); // prettier-ignore
      case 'heldBack':
        return t('{0} held-back pieces are merged there; give them other names in the GGUF file, and the ids are the same', count(pieces)); // prettier-ignore
      default:
        return reason ?? fact;
    }
  };
  return {
    caption: t('Where it gives the same ids'),
    columns: [t('Library'), t('Same ids'), t('Why')],
    rows: loadable.map(({ library, sameIds, because }) => [
      library,
      sameIds ? t('yes') : t('no'),
      because.map(({ fact, pieces, reason }) => words(fact, pieces, reason)).join('; '),
    ]),
  };
}

function differenceTables({ rules, normalizerExamples, specialTokens }: MergeReport): Table[] {
  const { t } = vscode.l10n;
  const value = (v: string | boolean) => (typeof v === 'string' ? v : v ? t('yes') : t('no'));
  const quoted = (text: string) => `“${text}” ${codePoints(text)}`;
  const token = (special: SpecialToken | null) => (special === null ? '–' : `${special.piece} (${special.id})`);
  return [
    ...(rules.length === 0
      ? []
      : [
          {
            caption: t('Rules that differ: the base’s hold'),
            columns: [t('Rule'), t('Base'), t('Addition')],
            rows: rules.map(({ rule, base, addition }) => [rule, value(base), value(addition)]),
          },
        ]),
    ...(normalizerExamples.length === 0
      ? []
      : [
          {
            caption: t('What the two make of a text before encoding it'),
            columns: [t('Text'), t('Base'), t('Addition')],
            rows: normalizerExamples.map(({ text, base, addition }) => [quoted(text), quoted(base), quoted(addition)]),
          },
        ]),
    {
      caption: t('Special tokens: the base’s hold'),
      columns: [t('Role'), t('Base'), t('Addition')],
      rows: specialTokens.map(({ role, base, addition }) => [role, token(base), token(addition)]),
    },
  ];
}

function sizeTable({ roundedSizes }: MergeReport): Table {
  const { t } = vscode.l10n;
  return {
    caption: t('An embedding of a size that GPUs like'),
    columns: [t('A multiple of'), t('Rows'), t('Rows of padding')],
    rows: roundedSizes.map(({ multiple, size, padding }) => [count(multiple), count(size), count(padding)]),
  };
}

function scriptName(script: string): string {
  if (script === 'other') return vscode.l10n.t('digits, signs, spaces');
  return vocabularyLabels().scripts[script] ?? script;
}

/** What cannot be seen in a text can be read here. */
const codePoints = (text: string): string =>
  Array.from(text, (c) => `U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`).join(' ');

const change = (before: number, after: number): string =>
  before === 0
    ? '–'
    : `${after === before ? '' : after < before ? '−' : '+'}${percent(Math.abs(before - after) / before)}`;
