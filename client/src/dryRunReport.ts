/** What a dry run found, in words and tables. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { DryRun, MemoryEstimate, MemoryPart, Problem } from '../../server/src/protocol.ts';
import { count, memory, percent } from './figures.ts';
import { readable } from './paths.ts';
import { fill } from './plural.ts';
import type { Report, Table } from './report.ts';

export function dryRunReport(run: DryRun, line: (problem: Problem) => string): Report {
  const { spec, specFile, steps, tokens, tokensPerStep, trains, refused, heldOut, unapplied } = run;
  const fullest = run.memory?.memories[0];
  return {
    title: vscode.l10n.t('Dry Run: {0}', path.basename(specFile)),
    paragraphs: [
      refused.length === 0
        ? vscode.l10n.t('The run can start. Nothing has been written.')
        : vscode.l10n.t('The run would be refused as things are. Nothing has been written.'),
      ...refused.map(line),
      fill(
        vscode.l10n.t(
          '{0} of {1} parameters train ({2} %), in {3} {3|step|steps} of up to {4} tokens: about {5} tokens in all.',
        ),
        ...[
          count(trains.trained),
          count(trains.all),
          trains.percent,
          count(steps),
          count(tokensPerStep),
          count(tokens),
        ],
      ),
      fullest === undefined
        ? vscode.l10n.t('The backend that the spec names is not here, so its memory is not known.')
        : vscode.l10n.t(
            'It needs about {0} of {1} ({2}), of which {3} are free now.',
            ...[memory(fullest.needed), memory(fullest.total), fullest.name, memory(fullest.free)],
          ),
      vscode.l10n.t('Model: {0}. Output: {1}.', readable(spec.model), readable(spec.output)),
      ...(heldOut === undefined
        ? []
        : [
            fill(
              vscode.l10n.t('Held out: {0} {0|token|tokens} in {1} {1|batch|batches}.'),
              count(heldOut.labels),
              count(heldOut.batches),
            ),
          ]),
      ...unapplied.map(({ name, value }) =>
        vscode.l10n.t(
          "{0} of the model's config.json ({1}) is not applied: attention is trained without dropout.",
          ...[name, String(value)],
        ),
      ),
    ],
    tables: [sourcesTable(run), ...(run.memory === undefined ? [] : [memoryTable(run.memory)]), tensorsTable(run)],
    actions: [
      ...(refused.length === 0 ? [{ id: 'run', label: vscode.l10n.t('Start Run') }] : []),
      { id: 'again', label: vscode.l10n.t('Dry Run Again') },
    ],
  };
}

const sourcesTable = ({ sources }: DryRun): Table => ({
  caption: vscode.l10n.t('Data'),
  columns: [
    ...[vscode.l10n.t('File'), vscode.l10n.t('Language'), vscode.l10n.t('Documents'), vscode.l10n.t('Tokens')],
    ...[vscode.l10n.t('Tokens learned'), vscode.l10n.t('Weight'), vscode.l10n.t('Share of what is read')],
    vscode.l10n.t('Epochs'),
  ],
  rows: sources.map(({ path: file, language = '', documents, tokens, labels, weight, share, epochs }) => [
    ...[readable(file), language, count(documents), count(tokens), count(labels)],
    ...[weight === undefined ? '' : String(weight), percent(share), epochs.toFixed(2)],
  ]),
});

const memoryTable = ({ backend, parts, memories }: MemoryEstimate): Table => ({
  caption: vscode.l10n.t('Memory, computed by {0}', backend),
  columns: [vscode.l10n.t('Part'), vscode.l10n.t('Where'), vscode.l10n.t('Size')],
  rows: [
    ...parts.map(({ name, memory: where, bytes }) => [partName(name), where, memory(bytes)]),
    ...memories.map(({ name, needed }) => [vscode.l10n.t('In all'), name, memory(needed)]),
  ],
});

export function partName(name: MemoryPart['name']): string {
  switch (name) {
    case 'weights':
      return vscode.l10n.t('Weights');
    case 'gradients':
      return vscode.l10n.t('Gradients');
    case 'optimizer':
      return vscode.l10n.t("The optimizer's moments");
    case 'activations':
      return vscode.l10n.t('Activations');
    case 'data':
      return vscode.l10n.t('Data');
    case 'files':
      return vscode.l10n.t('Tensors on their way to files');
    case 'process':
      return vscode.l10n.t('The program itself');
    default:
      return name satisfies never;
  }
}

const tensorsTable = ({ trains }: DryRun): Table => ({
  caption: vscode.l10n.t('What trains'),
  columns: [vscode.l10n.t('Tensor'), vscode.l10n.t('Shape'), vscode.l10n.t('Parameters'), vscode.l10n.t('Rows')],
  rows: trains.tensors.map(({ name, shape, parameters, rowsFrom }) => [
    ...[name, shape.join(' × '), count(parameters)],
    rowsFrom === undefined ? vscode.l10n.t('all') : vscode.l10n.t('from {0} on', count(rowsFrom)),
  ]),
});
