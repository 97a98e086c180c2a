/** Run specs (`*.run.json`) in the editor: their problems as squiggles, and `▶ Run` above them. What trains is the client's lens. */
import { DiagnosticSeverity } from 'vscode-languageserver/node';
import type { CodeLens, Diagnostic } from 'vscode-languageserver/node';
import type { Problem } from '../../engine/src/base/problem.ts';
import type { Language } from '../../engine/src/lint/index.ts';
import { percentOf } from '../../engine/src/model/index.ts';
import { parseSpec } from '../../engine/src/runs/spec.ts';
import { checkFiles } from './checkedFiles.ts';
import type { Context } from './context.ts';
import { problemIn } from './problemWords.ts';
import { SpecTrains } from './protocol.ts';
import { SpecMemories } from './specMemory.ts';
import { uriToPath } from './uris.ts';
import { wordsOf } from './words.ts';

const isSpec = (uri: string): boolean => uri.endsWith('.run.json');

export function registerRunSpec(context: Context): void {
  const { connection, documents, language } = context;
  const memories = new SpecMemories(context);

  const check = (uri: string) => {
    const document = documents.get(uri);
    if (document === undefined) return;
    const text = document.text.getText();
    const file = uriToPath(uri) ?? uri;
    const parsed = parseSpec(text, file);
    const tell = () => {
      const complaint = parsed.spec === undefined ? undefined : memories.complaint(uri);
      const { memoryAt } = parsed;
      void connection.sendDiagnostics({
        uri,
        version: document.version,
        diagnostics: [
          ...parsed.problems.map((problem) => toDiagnostic(problem, language)),
          ...(complaint === undefined || memoryAt === undefined
            ? []
            : [toDiagnostic({ ...complaint, where: memoryAt }, language, complaint.isError)]),
        ],
      });
    };
    tell();
    const { version } = document;
    memories
      .ask(uri, file, text, parsed, () => {
        if (documents.get(uri)?.version === version) tell();
      })
      .catch(() => memories.forget(uri)); // settings cannot be asked any more: the editor has gone
  };
  const again = checkFiles(context, isSpec, check);

  documents.onClose((uri) => {
    if (isSpec(uri)) memories.forget(uri);
  });
  // What a spec names may have come or gone.
  context.watch.onFiles(() => {
    for (const document of documents.all()) again(document.uri);
  });
  connection.onDidSaveTextDocument(({ textDocument }) => again(textDocument.uri, 0));

  connection.onRequest(SpecTrains.type, ({ uri }) => {
    const document = documents.get(uri);
    const trains =
      document === undefined ? undefined : parseSpec(document.text.getText(), uriToPath(uri) ?? uri).trains;
    if (trains === undefined) return null;
    const { trained, all, groups } = trains;
    return { trained, all, percent: percentOf(trains), groups };
  });

  context.lenses.add(({ uri, text }): CodeLens[] => {
    if (!isSpec(uri)) return [];
    const lines = text.getText().split('\n');
    // Above the spec's first words; comments may go before it.
    const start = {
      line: Math.max(
        0,
        lines.findIndex((line) => /^\s*\{?\s*"kind"\s*:/.test(line)),
      ),
      character: 0,
    };
    return [
      {
        range: { start, end: start },
        command: { title: wordsOf(context.language).run, command: 'bllossom.startRun', arguments: [uri] },
      },
    ];
  });
}

/** A problem at its place, in the editor's language as far as it is known there. */
export function toDiagnostic(told: Problem, language: Language, isError = true): Diagnostic {
  const problem = problemIn(language, told);
  const line = (problem.where?.line ?? 1) - 1;
  const character = (problem.where?.column ?? 1) - 1;
  const remedy = problem.remedy === undefined ? '' : ` ${problem.remedy}`;
  return {
    range: { start: { line, character }, end: { line, character: character + (problem.where?.length ?? 1) } },
    severity: isError ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    source: 'bllossom',
    message: `${problem.what}.${remedy}`,
  };
}
