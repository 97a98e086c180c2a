/** Answers made elsewhere (another program, a service, people), from a file: each is matched to its prompt by id or by the prompt's text. */
import { ProblemError, type Result, bad, ok } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { firstQuestion, idOf, readItems, textOf } from './items.ts';
import { idFields, promptFields } from './prompts.ts';
import type { Answer, Prompt } from './types.ts';

export interface GivenAnswers {
  /** In the order of the prompts. */
  readonly answers: readonly Answer[];
  /** Prompts without an answer. */
  readonly missing: number;
  /** Lines that answer none of the prompts. */
  readonly others: number;
}

const answerFields = ['output', 'text', 'answer', 'response', 'completion', 'prediction'] as const;

/** A problem where a line holds no answer, a prompt has two different ones, or no line answers any prompt. */
export async function readGivenAnswers(
  file: string,
  prompts: readonly Prompt[],
  work: Work = {},
): Promise<Result<GivenAnswers>> {
  const byText = new Map<string, string[]>();
  for (const { id, prompt, input } of prompts) {
    const key = textKey(prompt, input);
    byText.set(key, [...(byText.get(key) ?? []), id]);
  }
  const known = new Set(prompts.map(({ id }) => id));
  const found = new Map<string, Answer>();
  let others = 0;
  try {
    for await (const { fields, where } of readItems(file, work)) {
      const text = textOf(fields, answerFields) ?? lastAnswer(fields['messages'] ?? fields['conversations']);
      if (text === undefined)
        throw new ProblemError({
          what: 'there is no answer in it',
          where,
          remedy: 'Write {"id": "…", "text": "…"} or {"prompt": "…", "output": "…"} a line.',
        });
      const id = matched(fields, known, byText, found, text);
      if (id === undefined) {
        others++;
        continue;
      }
      const before = found.get(id);
      if (before !== undefined && before.text !== text)
        throw new ProblemError({
          what: `this is another answer to the prompt ${JSON.stringify(id)}, which has one`,
          where,
          remedy: 'Keep one answer to a prompt.',
        });
      found.set(id, { id, text });
    }
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
  if (found.size === 0)
    return bad(
      others === 1
        ? `its one row answers none of the prompts, ${prompts.length} in all`
        : `none of its ${others} rows answers any of the prompts, ${prompts.length} in all`,
      { file },
      'Give each answer the id of its prompt, or the same "prompt".',
    );
  const answers = prompts.flatMap(({ id }) => found.get(id) ?? []);
  return ok({ answers, missing: prompts.length - answers.length, others });
}

/** The prompt a row answers: by its id, else by its prompt's text; of prompts with the same text one that has no other answer. */
function matched(
  fields: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  byText: ReadonlyMap<string, readonly string[]>,
  found: ReadonlyMap<string, Answer>,
  text: string,
): string | undefined {
  const id = idOf(fields, idFields);
  if (id !== undefined && known.has(id)) return id;
  const prompt = textOf(fields, promptFields) ?? firstQuestion(fields['messages'] ?? fields['conversations']);
  if (prompt === undefined) return undefined;
  const input = typeof fields['input'] === 'string' ? fields['input'] : undefined;
  const ids = byText.get(textKey(prompt, input)) ?? [];
  return ids.find((one) => !found.has(one)) ?? ids.find((one) => found.get(one)?.text === text) ?? ids[0];
}

/** Spaces at the ends and the form of Unicode do not tell prompts apart. */
const textKey = (prompt: string, input = ''): string =>
  `${prompt.normalize('NFC').trim()}\0${input.normalize('NFC').trim()}`;

function lastAnswer(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const last: unknown = (value as readonly unknown[]).at(-1);
  const {
    role,
    from,
    content,
    value: said,
  } = (typeof last === 'object' && last !== null ? last : {}) as Record<string, unknown>;
  if (role === 'assistant' && typeof content === 'string') return content;
  return from === 'gpt' && typeof said === 'string' ? said : undefined;
}
