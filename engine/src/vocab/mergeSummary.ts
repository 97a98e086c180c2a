/** A merge report in plain words, for a terminal. */
import { plural } from '../base/plural.ts';
import type { LoadingFact } from './loadable.ts';
import type { MergeReport, UnreachableGroup } from './mergeReport.ts';
import type { TextReport } from './textReport.ts';
import type { Cost } from './textCosts.ts';
import type { UnreachableReason } from './unreachable.ts';

const reasons: Readonly<Record<UnreachableReason, string>> = {
  heldBack: "held back: of the base's own language, they would change old texts",
  normalizer: "the base's normaliser lets no text through that holds them",
  noMerges: 'no chain of merges leads to them: strings on the way are no pieces',
  outranked: 'merges with higher scores take their characters first',
  preTokenizer: 'the base cuts texts inside of them before it merges',
};

const facts: Readonly<Record<LoadingFact['fact'], (fact: LoadingFact) => string>> = {
  ties: ({ pieces }) =>
    `${plural(pieces, 'new piece')} with the score of another, and libraries choose differently between them`,
  userDefined: ({ pieces }) => `${plural(pieces, 'new piece')} user-defined, which only SentencePiece reads that way`,
  unused: ({ pieces }) => `${plural(pieces, 'new piece')} unused, which only SentencePiece takes apart again`,
  refused: ({ reason }) => reason ?? '',
  tokenizerJson: ({ pieces }) =>
    `load tokenizer.json: made anew from tokenizer.model, ${plural(pieces, 'held-back piece')} as special tokens`,
  heldBack: ({ pieces }) =>
    `merged there: ${plural(pieces, 'held-back piece')}; the same ids where the GGUF file gives names that no text holds`,
};

export function mergeSummary(report: MergeReport, text: TextReport | undefined): string[] {
  const { base, added, shared, union, intermediates, reachable } = report;
  const more = intermediates === 0 ? '' : ` + ${intermediates} intermediate`;
  return [
    `${union} pieces = ${base} + ${added} new${more}; ${shared} were there already`,
    `${reachable} of the new pieces are produced, ${report.unreachable.length} are not`,
    ...report.unreachableBecause.map((group) => `  ${group.count}: ${reasons[group.reason]}${examples(group)}`),
    `new pieces by script: ${report.newPiecesByScript.map((row) => `${row.script} ${row.pieces}`).join(', ')}`,
    ...ruleLines(report),
    ...(report.tokenizerJson.written ? [] : [report.tokenizerJson.reason]),
    ...report.loadable.map(
      ({ library, sameIds, because }) =>
        `${library}: ${sameIds ? 'the same ids' : 'other ids'}${because.map((b) => `; ${facts[b.fact](b)}`).join('')}`,
    ),
    `an embedding of a multiple: ${report.roundedSizes.map((r) => `${r.multiple} · ${r.size / r.multiple} = ${r.size} (${plural(r.padding, 'row')} of padding)`).join(', ')}`,
    ...(text === undefined ? [] : textLines(text)),
  ];
}

function examples({ pieces }: UnreachableGroup): string {
  const shown = pieces.slice(0, 3).map(({ piece, spelled }) => piece + (spelled === undefined ? '' : ` = ${spelled.join(' ')}`)); // prettier-ignore
  return ` (${shown.join(', ')}${pieces.length > shown.length ? ', …' : ''})`;
}

function ruleLines({ rules, specialTokens, skipped }: MergeReport): string[] {
  const lost = specialTokens
    .filter((token) => token.addition !== null && token.addition.piece !== token.base?.piece)
    .map(({ role, addition }) => `${role} ${addition!.piece}`);
  return [
    ...rules.map(
      ({ rule, base, addition }) => `${rule}: ${String(base)} as in the base; the addition has ${String(addition)}`,
    ),
    ...(lost.length === 0 ? [] : [`special tokens of the addition that are not taken over: ${lost.join(', ')}`]),
    ...(skipped.length === 0 ? [] : [`special pieces of the addition left out: ${skipped.join(' ')}`]),
  ];
}

function textLines(text: TextReport): string[] {
  const { proof } = text;
  const compared = proof.lines - proof.newLanguage;
  const byCharacters =
    proof.changedByNewCharacters === 0
      ? ''
      : ` (${proof.changedByNewCharacters} only by characters that have a piece of their own now)`;
  return [
    `the text: ${text.tokensBefore} tokens before, ${text.tokensAfter} after (${text.percent} % saved)`,
    ...text.byScript.map(
      ({ script, before, after }) =>
        `  ${script}: ${before.tokens} → ${after.tokens} tokens${each('a letter', before, after, 'perLetter')}${each('a word', before, after, 'perWord')}, bytes ${percent(before.bytesShare)} → ${percent(after.bytesShare)}`,
    ),
    `lines without a mark of the new language: ${compared}, of which ${proof.changed} changed${byCharacters}`,
    ...proof.examples
      .slice(0, 5)
      .map(({ file, line, before, after }) => `  ${file}, line ${line}: ${before.join(' ')} → ${after.join(' ')}`),
  ];
}

function each(unit: string, before: Cost, after: Cost, name: 'perLetter' | 'perWord'): string {
  const [a, b] = [before[name], after[name]];
  return a === null || b === null ? '' : `, ${a.toFixed(2)} → ${b.toFixed(2)} ${unit}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
