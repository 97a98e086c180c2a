/** A set of prompts from a file. Prompts without an id get one of their content, so that a file may be sorted or added to. */
import { createHash } from 'node:crypto';
import { type Location, ProblemError, type Result, ok } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { firstQuestion, idOf, type Item, readItems, textOf } from './items.ts';
import type { Prompt } from './types.ts';

export interface ReadPrompts {
  readonly prompts: readonly Prompt[];
  /** Of the prompts with their ids, whatever the file's form. */
  readonly sha256: string;
}

/** Fields that may hold the prompt, as answers' files name it too. */
export const promptFields = ['prompt', 'instruction', 'question'] as const;
export const idFields = ['id', 'question_id', 'prompt_id'] as const;

/** The first `limit` prompts of a file; a problem at the first row that is none, or with an id that was there before. */
export async function readPrompts(file: string, limit = Infinity, work: Work = {}): Promise<Result<ReadPrompts>> {
  const prompts: Prompt[] = [];
  const ids = new Map<string, Location>();
  try {
    for await (const item of readItems(file, work)) {
      if (prompts.length >= limit) break;
      const read = promptOf(item);
      const id = read.id ?? free(contentId(read), ids);
      const before = ids.get(id);
      if (before !== undefined)
        throw new ProblemError({
          what: `the id ${JSON.stringify(id)} is that of ${before.line === undefined ? before.name! : `line ${before.line}`} too`,
          where: item.where,
          remedy: 'Give each prompt an id of its own, or none.',
        });
      ids.set(id, item.where);
      prompts.push({ ...read, id });
    }
    if (prompts.length === 0)
      throw new ProblemError({ what: 'there is no prompt in it', where: { file }, remedy: howToWrite });
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
  const hash = createHash('sha256');
  for (const prompt of prompts) hash.update(`${JSON.stringify(prompt)}\n`);
  return ok({ prompts, sha256: hash.digest('hex') });
}

const howToWrite = 'Write {"prompt": "…"} a line, or a prompt a line in a .txt file.';

function promptOf({ fields, where }: Item): Omit<Prompt, 'id'> & { readonly id?: string } {
  const conversation = firstQuestion(fields['conversations'] ?? fields['messages']);
  const prompt = textOf(fields, promptFields) ?? conversation;
  if (prompt === undefined || prompt.trim() === '')
    throw new ProblemError({ what: 'there is no prompt in it', where, remedy: howToWrite });
  const { input, language } = fields;
  const id = idOf(fields, idFields);
  return {
    ...(id === undefined ? {} : { id }),
    prompt,
    ...(typeof input === 'string' && input !== '' ? { input } : {}),
    ...(typeof language === 'string' && language !== '' ? { language } : {}),
  };
}

/** Twelve hexadecimal digits of the content's hash. */
const contentId = ({ prompt, input = '' }: { readonly prompt: string; readonly input?: string }): string =>
  createHash('sha256').update(`${prompt}\0${input}`).digest('hex').slice(0, 12);

/** The same prompt a second time is another question of the set. */
function free(id: string, taken: ReadonlyMap<string, unknown>): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? id : `${id}-${number}`;
    if (!taken.has(name)) return name;
  }
}
