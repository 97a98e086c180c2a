/** `bllossom run export`: a run's metrics as CSV, or for TensorBoard. */
import { plural } from '../../base/plural.ts';
import { bad, ok } from '../../base/problem.ts';
import { exportFormats, exportMetrics, readTable } from '../../runs/exportMetrics.ts';
import { metricsCsv } from '../../runs/metricColumns.ts';
import type { Command } from '../command.ts';
import { needed } from '../computeOptions.ts';

export const runExport: Command = {
  path: ['run', 'export'],
  summary: "Write a run's metrics as CSV, or for TensorBoard",
  positionals: 'DIR',
  options: {
    format: { type: 'string', placeholder: exportFormats.join('|'), description: 'csv by default', default: 'csv' },
    out: {
      type: 'string',
      placeholder: 'FILE|DIR',
      description: 'csv: a file, standard output where absent; tensorboard: a directory, which gets an event file',
    },
    force: { type: 'boolean', description: 'replace a file that is there' },
  },
  async run({ values, positionals, json, print }) {
    const [directory, ...others] = positionals;
    if (directory === undefined || others.length > 0)
      return bad('one run is wanted', undefined, 'Name its directory: the output of its spec.');
    const format = exportFormats.find((known) => known === values['format']);
    if (format === undefined)
      return bad(
        `there is no format ${JSON.stringify(values['format'])}`,
        { name: '--format' },
        `Take ${exportFormats.join(' or ')}.`,
      );
    if (format === 'csv' && values['out'] === undefined) {
      const table = readTable(directory);
      if (!table.ok) return table;
      print(metricsCsv(table.value.rows), '');
      return ok({ exitCode: 0 });
    }
    const out = needed(values, 'out');
    if (!out.ok) return out;
    const written = await exportMetrics({ directory, format, out: out.value, force: values['force'] === true });
    if (!written.ok) return written;
    print(json ? JSON.stringify(written.value) : `${written.value.file}: ${plural(written.value.rows, 'row')}`);
    return ok({ exitCode: 0 });
  },
};
