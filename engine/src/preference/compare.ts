/** A comparison from its beginning or from where it stopped, until both sides have answered. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { plural } from '../base/plural.ts';
import { bad, ok, type Result } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { openModel, type OpenOptions } from '../generation/openModel.ts';
import { isLock, tryLock } from '../runs/lock.ts';
import { engineVersion } from '../version.ts';
import { answerPrompts, otherModel } from './answerPrompts.ts';
import { begunWith } from './begunWith.ts';
import { comparisonFile, createComparison, readComparison } from './directory.ts';
import { readGivenAnswers } from './givenAnswers.ts';
import { languageOfAnswer } from './language.ts';
import { readPrompts, type ReadPrompts } from './prompts.ts';
import type { ComparisonRequest } from './request.ts';
import { fingerprint, readSide, type SideCompute } from './sides.ts';
import {
  type Answer,
  type Comparison,
  type ComparisonData,
  type GenerationSettings,
  type Prompt,
  type Side,
  sides,
  type SideSource,
} from './types.ts';

export const defaultGeneration: GenerationSettings = {
  template: 'auto',
  maxTokens: 512,
  temperature: 0,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  stop: [],
};

export interface Begun {
  readonly data: ComparisonData;
  /** What the user should know: answers that are missing in a file, for one. */
  readonly notes: readonly string[];
  /** Lets others work on the directory. */
  release(): void;
}

/** Makes the directory, or opens the one that is to be gone on with, and takes its lock. */
export async function beginComparison(request: ComparisonRequest, work: Work = {}): Promise<Result<Begun>> {
  const { directory, resume } = request;
  const there = existsSync(comparisonFile(directory));
  if (there && !resume)
    return bad(
      'a comparison stands here already',
      { file: directory },
      'Go on with it by --resume, or choose another place.',
    );
  const notes: string[] = [];
  if (!there) {
    if (resume && request.prompts === undefined)
      return bad('no comparison stands here', { file: directory }, 'Begin one: --prompts FILE --a … --b ….');
    const made = await makeComparison(request, notes, work);
    if (!made.ok) return made;
  }
  const lock = tryLock(path.join(directory, '.lock'), directory);
  if (!isLock(lock))
    return bad(`another process (pid ${lock.pid}) works on this comparison`, { file: directory }, 'Stop it first.');
  const data = await readComparison(directory);
  const changed = data.ok && there ? await begunWith(request, data.value.comparison, work) : ok(undefined);
  if (!data.ok || !changed.ok) {
    lock.release();
    return data.ok ? (changed as Result<never>) : data;
  }
  return ok({ data: data.value, notes, release: () => lock.release() });
}

async function makeComparison(request: ComparisonRequest, notes: string[], work: Work): Promise<Result<undefined>> {
  const read = await readRequested(request, work);
  if (!read.ok) return read;
  const { prompts, sources, names } = read.value;
  const given: Partial<Record<Side, readonly Answer[]>> = {};
  for (const side of sides) {
    const source = sources[side];
    if (source.kind !== 'answers') continue;
    const answers = await readGivenAnswers(source.file, prompts.prompts, work);
    if (!answers.ok) return answers;
    given[side] = withLanguages(prompts.prompts, answers.value.answers);
    const { missing, others } = answers.value;
    if (missing > 0)
      notes.push(`${source.file}: no answer to ${missing} of ${plural(prompts.prompts.length, 'prompt')}`);
    if (others > 0) notes.push(`${source.file}: ${plural(others, 'answer')} to none of the prompts`);
  }
  const comparison: Comparison = {
    version: 1,
    names,
    sides: sources,
    prompts: { file: path.resolve(request.prompts!), sha256: prompts.sha256, count: prompts.prompts.length },
    seed: request.seed ?? 42,
    generation: { ...defaultGeneration, ...request.generation },
    created: new Date().toISOString(),
    bllossomVersion: engineVersion,
  };
  return createComparison(request.directory, comparison, prompts.prompts, given);
}

interface Requested {
  readonly prompts: ReadPrompts;
  readonly sources: Readonly<Record<Side, SideSource>>;
  readonly names: Readonly<Record<Side, string>>;
}

async function readRequested(request: ComparisonRequest, work: Work): Promise<Result<Requested>> {
  const { prompts: file, sides: words, limit, names, compute } = request;
  if (file === undefined) return missing('prompts');
  for (const side of sides) if (words[side] === undefined) return missing(side);
  const prompts = await readPrompts(file, limit, work);
  if (!prompts.ok) return prompts;
  const a = await readSide(words.a!, '--a', compute);
  if (!a.ok) return a;
  const b = await readSide(words.b!, '--b', compute);
  if (!b.ok) return b;
  const called = { a: names.a ?? a.value.name, b: names.b ?? b.value.name };
  return ok({
    prompts: prompts.value,
    sources: { a: a.value.source, b: b.value.source },
    names: called.a === called.b ? { a: `${called.a} (A)`, b: `${called.b} (B)` } : called,
  });
}

const missing = (name: string): Result<never> =>
  bad(`the option --${name} is missing`, undefined, 'See bllossom prefer --help.');

const withLanguages = (prompts: readonly Prompt[], answers: readonly Answer[]): readonly Answer[] => {
  const byId = new Map(prompts.map((prompt) => [prompt.id, prompt]));
  return answers.map((answer) => ({ ...answer, language: languageOfAnswer(byId.get(answer.id)!, answer.text).script }));
};

/** The answers that models have still to give, side A first, on the backend they were begun with or the one asked for, in the precision that
 * they were begun with. Throws the signal's reason when stopped. */
export async function answerSides(
  { directory, comparison, prompts, answers }: ComparisonData,
  { backend: asked, precision: other, ...options }: OpenOptions & SideCompute,
  work: Work = {},
): Promise<Result<readonly string[]>> {
  const notes: string[] = [];
  for (const side of sides) {
    const source = comparison.sides[side];
    const left = prompts.filter(({ id }) => !answers[side].has(id));
    if (source.kind !== 'model' || left.length === 0) continue;
    const { model, adapter, precision } = source;
    const backend = asked ?? source.backend;
    if (other !== undefined && other !== (precision ?? 'float32'))
      return bad(
        `the answers of ${JSON.stringify(comparison.names[side])} were begun in ${precision ?? 'float32'}`,
        { name: '--precision' },
        'Leave the option out until all is answered, or compare in another directory.',
      );
    const directories = [model, ...(adapter === undefined ? [] : [adapter])];
    const gone = directories.find((one) => !existsSync(one));
    if (gone !== undefined)
      return bad('the model of this comparison is no longer here', { file: gone }, 'Put it back.');
    if ((await fingerprint(directories)) !== source.fingerprint) return otherModel(model);
    const choice = {
      model,
      ...(adapter === undefined ? {} : { adapter }),
      ...(backend === undefined ? {} : { backend }),
    };
    const opened = await openModel(choice, { ...options, ...(precision === undefined ? {} : { precision }) }, work);
    if (!opened.ok) return opened;
    try {
      const given = await answerPrompts(directory, side, comparison, left, opened.value, work);
      if (!given.ok) return given;
      if (given.value.tooLong > 0)
        notes.push(
          `${comparison.names[side]}: ${plural(given.value.tooLong, 'prompt')} too long for the model's window`,
        );
    } finally {
      opened.value.dispose();
    }
  }
  return ok(notes);
}
