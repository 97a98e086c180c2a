/** Whether a file is a merge-report.json with what the page shows. */
import type { MergeReportFile } from '../../server/src/protocol.ts';

/** True for the content of a merge-report.json with all that the page shows. */
export function isMergeReport(value: unknown): value is MergeReportFile {
  if (!isObject(value)) return false;
  const numbers = [
    'base',
    'added',
    'shared',
    'union',
    'reachable',
    'intermediates',
    'sharedOfBase',
    'sharedOfAddition',
  ];
  const lists = [
    ...['unreachable', 'unreachableBecause', 'skipped', 'newPiecesByScript', 'loadable', 'roundedSizes'],
    ...['rules', 'normalizerExamples', 'specialTokens'],
  ];
  const { text } = value;
  return (
    numbers.every((name) => typeof value[name] === 'number') &&
    lists.every((name) => Array.isArray(value[name])) &&
    ['files', 'newPieceKinds', 'tokenizerJson'].every((name) => isObject(value[name])) &&
    (text === undefined || (isObject(text) && Array.isArray(text['byScript']) && isObject(text['proof'])))
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
