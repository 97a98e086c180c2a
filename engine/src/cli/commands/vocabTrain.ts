/** `bllossom vocab train`: a new vocabulary from texts, BPE or unigram, as a SentencePiece model. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { makeDirectories } from '../../base/directories.ts';
import { fileProblem } from '../../base/fileProblem.ts';
import { plural } from '../../base/plural.ts';
import { bad, ok, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { inTurns } from '../../base/steps.ts';
import { countWords } from '../../vocab/train/countWords.ts';
import { type Trained, type TrainingReport, trainInSteps } from '../../vocab/train.ts';
import type { TrainOptions } from '../../vocab/train/options.ts';
import type { Command, CommandInput } from '../command.ts';
import { needed, numberOption, wholeNumber } from '../computeOptions.ts';
import { readNormalizer } from './trainingNormalizer.ts';

export const vocabTrain: Command = {
  path: ['vocab', 'train'],
  summary: 'Train a SentencePiece vocabulary, BPE or unigram, from texts',
  positionals: '[FILE…]',
  options: {
    input: {
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      description:
        'text, or JSON lines with "text" or instructions (.jsonl), gzipped or not; or a pipe, /dev/stdin or <(…); may be given again',
    },
    type: { type: 'string', placeholder: 'bpe|unigram', default: 'bpe', description: 'kind of vocabulary' },
    size: { type: 'string', placeholder: 'N', description: 'number of pieces, bytes and special ones included' },
    coverage: {
      type: 'string',
      placeholder: 'SHARE',
      default: '0.9995',
      description: 'share of characters that become pieces',
    },
    'byte-fallback': { type: 'boolean', description: 'spell other characters in bytes (default)' },
    'no-byte-fallback': { type: 'boolean', description: 'leave other characters unknown' },
    'max-piece-length': {
      type: 'string',
      placeholder: 'N',
      default: '16',
      description: 'characters of a piece at most',
    },
    'split-digits': { type: 'boolean', description: 'make each digit a piece of its own' },
    control: { type: 'string', multiple: true, placeholder: 'PIECE', description: 'a piece that no text yields' },
    'user-defined': {
      type: 'string',
      multiple: true,
      placeholder: 'PIECE',
      description: 'a piece that always stands for its text; may be given again',
    },
    'normalizer-from': {
      type: 'string',
      placeholder: 'FILE',
      description: 'take the rules of this .model (nmt_nfkc, say); without: text stays as it is',
    },
    'max-words': {
      type: 'string',
      placeholder: 'N',
      default: '2000000',
      description: 'distinct words kept in memory; beyond it the rarest are left out',
    },
    out: { type: 'string', placeholder: 'FILE', description: 'the .model file to write; must not exist' },
  },
  async run(input) {
    const { values, positionals, json, work } = input;
    const inputs = [...list(values['input']), ...positionals];
    if (inputs.length === 0) return bad('the option --input is missing', undefined, 'Name a text file.');
    const out = needed(values, 'out');
    if (!out.ok) return out;
    const options = trainOptions(values);
    if (!options.ok) return options;
    const maximumWords = wholeNumber(values['max-words'], '--max-words', 1000);
    if (!maximumWords.ok) return maximumWords;
    if ((await stat(out.value).catch(() => undefined)) !== undefined) {
      return bad('there is a file already', { file: out.value }, 'Choose another --out, or remove it first.');
    }
    const from = values['normalizer-from'];
    const normalizer = typeof from === 'string' ? await readNormalizer(from) : ok(undefined);
    if (!normalizer.ok) return normalizer;
    const rules = normalizer.value === undefined ? {} : { normalizer: normalizer.value };
    const { userDefined } = options.value;
    const counting = { maximumWords: maximumWords.value, userDefined, ...rules };
    const words = await countWords(inputs, counting, partOf(work, 0, reading));
    const telling = partOf(work, reading, 1);
    const steps = trainInSteps(words, { ...options.value, ...rules }, out.value, telling.onProgress);
    const trained = await inTurns(steps, work.signal);
    if (!trained.ok) return trained;
    work.onProgress({ message: 'writing', fraction: 1 });
    try {
      makeDirectories(path.dirname(out.value));
      await writeFileAtomic(out.value, trained.value.model.bytes);
    } catch (error) {
      return fileProblem(error, out.value);
    }
    for (const line of told(out.value, options.value, trained.value, json)) input.print(line);
    return ok({ exitCode: 0 });
  },
};

/** Share of the whole that reading is taken for. */
const reading = 0.2;

/** A stretch of some work, whose own progress goes from 0 to 1. */
function partOf(work: Required<Work>, from: number, to: number): Required<Work> {
  return {
    signal: work.signal,
    onProgress: ({ message, fraction }) =>
      work.onProgress({ message, ...(fraction === undefined ? {} : { fraction: from + (to - from) * fraction }) }),
  };
}

const list = (value: CommandInput['values'][string]): readonly string[] =>
  typeof value === 'object' ? value : typeof value === 'string' ? [value] : [];

function trainOptions(
  values: CommandInput['values'],
): Result<TrainOptions & Required<Pick<TrainOptions, 'type' | 'userDefined'>>> {
  const { type } = values;
  if (type !== 'bpe' && type !== 'unigram') {
    return bad(`there is no type ${JSON.stringify(type)}`, { name: '--type' }, 'Take bpe or unigram.');
  }
  const given = needed(values, 'size');
  if (!given.ok) return bad('the option --size is missing', undefined, 'Say how many pieces to make: --size 8000.');
  const size = wholeNumber(given.value, '--size', 4);
  if (!size.ok) return size;
  if (size.value > 1_000_000) return bad('more than 1000000 pieces are asked for', { name: '--size' }, 'Take fewer.');
  const coverage = numberOption(values['coverage'], '--coverage', 0, 1);
  if (!coverage.ok || coverage.value === 0) {
    return bad('a share above 0 and up to 1 is wanted', { name: '--coverage' }, 'Take 0.9995.');
  }
  const longest = wholeNumber(values['max-piece-length'], '--max-piece-length', 1);
  if (!longest.ok) return longest;
  if (longest.value > 512) {
    return bad('pieces of more than 512 characters are asked for', { name: '--max-piece-length' }, 'Take 16.');
  }
  if (values['byte-fallback'] === true && values['no-byte-fallback'] === true) {
    return bad('with and without byte fallback are both asked for', { name: '--byte-fallback' }, 'Leave one out.');
  }
  const control = list(values['control']);
  const userDefined = list(values['user-defined']);
  const seen = new Set(['<unk>', '<s>', '</s>']);
  for (const [name, pieces] of Object.entries({ control, 'user-defined': userDefined })) {
    for (const piece of pieces) {
      const what =
        piece === '' ? 'is empty' : /\s/.test(piece) ? 'holds a space' : seen.has(piece) ? 'is there already' : '';
      if (what !== '') {
        return bad(
          `the piece ${JSON.stringify(piece)} ${what}`,
          { name: `--${name}` },
          'Write another, or leave it out.',
        );
      }
      seen.add(piece);
    }
  }
  const byteFallback = values['no-byte-fallback'] !== true;
  const splitDigits = values['split-digits'] === true;
  return ok({
    ...{ type, size: size.value, coverage: coverage.value, byteFallback },
    ...{ longest: longest.value, splitDigits, control, userDefined },
  });
}

/** Printed with --json. */
export type VocabTrainAnswer = TrainingReport & {
  readonly out: string;
  readonly type: NonNullable<TrainOptions['type']>;
  /** Pieces made. */
  readonly size: number;
  readonly coverage: number;
  readonly byteFallback: boolean;
};

/** The report, as one JSON object or for people. */
function told(
  out: string,
  options: TrainOptions & Required<Pick<TrainOptions, 'type'>>,
  { model, report }: Trained,
  json: boolean,
): string[] {
  const { coverage, byteFallback, type } = options;
  const size = model.pieces.length;
  if (json) return [JSON.stringify({ out, type, size, coverage, byteFallback, ...report } satisfies VocabTrainAnswer)];
  const { forgotten, broken } = report;
  const number = (value: number) => value.toLocaleString('en');
  return [
    `${out}: ${size} pieces`,
    `${number(report.tokens)} tokens for ${number(report.characters)} characters in ${plural(report.lines, 'line', number(report.lines))}; ` +
      `${number(report.alphabet)} characters are pieces, ${(100 * report.covered).toFixed(2)} % of the text`,
    ...(forgotten.words === 0
      ? []
      : [
          `left out: ${number(forgotten.words)} rare words, ${number(forgotten.occurrences)} occurrences (see --max-words)`,
        ]),
    ...(broken === 0 ? [] : [`not valid UTF-8: ${plural(broken, 'place', number(broken))}`]),
  ];
}
