/** How the report page tells what the engine answers to `vocab train --json`. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { VocabTrainAnswer } from '../../server/src/protocol.ts';
import { count, percent } from './figures.ts';
import { fill } from './plural.ts';
import type { Report } from './report.ts';

/** `file` and `texts` as they are shown. */
export function trainVocabularyReport(report: VocabTrainAnswer, file: string, texts: readonly string[]): Report {
  const { characters, tokens, forgotten, broken } = report;
  const rows = [
    [vscode.l10n.t('Pieces'), count(report.size)],
    [vscode.l10n.t('Single characters among them'), count(report.alphabet)],
    [vscode.l10n.t('Share of the text that they cover'), percent(report.covered, 2)],
    [vscode.l10n.t('Lines'), count(report.lines)],
    [vscode.l10n.t('Different words'), count(report.distinctWords)],
    [vscode.l10n.t('Characters'), count(characters)],
    [vscode.l10n.t('Tokens'), count(tokens)],
    [vscode.l10n.t('Tokens per character'), (tokens / characters).toFixed(3)],
  ];
  return {
    title: vscode.l10n.t('Trained Vocabulary'),
    paragraphs: [
      vscode.l10n.t('{0}: {1} pieces ({2}). The text costs {3} tokens.', path.basename(file), count(report.size), report.type, count(tokens)), // prettier-ignore
      vscode.l10n.t('Written to {0}.', file),
      ...(forgotten.words === 0
        ? []
        : [
            vscode.l10n.t(
              'The text has too many different words: {0} rare ones were left out, {1} occurrences.',
              count(forgotten.words),
              count(forgotten.occurrences),
            ),
          ]),
      ...(broken === 0
        ? []
        : [fill(vscode.l10n.t('{0} {0|place of the text is|places of the text are} not valid UTF-8.'), count(broken))]),
    ],
    tables: [{ caption: texts.join(', '), columns: ['', vscode.l10n.t('Count')], rows }],
    actions: [
      { id: 'use', label: vscode.l10n.t('Use It for This Workspace') },
      { id: 'merge', label: vscode.l10n.t('Merge It into Another…') },
    ],
  };
}
