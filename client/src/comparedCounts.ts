/** Each count beside that of a second tokenizer (`bllossom.compareTokenizer`), and of the English text that stands beside it. */
import path from 'node:path';
import * as vscode from 'vscode';
import { ComparedCounts, TranslationCounts } from '../../server/src/protocol.ts';
import type { TokenCounts } from '../../server/src/protocol.ts';
import { change, count } from './figures.ts';
import { fill } from './plural.ts';
import { problemLine } from './problemLines.ts';
import type { Workbench } from './workbench.ts';

export interface ComparedCountsFeature {
  /** By `uri.toString()`. */
  get(uri: string): ComparedCounts.Params | undefined;
  /** What there is to say beside a count, for people. */
  lines(counts: TokenCounts.Params): readonly string[];
  /** Fires with the uri of the document. */
  readonly onCompared: vscode.Event<string>;
}

export function registerComparedCounts({ extension, server }: Workbench): ComparedCountsFeature {
  const counts = new Map<string, ComparedCounts.Params>();
  const translations = new Map<string, TranslationCounts.Params>();
  const compared = new vscode.EventEmitter<string>();
  extension.subscriptions.push(
    compared,
    server.on(ComparedCounts.type, (params) => {
      counts.set(params.uri, params);
      compared.fire(params.uri);
    }),
    server.on(TranslationCounts.type, (params) => {
      translations.set(params.uri, params);
      compared.fire(params.uri);
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      counts.delete(uri.toString());
      translations.delete(uri.toString());
    }),
  );
  const lines = ({ uri, tokens, version }: TokenCounts.Params): string[] => {
    const { compared: beside, problem, version: of } = counts.get(uri) ?? {};
    const { english } = translations.get(uri) ?? {};
    return [
      ...(beside === undefined || of !== version
        ? []
        : [
            fill(
              vscode.l10n.t('{0} → {1} {1|token|tokens} with {2}, {3}'),
              count(tokens),
              count(beside.tokens),
              beside.tokenizer.name,
              change(tokens, beside.tokens),
            ),
          ]),
      ...(problem === undefined ? [] : [vscode.l10n.t('Nothing to compare with: {0}', problemLine(problem))]),
      ...(english === undefined || english.tokens === 0
        ? []
        : [
            fill(
              vscode.l10n.t('{0} times the {1} {1|token|tokens} of the English text, {2}'),
              (tokens / english.tokens).toFixed(2),
              count(english.tokens),
              path.basename(english.file),
            ),
          ]),
    ];
  };
  return { get: (uri) => counts.get(uri), lines, onCompared: compared.event };
}
