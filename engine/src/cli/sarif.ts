/** Lint results in SARIF 2.1.0 (OASIS, docs.oasis-open.org/sarif/sarif/v2.1.0), which code hosts show beside the lines. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Finding, fixTitle, messageOf, relatedWords, rules, type Severity } from '../lint/index.ts';
import { engineVersion } from '../version.ts';
import { type FileReport, Lines, type LintReport } from './lintReport.ts';

const levels = { error: 'error', warning: 'warning', information: 'note', hint: 'note' } as const satisfies Record<
  Severity,
  string
>;

/** One run. Regions count UTF-16 units; rules are listed whole, with their help. */
export function asSarif({ files }: LintReport): unknown {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bllossom',
            semanticVersion: engineVersion,
            rules: rules.map((rule) => ({
              id: rule.id,
              shortDescription: { text: rule.words.en.title },
              fullDescription: { text: rule.words.en.why },
              help: { text: rule.words.en.why, markdown: rule.words.en.why },
              defaultConfiguration: { level: levels[rule.severity], enabled: rule.preset === 'default' },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        artifacts: files.map(({ file }) => ({ location: { uri: uriOf(file) } })),
        results: files.flatMap((file, index) => resultsOf(file, index)),
      },
    ],
  };
}

/** Relative with `/`, as it was given; absolute paths as URIs. */
const uriOf = (file: string): string =>
  path.isAbsolute(file)
    ? pathToFileURL(file).href
    : file.split(path.sep).map(encodeURIComponent).join('/').replaceAll('%40', '@');

function resultsOf({ file, text, findings }: FileReport, index: number): unknown[] {
  const lines = new Lines(text);
  const artifactLocation = { uri: uriOf(file), index };
  const region = (start: number, end: number) => {
    const [from, to] = [lines.at(start), lines.at(end)];
    return { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column };
  };
  return findings.map((found: Finding) => ({
    ruleId: found.rule.id,
    ruleIndex: rules.indexOf(found.rule),
    level: levels[found.severity],
    message: { text: messageOf(found.rule, found, 'en') },
    locations: [{ physicalLocation: { artifactLocation, region: region(found.start, found.end) } }],
    ...(found.related === undefined
      ? {}
      : {
          relatedLocations: [
            {
              id: 1,
              message: { text: relatedWords(found.rule, 'en') },
              physicalLocation: { artifactLocation, region: region(found.related.start, found.related.end) },
            },
          ],
        }),
    ...(found.edits === undefined
      ? {}
      : {
          fixes: [
            {
              description: { text: fixTitle(found.rule, found, 'en') },
              artifactChanges: [
                {
                  artifactLocation,
                  replacements: found.edits.map((edit) => ({
                    deletedRegion: region(edit.start, edit.end),
                    insertedContent: { text: edit.text },
                  })),
                },
              ],
            },
          ],
        }),
    ...(found.saved === undefined ? {} : { properties: { tokensSaved: found.saved } }),
  }));
}
