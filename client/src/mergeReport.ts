/** The report of a merge as a page: what the engine found, in words and tables. */
import path from 'node:path';
import * as vscode from 'vscode';
import { count, percent } from './figures.ts';
import type { MergeReportFile as MergeReport, SpecialToken } from '../../server/src/protocol.ts';
import { changedTable, costTable, proofTable, scriptName } from './mergeTextTables.ts';
import { readable } from './paths.ts';
import { fill } from './plural.ts';
import type { Report, Table } from './report.ts';

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
      told.push(fill(t('Old text is unchanged: all {0} {0|line without the new language has|lines without the new language have} the same tokens as before.'), count(old))); // prettier-ignore
    else if (old > 0)
      told.push(fill(t('Old text changed: {0} of {1} {1|line|lines} without the new language {0|has|have} other tokens than before.'), count(changed), count(old))); // prettier-ignore
  }
  if (intermediates > 0)
    told.push(
      fill(
        t(
          '{0} intermediate {0|piece, of neither vocabulary, stands|pieces, of neither vocabulary, stand} behind the new ones.',
        ),
        count(intermediates),
      ),
    );
  if (unreachable.length > 0)
    told.push(t('The embedding rows of pieces that no text reaches never train. They keep their ids, so that the vocabulary has its published size.')); // prettier-ignore
  if (!tokenizerJson.written) told.push(t('No tokenizer.json was written: {0}.', tokenizerJson.reason));
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
        return fill(t('{0} new {0|piece shares its|pieces share their} score with another; libraries choose differently between them'), count(pieces)); // prettier-ignore
      case 'userDefined':
        return fill(
          t('{0} new {0|piece is|pieces are} user-defined; only SentencePiece reads {0|it|them} that way'),
          count(pieces),
        );
      case 'unused':
        return fill(
          t('{0} new {0|piece is|pieces are} unused; only SentencePiece takes {0|it|them} apart again'),
          count(pieces),
        );
      case 'tokenizerJson':
        return fill(t('Load tokenizer.json: made anew from tokenizer.model, {0} held-back {0|piece becomes a special token|pieces become special tokens}'), count(pieces)); // prettier-ignore
      case 'heldBack':
        return fill(t('{0} held-back {0|piece is merged there; give it another name|pieces are merged there; give them other names} in the GGUF file, and the ids are the same'), count(pieces)); // prettier-ignore
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
  const token = (special: SpecialToken['base']) => (special === null ? '–' : `${special.piece} (${special.id})`);
  return [
    ...(rules.length === 0
      ? []
      : [
          {
            caption: t('Rules that differ: the base’s hold'),
            columns: [t('Rule'), t('Base'), t('Addition')],
            rows: rules.map(({ rule, base, addition }) => [ruleName(rule), value(base), value(addition)]),
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
      rows: specialTokens.map(({ role, base, addition }) => [roleName(role), token(base), token(addition)]),
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

/** A rule in words, by the name it has in the tokenizer's file. */
function ruleName(rule: string): string {
  const { t } = vscode.l10n;
  const names: Readonly<Record<string, string>> = {
    model_type: t('Algorithm'),
    'normalizer.name': t('Normaliser'),
    add_dummy_prefix: t('Dummy prefix'),
    remove_extra_whitespaces: t('Removes extra spaces'),
    escape_whitespaces: t('Writes spaces as ▁'),
    treat_whitespace_as_suffix: t('▁ ends a word'),
    byte_fallback: t('Byte fallback'),
  };
  return names[rule] ?? rule;
}

function roleName(role: SpecialToken['role']): string {
  const { t } = vscode.l10n;
  return { unk: t('Unknown'), bos: t('Begin of text (BOS)'), eos: t('End of text (EOS)'), pad: t('Padding') }[role];
}

/** What cannot be seen in a text can be read here. */
const codePoints = (text: string): string =>
  Array.from(text, (c) => `U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`).join(' ');
