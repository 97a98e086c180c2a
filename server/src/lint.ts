/** Lint as LSP pull diagnostics: what in an open document costs tokens for nothing, told when asked, the same answer never twice. */
import {
  DiagnosticSeverity,
  DocumentDiagnosticReportKind,
  MessageType,
  ShowMessageNotification,
} from 'vscode-languageserver/node';
import type {
  Diagnostic,
  DiagnosticOptions,
  DocumentDiagnosticReport,
  InitializeParams,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { problemLine } from '../../engine/src/base/problem.ts';
import {
  documentationOf,
  type Finding,
  type Language,
  languages,
  messageOf,
  parseConfig,
  relatedWords,
  type Severity,
} from '../../engine/src/lint/index.ts';
import type { Context } from './context.ts';
import type { Instructions } from './instructions.ts';
import { cancelled } from './failure.ts';
import { registerLintActions } from './lintActions.ts';
import { LintDocuments } from './lintDocuments.ts';
import { isLintConfig, LintSettings } from './lintSettings.ts';
import { type LintData, LintRules } from './protocol.ts';
import { toDiagnostic } from './runSpec.ts';

/** What a diagnostic of the linter says it is from. */
export const source = 'bllossom';

export const lintDiagnostics: DiagnosticOptions = {
  identifier: 'bllossom.lint',
  interFileDependencies: false,
  workspaceDiagnostics: false,
};

/** Changes on disk come in bursts. */
const refreshMs = 50;

export function registerLint(
  context: Context,
  { locale, capabilities }: InitializeParams,
  instructions: Instructions,
): void {
  const { connection, documents, tokenizers, watch } = context;
  const language = languages.find((name) => locale?.toLowerCase().startsWith(name) === true) ?? 'en';
  const settings = new LintSettings(context, (problem) => {
    const message = problemLine(problem);
    void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message });
  });
  const linted = new LintDocuments(context, settings);
  /** The answer last given, by document. */
  const answers = new Map<string, { readonly id: string; readonly items: string }>();
  let answered = 0;

  connection.languages.diagnostics.on(
    async ({ textDocument: { uri }, previousResultId }, token): Promise<DocumentDiagnosticReport> => {
      const items = isLintConfig(uri)
        ? configDiagnostics(uri)
        : (await Promise.all([itemsOf(), instructions.diagnostics(uri, token)])).flat();
      // An answer that nobody waits for any more.
      if (token.isCancellationRequested) throw cancelled();
      if (documents.get(uri) === undefined) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
      const written = JSON.stringify(items);
      let last = answers.get(uri);
      if (last?.items !== written) answers.set(uri, (last = { id: String(++answered), items: written }));
      return last.id === previousResultId
        ? { kind: DocumentDiagnosticReportKind.Unchanged, resultId: last.id }
        : { kind: DocumentDiagnosticReportKind.Full, resultId: last.id, items };

      async function itemsOf(): Promise<Diagnostic[]> {
        const found = await linted.get(uri, token);
        if (found === undefined) return [];
        return found.findings.map((finding) => diagnosticOf(finding, found.document.text, language));
      }
    },
  );

  const configDiagnostics = (uri: string): Diagnostic[] => {
    const parsed = parseConfig(documents.get(uri)?.text.getText() ?? '{}', uri);
    return parsed.ok ? [] : [toDiagnostic(parsed.problem)];
  };
  documents.onClose((uri) => void answers.delete(uri));

  let refresh: NodeJS.Timeout | undefined;
  const refreshes = capabilities.workspace?.diagnostics?.refreshSupport === true;
  const stale = () => {
    settings.changed();
    if (!refreshes) return;
    refresh ??= setTimeout(() => {
      refresh = undefined;
      // Refused by an editor that is closing.
      connection.languages.diagnostics.refresh().catch(() => undefined);
    }, refreshMs);
  };
  // Told of other settings too, which may choose another tokenizer.
  tokenizers.onChange(stale);
  watch.onFiles((files) => {
    if (files.some((file) => isLintConfig(file.replaceAll('\\', '/')))) stale();
  });
  context.onShutdown(() => clearTimeout(refresh));

  connection.onRequest(LintRules.type, () => documentationOf(language));
  registerLintActions(context, { linted, language, capabilities });
}

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
} as const satisfies Record<Severity, DiagnosticSeverity>;

/** A command of the client's opens the rule's page: it is there wherever the extension is. */
const pageOf = (id: string): string => `command:bllossom.showLintRule?${encodeURIComponent(JSON.stringify([id]))}`;

export function diagnosticOf(finding: Finding, text: TextDocument, language: Language): Diagnostic {
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
