/** `bllossom prefer report`: the figures of a comparison, counted anew, and its table and picture. */
import { bad } from '../../base/problem.ts';
import type { Command } from '../command.ts';
import { exportOption, readExports, tellResult } from './prefer.ts';

export const preferReport: Command = {
  path: ['prefer', 'report'],
  summary: "Tell a comparison's figures, and export them",
  positionals: 'DIR',
  options: { ...exportOption },
  async run(input) {
    const [directory, ...more] = input.positionals;
    if (directory === undefined || more.length > 0)
      return bad('one preference directory is wanted', undefined, 'See bllossom prefer report --help.');
    const exports = readExports(input.values);
    return exports.ok ? tellResult(input, directory, exports.value) : exports;
  },
};
