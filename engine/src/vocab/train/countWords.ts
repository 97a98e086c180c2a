/** Counts the words of files: text as it comes, bytes and all; data files record by record. */
import { ProblemError } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { longestLine } from '../../data/lineCutter.ts';
import { readBytes } from '../../data/lines.ts';
import type { Dialogue } from '../../data/dialogue.ts';
import { readRecords } from '../../data/records.ts';
import { type CountingOptions, WordCounts } from './wordCounts.ts';

const bom = Buffer.from('\ufeff');

/**
 * Files named .json or .jsonl hold records (texts, instructions), all others are text; gzipped where the name ends in .gz.
 * Throws a ProblemError where one cannot be read, and the signal's reason when aborted.
 */
export async function countWords(
  files: readonly string[],
  options: CountingOptions,
  work: Work = {},
): Promise<WordCounts> {
  const words = new WordCounts(options);
  for (const [i, file] of files.entries()) {
    const part: Work = {
      ...work,
      onProgress: ({ message, fraction = 0 }) =>
        work.onProgress?.({ message, fraction: (i + fraction) / files.length }),
    };
    if (/\.jsonl?(\.gz)?$/i.test(file)) await addRecords(words, file, part);
    else await addText(words, file, part);
  }
  return words;
}

async function addText(words: WordCounts, file: string, work: Work): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let read = 0;
  // Behind the last space or end of a line. One line may be a whole corpus; without either, a file is no text.
  let wordStart = 0;
  for await (const chunk of readBytes(file, work)) {
    const ended = Math.max(chunk.lastIndexOf(0x0a), chunk.lastIndexOf(0x20));
    if (ended >= 0) wordStart = read + ended + 1;
    read += chunk.length;
    if (read - wordStart > longestLine)
      throw new ProblemError({
        what: `${longestLine} bytes without a space or the end of a line`,
        where: { file, byteOffset: wordStart },
        remedy: 'Give a text with line breaks.',
      });
    if (head === undefined) words.addBytes(chunk);
    else {
      head = Buffer.concat([head, chunk]);
      if (head.length < bom.length) continue;
      words.addBytes(head.subarray(0, bom.length).equals(bom) ? head.subarray(bom.length) : head);
      head = undefined;
    }
  }
  if (head !== undefined) words.addBytes(head);
  words.endText();
}

async function addRecords(words: WordCounts, file: string, work: Work): Promise<void> {
  for await (const record of readRecords(file, work)) {
    const texts =
      record.type === 'text' ? [record.text] : record.type === 'instruction' ? textsOf(record.dialogue) : [];
    for (const text of texts) for (const line of text.split('\n')) words.add(line);
  }
}

const textsOf = ({ system = '', exchanges }: Dialogue): string[] => [
  system,
  ...exchanges.flatMap(({ question, input = '', answer }) => [question, input, answer]),
];
