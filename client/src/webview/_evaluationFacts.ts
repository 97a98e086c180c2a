/** What an evaluation measured of a task, and how, in a line each. */
import type { EvaluationInfo } from '../../../server/src/protocol.ts';
import { count, figure } from '../figures.ts';
import { fill } from '../plural.ts';
import { element } from './_dom.ts';
import type { Labels } from './_evaluationProtocol.ts';
import { without } from './_without.ts';

/** The metrics with their 95 % intervals. */
export function metricsOf({ results, intervals }: EvaluationInfo, task: string): readonly HTMLElement[] {
  // Standard errors stand beside the figures in the harness's form.
  const figures = Object.entries(without(results[task] ?? {}, 'n')).filter(([name]) => !name.includes('_stderr'));
  return figures.map(([name, value]) => {
    const interval = intervals?.[task]?.[name];
    const ends = interval === undefined ? '' : ` [${figure(interval[0])}, ${figure(interval[1])}]`;
    return element('span', {}, element('b', { textContent: name }), ` ${figure(value)}${ends}`);
  });
}

/** Split, examples, rows; `unread`: lines of the rows' file that could not be read. */
export function factsLine({ conditions, results }: EvaluationInfo, task: string, unread: number, l: Labels): string {
  const { split, shots, rows = results[task]?.['n'], available, truncated } = conditions?.[task] ?? {};
  const facts = [
    ...(split === undefined ? [] : [fill(l.split, split)]),
    ...(shots === undefined ? [] : [fill(l.shots, shots)]),
    ...(rows === undefined
      ? []
      : [
          available === undefined || available === rows
            ? fill(l.rowsAll, count(rows))
            : fill(l.rowsOf, count(rows), count(available)),
        ]),
    ...(truncated === undefined || truncated === 0 ? [] : [fill(l.truncated, count(truncated))]),
    ...(unread === 0 ? [] : [fill(l.unread, count(unread))]),
  ];
  return facts.join(' · ');
}
