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

export function rowName(id: number, context: string): string {
  // The question itself stands behind the solved examples.
  const question = context.slice(context.lastIndexOf('\n\n') + 1);
  const line = question.replaceAll(/\s+/g, ' ').trim();
  return `${count(id + 1)} · ${line.length > named ? `${line.slice(0, named)}…` : line}`;
}

/** What was wanted, what came, and what the model thought of each candidate. */
export function failure(row: EvaluationRows.Row, item: vscode.TestItem): vscode.TestMessage {
  const { candidates, gold, prediction } = row;
  const expected = row.goldText ?? candidates[gold]?.text.trim() ?? '';
  const actual = row.answer ?? candidates[prediction]?.text.trim() ?? '';
  const said = vscode.l10n.t('Expected {0}, predicted {1}', expected, actual);
  const message = candidates.length === 0 ? vscode.TestMessage.diff(said, expected, actual) : thoughts(said, row);
  if (item.uri !== undefined && item.range !== undefined) message.location = new vscode.Location(item.uri, item.range);
  return message;
}

function thoughts(said: string, { candidates, gold, prediction }: EvaluationRows.Row): vscode.TestMessage {
  const text = new vscode.MarkdownString();
  text.appendText(said).appendMarkdown('\n\n');
  const head = [vscode.l10n.t('Candidate'), vscode.l10n.t('Log-likelihood'), ''];
  text.appendMarkdown(`| ${head.join(' | ')} |\n|---|---:|---|\n`);
  for (const [i, candidate] of candidates.entries()) {
    const marks = [
      ...(i === gold ? [vscode.l10n.t('Expected')] : []),
      ...(i === prediction ? [vscode.l10n.t('Predicted')] : []),
    ];
    text.appendMarkdown('| ').appendText(candidate.text.trim().replaceAll('\n', ' ').replaceAll('|', '∣'));
    text.appendMarkdown(` | ${candidate.logLikelihood.toFixed(4)} | ${marks.join(', ')} |\n`);
  }
  return new vscode.TestMessage(text);
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
