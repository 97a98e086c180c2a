/** Going on with a comparison: what is asked for must be what it was begun with. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { bad, ok, type Result } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { readPrompts } from './prompts.ts';
import type { ComparisonRequest } from './request.ts';
import { readSide } from './sides.ts';
import { type Comparison, type GenerationSettings, sides, type SideSource } from './types.ts';

const remedy = 'Leave the option out, or compare in another directory.';

/** A problem where something is asked for that the directory was not made with. */
export async function begunWith(
  request: ComparisonRequest,
  before: Comparison,
  work: Work,
): Promise<Result<undefined>> {
  const { directory, seed, generation, names, sides: words } = request;
  const other = (option: string, was: unknown): Result<never> =>
    bad(
      was === undefined
        ? 'this comparison was begun without it'
        : `this comparison was begun with another one: ${JSON.stringify(was)}`,
      { file: directory, name: option },
      remedy,
    );
  const prompts = await samePrompts(request, before, other, work);
  if (!prompts.ok) return prompts;
  if (seed !== undefined && seed !== before.seed) return other('--seed', before.seed);
  for (const [name, value] of Object.entries(generation)) {
    const was = before.generation[name as keyof GenerationSettings];
    if (JSON.stringify(was) !== JSON.stringify(value))
      return other(`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, was);
  }
  for (const side of sides) {
    const [name, was] = [names[side], before.names[side]];
    // Two sides of one name were told apart.
    if (name !== undefined && name !== was && `${name} (${side.toUpperCase()})` !== was)
      return other(`--name-${side}`, was);
    const word = words[side];
    if (word === undefined) continue;
    const read = await readSide(word, `--${side}`);
    if (!read.ok) return read;
    const [now, then] = [read.value.source, before.sides[side]];
    if (contentOf(now) === contentOf(then)) continue;
    const place = placeOf(then);
    return placeOf(now) === place ? changed(place, `--${side}`) : other(`--${side}`, place);
  }
  return ok(undefined);
}

/** The same first prompts, wherever they stand now. */
async function samePrompts(
  { prompts: given, limit }: ComparisonRequest,
  { prompts: before }: Comparison,
  other: (option: string, was: unknown) => Result<never>,
  work: Work,
): Promise<Result<undefined>> {
  if (given === undefined && (limit === undefined || limit === before.count)) return ok(undefined);
  const file = given ?? before.file;
  // Of a file that is gone nobody knows whether the limit left any out.
  if (given === undefined && !existsSync(file)) return other('--limit', before.count);
  const read = await readPrompts(file, limit ?? before.count, work);
  if (!read.ok) return read;
  if (read.value.sha256 === before.sha256) return ok(undefined);
  const asThen = await readPrompts(file, before.count, work);
  if (given === undefined || (asThen.ok && asThen.value.sha256 === before.sha256))
    return other('--limit', before.count);
  return path.resolve(file) === before.file ? changed(file, '--prompts') : other('--prompts', before.file);
}

const changed = (file: string, name: string): Result<never> =>
  bad('this has changed since the comparison was begun with it', { file, name }, remedy);

/** What a side is, wherever it stands. */
const contentOf = (source: SideSource): string =>
  source.kind === 'model' ? `model ${source.fingerprint}` : `answers ${source.sha256}`;

const placeOf = (source: SideSource): string =>
  source.kind === 'answers'
    ? source.file
    : `${source.model}${source.adapter === undefined ? '' : `+${source.adapter}`}`;
