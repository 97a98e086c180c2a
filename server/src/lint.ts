/** Lint as diagnostics: what in an open document costs tokens for nothing, by the rules that are on for it. */
import { DiagnosticSeverity } from 'vscode-languageserver/node';
import type { Diagnostic, InitializeParams } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  documentationOf,
  type Finding,
  type Language,
  messageOf,
  parseConfig,
  relatedWords,
  type Severity,
} from '../../engine/src/lint/index.ts';
import type { Context } from './context.ts';
import type { ChosenWindow } from './contextBudget.ts';
import { registerLintActions } from './lintActions.ts';
import { LintDocuments } from './lintDocuments.ts';
import { isLintConfig, type LintSettings } from './lintSettings.ts';
import { type LintData, LintRules } from './protocol.ts';
import { toDiagnostic } from './runSpec.ts';

/** What a diagnostic of the linter says it is from. */
export const source = 'bllossom';

interface Parts {
  readonly chosen: ChosenWindow;
  readonly settings: LintSettings;
}

export function registerLint(context: Context, { capabilities }: InitializeParams, { chosen, settings }: Parts): void {
  const { connection, diagnostics, documents, language, tokenizers, watch } = context;
  const linted = new LintDocuments(context, settings);

  diagnostics.add(async (uri, token) => {
    if (isLintConfig(uri)) return configDiagnostics(uri);
    const found = await linted.get(uri, token);
    if (found === undefined) return [];
    return found.findings.map((finding) => diagnosticOf(finding, found.document.text, language));
  });
  const configDiagnostics = (uri: string): Diagnostic[] => {
    const parsed = parseConfig(documents.get(uri)?.text.getText() ?? '{}', uri, language);
    return parsed.ok ? [] : [toDiagnostic(parsed.problem, language)];
  };

  const stale = () => {
    settings.changed();
    diagnostics.stale();
  };
  // Told of other settings too, which may choose another tokenizer.
  tokenizers.onChange(stale);
  chosen.onChange(stale);
  watch.onFiles((files) => {
    if (files.some((file) => isLintConfig(file.replaceAll('\\', '/')))) stale();
  });

  connection.onRequest(LintRules.type, () => documentationOf(language));
  registerLintActions(context, { linted, language, capabilities });
}

export const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
} as const satisfies Record<Severity, DiagnosticSeverity>;

/** A command of the client's opens the rule's page: it is there wherever the extension is. */
export const pageOf = (id: string): string =>
  `command:bllossom.showLintRule?${encodeURIComponent(JSON.stringify([id]))}`;

function diagnosticOf(finding: Finding, text: TextDocument, language: Language): Diagnostic {
  const { rule, severity, start, end, saved, tokens, related } = finding;
  const rangeOf = (place: { readonly start: number; readonly end: number }) => ({
    start: text.positionAt(place.start),
    end: text.positionAt(place.end),
  });
  const data: LintData = {
    ...(saved === undefined ? {} : { saved }),
    ...(tokens === undefined ? {} : { tokens }),
  };
  return {
    range: rangeOf({ start, end }),
    severity: severities[severity],
    source,
    code: rule.id,
    codeDescription: { href: pageOf(rule.id) },
    message: messageOf(rule, finding, language),
    ...(related === undefined
      ? {}
      : {
          relatedInformation: [
            { location: { uri: text.uri, range: rangeOf(related) }, message: relatedWords(rule, language) },
          ],
        }),
    data,
  };
}
