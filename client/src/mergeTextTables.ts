/** What a merge does to texts, as tables: tokens by script, and whether old text is unchanged. */
import path from 'node:path';
import * as vscode from 'vscode';
import { count, percent } from './figures.ts';
import type { TextReport } from '../../server/src/protocol.ts';
import { readable } from './paths.ts';
import type { Table } from './report.ts';
import { vocabularyLabels } from './vocabularyLabels.ts';

export function costTable({ byScript, ...text }: TextReport): Table {
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

export function proofTable({ proof }: TextReport): Table {
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

export function changedTable({ proof, files }: TextReport): Table[] {
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

/** A script's name for people. */
export function scriptName(script: string): string {
  if (script === 'other') return vscode.l10n.t('digits, signs, spaces');
  return vocabularyLabels().scripts[script] ?? script;
}

const change = (before: number, after: number): string =>
  before === 0
    ? '–'
    : `${after === before ? '' : after < before ? '−' : '+'}${percent(Math.abs(before - after) / before)}`;
