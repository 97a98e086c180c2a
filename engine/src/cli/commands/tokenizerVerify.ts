/** `bllossom tokenizer verify`: a tokenizer held against SentencePiece or Hugging Face's library, on the user's text. */
import { fileProblem, isFileError } from '../../base/fileProblem.ts';
import { plural } from '../../base/plural.ts';
import { ok } from '../../base/problem.ts';
import { readModelFile } from '../../tokenizers/index.ts';
import { type Difference, type Verification, verifyTokenizer } from '../../tokenizers/verify/verify.ts';
import type { Command } from '../command.ts';
import { needed, wholeNumber } from '../computeOptions.ts';

export const tokenizerVerify: Command = {
  path: ['tokenizer', 'verify'],
  summary: 'Compare a tokenizer with an independent implementation, line by line',
  positionals: '[TEXT…]',
  options: {
    tokenizer: {
      type: 'string',
      placeholder: 'FILE|DIR',
      description: 'SentencePiece .model or tokenizer.json, or a directory with one',
    },
    text: {
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      description: 'text to compare on, may be given again; without one, hostile texts made from the vocabulary',
    },
    show: { type: 'string', placeholder: 'N', default: '10', description: 'how many differing lines to show' },
  },
  async run({ values, positionals, json, work, print }) {
    const place = needed(values, 'tokenizer');
    if (!place.ok) return place;
    const show = wholeNumber(values['show'], '--show');
    if (!show.ok) return show;
    const files = [...((values['text'] ?? []) as readonly string[]), ...positionals];
    const model = await readModelFile(place.value);
    if (!model.ok) return model;
    try {
      const verified = await verifyTokenizer(model.value, { files, show: show.value, ...work });
      if (!verified.ok) return verified;
      print(json ? JSON.stringify(verified.value) : describe(verified.value));
      return ok({ exitCode: verified.value.same ? 0 : 1 });
    } catch (error) {
      if (work.signal.aborted) throw error;
      return fileProblem(error, (isFileError(error) ? error.path : undefined) ?? files.join(', '));
    }
  },
};

function describe(report: Verification): string {
  const { tokenizer, oracles, files, lines, differing, differences } = report;
  const source = files.length === 0 ? 'made from the vocabulary' : `of ${files.join(', ')}`;
  return [
    `${tokenizer.file}: ${tokenizer.algorithm}, ${tokenizer.size} pieces`,
    `${plural(lines, 'line')} ${source}: ${differing === 0 ? 'the same ids and texts' : `${differing} differ`}`,
    ...oracles.map(
      ({ name, version, differing: n }) => `  ${name} ${version}: ${n === 0 ? 'all the same' : `${n} differ`}`,
    ),
    ...differences.map(describeDifference),
  ].join('\n');
}

function describeDifference({ file, line, text, oracle, what, token, ours, theirs }: Difference): string {
  const subject = what === 'ids' ? `token ${token}` : 'the decoded text';
  return [
    `${file ?? 'made'}, line ${line}: ${JSON.stringify(text)}, ${subject}`,
    `  here: ${ours.join(' ')}`,
    `  ${oracle}: ${theirs.join(' ')}`,
  ].join('\n');
}
