/** Prompts from a file: `{"prompt": "…"}` a line, with `input`, `system` and `history` where wanted, or `{"ids": […]}`. */
import { type Location, ProblemError, type Result, ok } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { readLines } from '../data/lines.ts';
import { parsedLine, readHistory } from '../data/records.ts';
import type { Question } from './prompt.ts';

export interface FilePrompt {
  readonly where: Location;
  readonly prompt: Question | { readonly ids: readonly unknown[] };
}

/** A problem at the first line that is no prompt. */
export async function readPromptFile(file: string, work: Work = {}): Promise<Result<readonly FilePrompt[]>> {
  const prompts: FilePrompt[] = [];
  try {
    for await (const { number, text } of readLines(file, work)) {
      if (text.trim() === '') continue;
      const where = { file, line: number };
      prompts.push({ where, prompt: promptOf(parsedLine(text, where), where) });
    }
    if (prompts.length === 0) throw problem('there is no prompt in it', { file });
    return ok(prompts);
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
}

function promptOf(value: unknown, where: Location): FilePrompt['prompt'] {
  const { ids, ...fields } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (Array.isArray(ids)) return { ids: ids as readonly unknown[] };
  const text = (name: string): string | undefined => {
    const field = fields[name];
    if (field === undefined || typeof field === 'string') return field;
    throw problem(`"${name}" is not a text`, { ...where, name });
  };
  const prompt = text('prompt') ?? text('instruction');
  if (prompt === undefined) throw problem('there is neither a "prompt" nor "ids"', where);
  const [input, system] = [text('input'), text('system')];
  return {
    prompt,
    history: readHistory(fields['history'], { ...where, name: 'history' }),
    ...(input === undefined ? {} : { input }),
    ...(system === undefined ? {} : { system }),
  };
}

const problem = (what: string, where: Location): ProblemError =>
  new ProblemError({ what, where, remedy: 'Write {"prompt": "…"} or {"ids": [1, 5]} a line.' });
