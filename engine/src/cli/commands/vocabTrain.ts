/** `bllossom vocab train`: a new BPE vocabulary from texts. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { makeDirectories } from '../../base/directories.ts';
import { fileProblem } from '../../base/fileProblem.ts';
import { bad, ok, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { readLines } from '../../data/lines.ts';
import { readRecords } from '../../data/records.ts';
import { trainBpe, type TrainOptions, WordCounts } from '../../vocab/train.ts';
import type { Command } from '../command.ts';

export const vocabTrain: Command = {
  path: ['vocab', 'train'],
  summary: 'Train a SentencePiece BPE vocabulary from texts',
  positionals: '[FILE…]',
  options: {
    input: {
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      description: 'text, or JSON lines with "text" or instructions (.jsonl), gzipped or not; may be given again',
    },
    type: { type: 'string', placeholder: 'bpe', default: 'bpe', description: 'kind of vocabulary' },
    size: { type: 'string', placeholder: 'N', description: 'number of pieces, bytes and special ones included' },
    coverage: {
      type: 'string',
      placeholder: 'SHARE',
      default: '0.9995',
      description: 'share of characters that become pieces',
    },
    'byte-fallback': { type: 'boolean', description: 'spell other characters in bytes (default)' },
    'no-byte-fallback': { type: 'boolean', description: 'leave other characters unknown' },
    out: { type: 'string', placeholder: 'FILE', description: 'the .model file to write; must not exist' },
  },
  async run(input) {
    const { values, positionals, json, work } = input;
    const { out } = values;
    const inputs = [...((values['input'] ?? []) as readonly string[]), ...positionals];
    if (inputs.length === 0) return bad('the option --input is missing', undefined, 'Name a text file.');
    if (typeof out !== 'string') return bad('the option --out is missing', undefined, 'Name the .model to write.');
    const options = trainOptions(values);
    if (!options.ok) return options;
    if ((await stat(out).catch(() => undefined)) !== undefined) {
      return bad('there is a file already', { file: out }, 'Choose another --out, or remove it first.');
    }
    const counts = new WordCounts();
    for (const file of inputs) {
      for await (const line of textLines(file, work)) counts.add(line);
    }
    const { size } = options.value;
    const model = trainBpe(counts, options.value, out, (pieces) => {
      work.signal.throwIfAborted();
      if (pieces % 256 === 0) work.onProgress({ message: 'merging', fraction: pieces / size });
    });
    if (!model.ok) return model;
    try {
      makeDirectories(path.dirname(out));
      await writeFileAtomic(out, model.value.bytes);
    } catch (error) {
      return fileProblem(error, out);
    }
    const { coverage, byteFallback } = options.value;
    const report = { out, type: 'bpe', size: model.value.pieces.length, coverage, byteFallback };
    input.print(json ? JSON.stringify(report) : `${out}: ${report.size} pieces`);
    return ok({ exitCode: 0 });
  },
};

function trainOptions(values: Readonly<Record<string, unknown>>): Result<TrainOptions> {
  const type = String(values['type']);
  if (type !== 'bpe') {
    const what = type === 'unigram' ? 'unigram vocabularies cannot be trained yet' : `there is no type ${type}`;
    return bad(what, { name: '--type' }, 'Take bpe.');
  }
  const size = Number(values['size'] ?? Number.NaN);
  if (!Number.isSafeInteger(size) || size < 4 || size > 1_000_000) {
    return bad('a whole number from 4 to 1000000 is wanted', { name: '--size' }, 'Say how many pieces to make.');
  }
  const coverage = Number(values['coverage']);
  if (!(coverage > 0 && coverage <= 1)) {
    return bad('a share above 0 and up to 1 is wanted', { name: '--coverage' }, 'Take 0.9995.');
  }
  if (values['byte-fallback'] === true && values['no-byte-fallback'] === true) {
    return bad('with and without byte fallback are both asked for', { name: '--byte-fallback' }, 'Leave one out.');
  }
  return ok({ size, coverage, byteFallback: values['no-byte-fallback'] !== true });
}

/** The lines of a text file, or of the texts in a data file. Throws a ProblemError where it cannot be read. */
async function* textLines(file: string, work: Work): AsyncGenerator<string> {
  if (!/\.jsonl?(\.gz)?$/i.test(file)) {
    for await (const line of readLines(file, work)) yield line.text;
    return;
  }
  for await (const record of readRecords(file, work)) {
    if (record.type === 'text') yield* record.text.split('\n');
    else if (record.type === 'instruction') {
      yield* [record.instruction, record.input, record.output].flatMap((text) => text.split('\n'));
    }
  }
}
