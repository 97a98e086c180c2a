/** The report of an expansion as a page: how new rows started, how long rows are, what was written and what stayed behind. */
import path from 'node:path';
import * as vscode from 'vscode';
import { count, figure } from './figures.ts';
import { readable } from './paths.ts';
import { fill } from './plural.ts';
import type { Report, Table } from './report.ts';

interface Lengths {
  readonly rows: number;
  readonly mean: number;
  readonly std: number;
}

/** What the engine answers to `vocab expand --json`. */
export interface ExpandReport {
  readonly oldSize: number;
  readonly newSize: number;
  readonly added: number;
  readonly unreachable: number;
  readonly padding: number;
  readonly init: string;
  readonly starts: Readonly<Record<string, number>>;
  readonly parallel?: {
    readonly fresh: string;
    readonly old: string;
    readonly pairs: number;
    readonly skipped: number;
  };
  readonly norms: Readonly<Record<string, { readonly old: Lengths; readonly new: Lengths }>>;
  readonly bytes: number;
  readonly shards: number;
  readonly files: {
    readonly written: readonly string[];
    readonly leftOut: readonly { readonly file: string; readonly reason: string; readonly detail?: string }[];
  };
  readonly cleared: readonly string[];
  readonly out: string;
}

export function expandReport(report: ExpandReport): Report {
  const { oldSize, newSize, unreachable, padding, parallel, files, cleared, out } = report;
  return {
    title: vscode.l10n.t('Expanded Model'),
    paragraphs: [
      vscode.l10n.t('Expanded from {0} to {1} pieces: {2}.', count(oldSize), count(newSize), readable(out)),
      ...(parallel === undefined
        ? []
        : [
            vscode.l10n.t(
              'Learnt from {0} aligned texts ({1} and {2}); {3} were left out as too long or too many.',
              ...[count(parallel.pairs), short(parallel.fresh), short(parallel.old), count(parallel.skipped)],
            ),
          ]),
      ...(unreachable === 0
        ? []
        : [
            fill(
              vscode.l10n.t(
                '{0} new {0|piece is reached by no text: its row starts like the others and never trains|pieces are reached by no text: their rows start like the others and never train}.',
              ),
              count(unreachable),
            ),
          ]),
      ...(padding === 0
        ? []
        : [
            fill(
              vscode.l10n.t(
                '{0} {0|row without a piece fills the tables up; it is|rows without a piece fill the tables up; they are} never generated.',
              ),
              count(padding),
            ),
          ]),
      ...(cleared.length === 0
        ? []
        : [
            vscode.l10n.t('What an interrupted expansion had left was removed: {0}.', cleared.map(readable).join(', ')),
          ]),
      vscode.l10n.t('Written: {0}.', files.written.join(', ')),
    ],
    tables: [startsTable(report), lengthsTable(report), ...(files.leftOut.length === 0 ? [] : [leftOutTable(report)])],
    actions: [
      { id: 'copyPath', label: vscode.l10n.t('Copy Path') },
      { id: 'reveal', label: vscode.l10n.t('Show in Explorer') },
    ],
  };
}

/** A JSON field's name, or a file's. */
const short = (field: string): string => path.basename(field);

const startsTable = ({ starts }: ExpandReport): Table => ({
  caption: vscode.l10n.t('How new rows started'),
  columns: [vscode.l10n.t('Method'), vscode.l10n.t('Rows')],
  rows: Object.entries(starts).map(([init, rows]) => [init, count(rows)]),
});

const lengthsTable = ({ norms }: ExpandReport): Table => ({
  caption: vscode.l10n.t('Lengths of rows (mean ± standard deviation)'),
  columns: [vscode.l10n.t('Table'), vscode.l10n.t('Old pieces'), vscode.l10n.t('New pieces')],
  rows: Object.entries(norms).map(([table, figures]) => [table, length(figures.old), length(figures.new)]),
});

const length = ({ mean, std }: Lengths): string => `${figure(mean)} ± ${figure(std)}`;

const leftOutTable = ({ files }: ExpandReport): Table => ({
  caption: vscode.l10n.t('Left out'),
  columns: [vscode.l10n.t('File'), vscode.l10n.t('Reason')],
  rows: files.leftOut.map(({ file, reason, detail = '' }) => [file, why(reason, detail)]),
});

function why(reason: string, detail: string): string {
  switch (reason) {
    case 'vocabulary':
      return vscode.l10n.t('It has the old vocabulary.');
    case 'inexact':
      return vscode.l10n.t('Of the new vocabulary no such file gives the same ids: {0}', detail);
    case 'weights':
      return vscode.l10n.t('It holds the old weights.');
    case 'taken':
      return vscode.l10n.t('Only its token {0}: a new piece has its id now.', detail);
    case 'broken':
      return vscode.l10n.t('It cannot be read.');
    default:
      return vscode.l10n.t('It may speak of the model as it was.');
  }
}
