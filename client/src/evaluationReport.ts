/** The results of an evaluation as a report: a row a task, a column a metric. */
import * as vscode from 'vscode';
import type { EvaluationInfo } from '../../server/src/protocol.ts';
import { count, figure } from './figures.ts';
import { readable } from './paths.ts';
import type { Report } from './report.ts';

export function evaluationReport({ name, model, results, at, path: file }: EvaluationInfo): Report {
  const metrics = [...new Set(Object.values(results).flatMap((values) => Object.keys(values)))].filter(
    (m) => m !== 'n',
  );
  const rows = Object.entries(results).map(([task, values]) => [
    task,
    ...metrics.map((metric) => figure(values[metric])),
    values['n'] === undefined ? '–' : count(values['n']),
  ]);
  return {
    title: vscode.l10n.t('Evaluation {0}', name),
    paragraphs: [
      vscode.l10n.t('Model: {0}', readable(model)),
      ...(at === undefined ? [] : [new Date(at).toLocaleString(vscode.env.language)]),
    ],
    tables: [
      {
        caption: vscode.l10n.t('Results'),
        columns: [vscode.l10n.t('Task'), ...metrics, vscode.l10n.t('Rows')],
        rows,
      },
    ],
    actions: [{ id: 'open', label: vscode.l10n.t('Open {0}', readable(file)) }],
  };
}
