/** What the Test Explorer says of a task and of a row: names, and what failed with what the model thought of each candidate. */
import * as vscode from 'vscode';
import type { EvaluationInfo, EvaluationRows } from '../../server/src/protocol.ts';
import { count, figure } from './figures.ts';

/** Characters of a row's name. */
const named = 90;

/** `acc 0.47 · base-2026-11-20`. */
export function describe({ name, results, conditions }: EvaluationInfo, task: string): string {
  const headline = conditions?.[task]?.headline ?? 'acc';
  const value = results[task]?.[headline];
  return [...(value === undefined ? [] : [`${headline} ${figure(value)}`]), name].join(' · ');
}

export function rowName({ id, context }: EvaluationRows.Row): string {
  const line = context.replaceAll(/\s+/g, ' ').trim();
  return `${count(id + 1)} · ${line.length > named ? `${line.slice(0, named)}…` : line}`;
}

/** Rows alone mean the first rows up to the last of them; anything wider, all rows. */
export function limitOf(rows: readonly (EvaluationRows.Row | undefined)[]): number | undefined {
  const ids = rows.map((row) => row?.id ?? Infinity);
  const last = Math.max(...ids);
  return Number.isFinite(last) ? last + 1 : undefined;
}

/** What was wanted, what came, and what the model thought of each candidate. */
export function failure(row: EvaluationRows.Row, item: vscode.TestItem): vscode.TestMessage {
  const { candidates, gold, prediction } = row;
  const expected = row.goldText ?? candidates[gold]?.text.trim() ?? '';
  const actual = row.answer ?? candidates[prediction]?.text.trim() ?? '';
  const thoughts = candidates.map(({ text, logLikelihood }, i) => {
    const marks = [
      ...(i === gold ? [vscode.l10n.t('Expected')] : []),
      ...(i === prediction ? [vscode.l10n.t('Predicted')] : []),
    ];
    return `${logLikelihood.toFixed(4).padStart(12)}  ${text.trim()}${marks.length === 0 ? '' : `  ← ${marks.join(', ')}`}`;
  });
  const lines = [
    vscode.l10n.t('Expected {0}, predicted {1}', expected, actual),
    ...(thoughts.length === 0 ? [] : [vscode.l10n.t('Log-likelihoods:'), ...thoughts]),
  ];
  const message = vscode.TestMessage.diff(lines.join('\n'), expected, actual);
  if (item.uri !== undefined && item.range !== undefined) message.location = new vscode.Location(item.uri, item.range);
  return message;
}

/** A line into a run's output. */
export const say = (run: vscode.TestRun, text: string): void => run.appendOutput(`${text}\r\n`);

/** Cancelled once one of them is. */
export function anyOf(...tokens: readonly vscode.CancellationToken[]): vscode.CancellationToken {
  const source = new vscode.CancellationTokenSource();
  for (const token of tokens) {
    if (token.isCancellationRequested) source.cancel();
    token.onCancellationRequested(() => source.cancel());
  }
  return source.token;
}
