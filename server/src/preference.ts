/**
 * Comparisons by preference: `ListPreferences` reads those of the workspace, `ReadPreference` and `ExportPreference` tell what came of
 * one. Making answers, blind verdicts and judges have files of their own.
 */
import {
  englishWords,
  preferenceCsv,
  preferenceJson,
  preferenceSvg,
  readComparison,
  resultSteps,
} from '../../engine/src/preference/index.ts';
import type { ComparisonData, ComparisonResult, SvgWords } from '../../engine/src/preference/index.ts';
import type { Context } from './context.ts';
import { answer, cancelled, signalOf } from './failure.ts';
import * as shapes from './params.ts';
import { registerAnnotation } from './preferenceAnnotation.ts';
import { registerPreferenceJudge } from './preferenceJudge.ts';
import { hiddenFrom } from './preferenceBlind.ts';
import { preferenceInfo } from './preferenceInfo.ts';
import { registerPreferenceMake } from './preferenceMake.ts';
import { preferenceReport } from './preferenceReport.ts';
import { ExportPreference, ListPreferences, ReadPreference } from './protocol.ts';

export function registerPreference(context: Context): void {
  const { connection, slices, workspace } = context;
  registerAnnotation(context);
  registerPreferenceJudge(context);
  registerPreferenceMake(context);

  connection.onRequest(ListPreferences.type, async () => {
    const { preferences } = await workspace.fresh();
    const infos = await Promise.all(preferences.map(preferenceInfo));
    return infos.sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
  });

  connection.onRequest(ReadPreference.type, async (params, token) => {
    const refused = shapes.refusal(params, {
      directory: shapes.path,
      blind: shapes.optional(shapes.members({ annotator: shapes.optional(shapes.text), judging: shapes.flag })),
    });
    if (refused !== undefined) return refused;
    const { directory, blind } = params;
    const data = await readComparison(directory);
    if (!data.ok) return answer(data);
    const hidden = blind === undefined ? undefined : hiddenFrom(data.value, blind);
    if (hidden !== undefined) return hidden;
    const signal = signalOf(token);
    const read = await preferenceReport(data.value, context, () => !signal.aborted);
    return read === undefined ? cancelled() : answer(read);
  });

  connection.onRequest(ExportPreference.type, async (params, token) => {
    const refused = shapes.refusal(params, {
      directory: shapes.path,
      format: shapes.oneOf(...Object.keys(exporters)),
      words: shapes.optional(shapes.members(Object.fromEntries(wordNames.map((name) => [name, shapes.text])))),
    });
    if (refused !== undefined) return refused;
    const data = await readComparison(params.directory);
    if (!data.ok) return answer(data);
    const signal = signalOf(token);
    const result = await slices.run(resultSteps(data.value), () => !signal.aborted);
    return result === undefined ? cancelled() : exporters[params.format](data.value, result.value, params.words);
  });
}

const wordNames = ['title', 'wins', 'tie', 'person', 'judge', 'counted'] as const;

const exporters: Readonly<
  Record<
    ExportPreference.Params['format'],
    (data: ComparisonData, result: ComparisonResult, words: ExportPreference.Words | undefined) => string
  >
> = {
  csv: preferenceCsv,
  json: preferenceJson,
  svg: (_, result, words) => preferenceSvg(result, words === undefined ? englishWords : svgWords(words)),
};

/** `{0}` and `{1}` stand for values, `{0|prompt|prompts}` for the word for one or for many. */
function svgWords({ wins, counted, ...words }: ExportPreference.Words): SvgWords {
  const fill = (text: string, ...values: readonly (string | number)[]) =>
    text.replaceAll(/\{(\d)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, i: string, one?: string, many?: string) => {
      const value = String(values[Number(i)] ?? '');
      return (value === '1' ? one : many) ?? value;
    });
  return {
    ...words,
    wins: (name) => fill(wins, name),
    counted: (prompts, errors) => fill(counted, prompts, errors),
  };
}
