/** Whether a comparison is told whole to somebody, or without its sides: whoever has yet to judge shall do it blind. */
import { peopleSession } from '../../engine/src/preference/index.ts';
import type { ComparisonData } from '../../engine/src/preference/index.ts';
import { infoOf } from './preferenceInfo.ts';
import type { HiddenPreference, ReadPreference } from './protocol.ts';

/**
 * undefined where all may be told: to who is done with judging it; to anybody, where everyone who has begun is done, or judges alone
 * have given verdicts.
 */
export function hiddenFrom(
  data: ComparisonData,
  { annotator, judging }: NonNullable<ReadPreference.Params['blind']>,
): HiddenPreference | undefined {
  const info = { ...infoOf(data), a: 'A', b: 'B' };
  const progress = (name: string) => {
    const { rater, done, total } = peopleSession(data, name);
    return { name: rater.name, done, total };
  };
  const own = annotator === undefined ? undefined : progress(annotator);
  if (own !== undefined && own.done > 0 && own.done >= own.total) return undefined;
  if (own !== undefined && (judging || own.done > 0)) return { hidden: 'own', info, person: own };
  const raters = data.verdicts.map(({ rater }) => rater);
  const people = raters.filter(({ kind }) => kind === 'person').map(({ name }) => progress(name));
  const person = people.find(({ done, total }) => done > 0 && done < total);
  if (person !== undefined) return { hidden: 'others', info, person };
  const fresh = people.every(({ done }) => done === 0) && raters.every(({ kind }) => kind === 'person');
  return fresh ? { hidden: 'fresh', info } : undefined;
}
